/** JSON Web Tokens that a server has to refuse, made from one that it accepts (RFC 8725). @module */

import type { JsonObject } from "../../core/json.ts";
import { base64url } from "../../oauth/common/base64url.ts";
import { decodedPart } from "../../oauth/common/jwt_claims.ts";
import { publicJwk } from "../../oauth/common/signing.ts";

export interface JwtParts {
  readonly header: JsonObject;
  readonly claims: JsonObject;
  /** Header, claims and signature as the token has them. */
  readonly encoded: readonly [header: string, claims: string, signature: string];
}

/** Undefined for a token that is not a signed JWT. */
export function jwtParts(token: string): JwtParts | undefined {
  const [first = "", second = "", signature = "", ...more] = token.split(".");
  const [header, claims] = [first, second].map(decodedPart);
  const isSigned = signature !== "" && bytesIn(signature) !== undefined && more.length === 0;
  if (header === undefined || claims === undefined || !isSigned) return undefined;
  return { header, claims, encoded: [first, second, signature] };
}

function bytesIn(text: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    return Uint8Array.fromBase64(text, { alphabet: "base64url" });
  } catch {
    return undefined;
  }
}

const bytesOf = (text: string) => new TextEncoder().encode(text);
const encodedJson = (value: JsonObject) => base64url(bytesOf(JSON.stringify(value)));

const signingInput = (header: JsonObject, claims: JsonObject) =>
  `${encodedJson(header)}.${encodedJson(claims)}`;

/** The token with one other bit in the middle of its signature: the last bits may be padding. */
export function withOtherSignature({ encoded: [header, claims, signature] }: JwtParts): string {
  const bytes = bytesIn(signature) ?? new Uint8Array();
  const middle = bytes.length >> 1;
  const other = bytes.map((byte, at) => at === middle ? byte ^ 1 : byte);
  return `${header}.${claims}.${base64url(other)}`;
}

/** The token with other claims and the old signature. */
export function withClaims(
  { encoded: [header, , signature] }: JwtParts,
  claims: JsonObject,
): string {
  return `${header}.${encodedJson(claims)}.${signature}`;
}

/** A token with an empty signature. */
export function unsigned(alg: string, header: JsonObject, claims: JsonObject): string {
  return `${signingInput({ ...header, alg }, claims)}.`;
}

/** A token that is signed with HS256 and this secret. */
export async function signedWithSecret(
  header: JsonObject,
  claims: JsonObject,
  secret: Uint8Array<ArrayBuffer>,
): Promise<string> {
  const input = signingInput({ ...header, alg: "HS256" }, claims);
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("raw", secret, algorithm, false, ["sign"]);
  const signature = await crypto.subtle.sign(algorithm, key, bytesOf(input));
  return `${input}.${base64url(new Uint8Array(signature))}`;
}

/** SubjectPublicKeyInfo in DER; undefined for a key that the platform cannot read. */
async function derOf(jwk: JsonObject): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const { importJWK } = await import("jose");
  const alg = typeof jwk["alg"] === "string" ? jwk["alg"] : algorithmOf(jwk);
  try {
    const key = await importJWK({ ...publicJwk(JSON.stringify(jwk)), ext: true }, alg);
    if (key instanceof Uint8Array) return undefined;
    return new Uint8Array(await crypto.subtle.exportKey("spki", key));
  } catch {
    return undefined;
  }
}

/** The texts of a public key that servers have confused with a secret. */
export async function textsOfKey(
  jwk: JsonObject,
): Promise<readonly (readonly [name: string, secret: Uint8Array<ArrayBuffer>])[]> {
  const json = ["JWK text", bytesOf(JSON.stringify(jwk))] as const;
  const der = await derOf(jwk);
  if (der === undefined) return [json];
  const lines = der.toBase64().match(/.{1,64}/g) ?? [];
  const pem = `-----BEGIN PUBLIC KEY-----\n${lines.join("\n")}\n-----END PUBLIC KEY-----`;
  return [
    ["PEM", bytesOf(`${pem}\n`)],
    ["PEM without its last newline", bytesOf(pem)],
    ["DER", der],
    json,
  ];
}

function algorithmOf({ kty, crv }: JsonObject): string {
  if (kty === "RSA") return "RS256";
  if (kty === "OKP") return "EdDSA";
  return crv === "P-384" ? "ES384" : crv === "P-521" ? "ES512" : "ES256";
}

/** A key that no server knows. */
export interface OwnKey {
  readonly publicJwk: JsonObject;
  sign(header: JsonObject, claims: JsonObject): Promise<string>;
}

const OWN_ALGORITHMS: readonly unknown[] = ["ES256", "RS256", "PS256", "ES384", "EdDSA"];

/** @param alg That of the real token, so that the key alone is wrong. */
export async function createOwnKey(alg: unknown): Promise<OwnKey> {
  const { CompactSign, exportJWK, generateKeyPair } = await import("jose");
  const chosen = OWN_ALGORITHMS.includes(alg) ? String(alg) : "ES256";
  const { privateKey, publicKey } = await generateKeyPair(chosen, { extractable: true });
  const publicJwk = { ...await exportJWK(publicKey), kid: "mcpass-audit", alg: chosen, use: "sig" };
  return {
    publicJwk,
    sign: (header, claims) =>
      new CompactSign(bytesOf(JSON.stringify(claims)))
        .setProtectedHeader({ ...header, alg: chosen }).sign(privateKey),
  };
}
