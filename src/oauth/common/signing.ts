/** Signing JSON Web Tokens, and the algorithms that key and server have in common (RFC 7515, RFC 7518). @module */

import { Failure } from "../../core/failure.ts";
import { isObject, member, parseJson } from "../../core/json.ts";
import { printable } from "../../core/text.ts";
import { randomBase64url } from "./base64url.ts";

/** A private key as a JSON Web Key (RFC 7517), in JSON. */
export type PrivateJwk = string;

export type SigningKey = { readonly jwk: PrivateJwk } | { readonly secret: string };

/** `crv` is absent if it makes no difference. */
const KEYS: readonly {
  readonly kty: string;
  readonly crv?: string;
  readonly algorithms: readonly string[];
}[] = [
  { kty: "EC", crv: "P-256", algorithms: ["ES256"] },
  { kty: "EC", crv: "P-384", algorithms: ["ES384"] },
  { kty: "EC", crv: "P-521", algorithms: ["ES512"] },
  { kty: "OKP", crv: "Ed25519", algorithms: ["EdDSA", "Ed25519"] },
  { kty: "RSA", algorithms: ["RS256", "PS256", "RS384", "PS384", "RS512", "PS512"] },
];

const SECRET_ALGORITHMS: readonly string[] = ["HS256", "HS384", "HS512"];

function members(jwk: PrivateJwk): Readonly<Record<string, unknown>> {
  const parsed = parseJson(jwk);
  return isObject(parsed) ? parsed : {};
}

/** The algorithms of a private key; only its `alg` if it has one. */
export function algorithmsOf(jwk: PrivateJwk): readonly string[] {
  const { kty, crv, alg } = members(jwk);
  const possible = KEYS.find((row) => row.kty === kty && (row.crv ?? crv) === crv)?.algorithms ??
    [];
  return typeof alg === "string" ? possible.filter((it) => it === alg) : possible;
}

export function isSigningKey(jwk: PrivateJwk): boolean {
  return typeof members(jwk)["d"] === "string" && algorithmsOf(jwk).length > 0;
}

export function isSigningAlgorithm(name: string): boolean {
  return SECRET_ALGORITHMS.includes(name) || KEYS.some((row) => row.algorithms.includes(name));
}

/** The key's first algorithm that the server lists; `listedAs` is the name of that list. */
export function chooseAlgorithm(
  key: SigningKey,
  supported: readonly string[] | undefined,
  listedAs: string,
): string {
  const possible = "jwk" in key ? algorithmsOf(key.jwk) : SECRET_ALGORITHMS;
  const chosen = possible.find((name) => supported === undefined || supported.includes(name));
  if (chosen !== undefined) return chosen;
  throw new Failure(
    "no_common_signing_algorithm",
    `the key can sign with ${possible.join(", ") || "no supported algorithm"}, and the server ` +
      `accepts ${printable((supported ?? []).join(", "), 200) || "none"} (${listedAs})`,
    { remedy: "Use a key of a type that the server accepts", reference: "RFC 8414 §2" },
  );
}

/** Signs a token: `alg` is added to the header; `jti`, `iat` (unless given) and, with a lifetime, `exp` to the claims. */
export async function signJwt(
  header: Readonly<Record<string, unknown>>,
  claims: Readonly<Record<string, unknown>>,
  key: SigningKey,
  alg: string,
  lifetimeS?: number,
): Promise<string> {
  const { importJWK, SignJWT } = await import("jose");
  const { alg: _, use: __, key_ops: ___, ...bare } = "jwk" in key ? members(key.jwk) : {};
  const material = "jwk" in key
    ? await importJWK(bare, alg).catch(() => {
      // The message of the platform may quote the key.
      throw new Failure(
        "private_key_unusable",
        `the private key cannot sign with ${alg}: its members do not belong to a key of this type`,
        {
          remedy:
            "Sign in again. If it is a key of your own, give it with --private-key-file <path>",
        },
      );
    })
    : new TextEncoder().encode(key.secret);
  const iat = Math.floor(Date.now() / 1000);
  const end = lifetimeS === undefined ? {} : { exp: iat + lifetimeS };
  return await new SignJWT({ jti: randomBase64url(16), iat, ...claims, ...end })
    .setProtectedHeader({ ...header, alg }).sign(material);
}

export function keyIdOf(jwk: PrivateJwk): string | undefined {
  const { kid } = members(jwk);
  return typeof kid === "string" ? kid : undefined;
}

/** The public part of a key (RFC 7517 §9.2): never a private member. */
export function publicJwk(jwk: PrivateJwk): Readonly<Record<string, string>> {
  const all = members(jwk);
  const shown = ["kty", "crv", "x", "y", "n", "e"].flatMap((name) => {
    const value = member(all, name);
    return typeof value === "string" ? [[name, value] as const] : [];
  });
  return Object.fromEntries(shown);
}

/** RFC 7638: `dpop_jkt`, `jkt` of the tokens bound to the key, or its identifier. */
export async function keyThumbprint(jwk: PrivateJwk): Promise<string> {
  const { calculateJwkThumbprint } = await import("jose");
  return await calculateJwkThumbprint(publicJwk(jwk), "sha256");
}

export function keySecrets(jwk: PrivateJwk): string[] {
  const all = members(jwk);
  const hidden = ["d", "p", "q", "dp", "dq", "qi", "k"].map((name) => member(all, name));
  return [jwk, ...hidden.filter((value) => typeof value === "string")];
}
