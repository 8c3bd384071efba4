/**
 * Group L: what the MCP server accepts as a token.
 *
 * @module
 */

import { compactVerify, decodeJwt, decodeProtectedHeader, importJWK } from "jose";
import type { CryptoKey, JWK, JWTPayload, ProtectedHeaderParameters } from "jose";
import { headerOf } from "../journal.ts";
import type { RecordedRequest } from "../journal.ts";
import { ALGORITHMS } from "./keys.ts";
import { FIRST_SCOPES, switchesOf } from "./state.ts";
import type { AccessRecord, AuditState, Grant, Resource } from "./state.ts";

/** Switches of group L; those about sessions are in `mcp_protocol.ts`. */
export const VALIDATION_SWITCHES = [
  "rs_good",
  "rs_signature",
  "rs_claims",
  "rs_alg_none",
  "rs_alg_confusion",
  "rs_own_key",
  "rs_foreign_issuer",
  "rs_wrong_audience",
  "rs_expired",
  "rs_id_token",
  "rs_refresh_token",
  "rs_query_token",
  "rs_scheme_case",
  "rs_other_scheme",
] as const;

/** Why a token that was never issued is refused. */
export const UNKNOWN = "The token is unknown";

/** The claims of a token. */
export interface TokenFacts {
  readonly scopes: readonly string[];
  readonly clientId: string;
  readonly subject: string;
  /** Thumbprint of the key that it is bound to. */
  readonly jkt?: string;
  /** Thumbprint of the certificate that it is bound to. */
  readonly certificate?: string;
}

/** The credentials of a request. */
export type Presented =
  | { readonly kind: "nothing" }
  | { readonly kind: "malformed"; readonly why: string }
  | { readonly kind: "token"; readonly scheme: "bearer" | "dpop"; readonly token: string };

const SCHEMES = [["Bearer", "bearer"], ["DPoP", "dpop"]] as const;
const NOTHING: Presented = { kind: "nothing" };

/** Reads the credentials of a request. */
export function presented(state: AuditState, request: RecordedRequest): Presented {
  const breaks = switchesOf(state, VALIDATION_SWITCHES);
  const fields = request.headers.filter(([name]) => name.toLowerCase() === "authorization");
  const inQuery = request.query.get("access_token");
  if (fields.length === 0 && inQuery !== null && breaks("rs_query_token")) {
    return { kind: "token", scheme: "bearer", token: inQuery };
  }
  const field = headerOf(request, "authorization");
  if (field === undefined) return NOTHING;
  if (fields.length > 1) return { kind: "malformed", why: "Two Authorization fields" };
  const [scheme = "", ...rest] = field.split(" ");
  const known = breaks("rs_scheme_case")
    ? SCHEMES.find(([name]) => name === scheme)?.[1]
    : SCHEMES.find(([name]) => name.toLowerCase() === scheme.toLowerCase())?.[1];
  if (known === undefined) {
    if (scheme.toLowerCase() === "bearer" || !breaks("rs_other_scheme")) return NOTHING;
    return { kind: "token", scheme: "bearer", token: rest.at(-1) ?? scheme };
  }
  const token = rest[0] ?? "";
  if (rest.length !== 1 || !/^[A-Za-z0-9._~+/-]+=*$/.test(token)) {
    return { kind: "malformed", why: "The Authorization field has no token or more than one" };
  }
  return { kind: "token", scheme: known, token };
}

/** The parts of a token that looks like a JWT. */
interface Parts {
  readonly header: ProtectedHeaderParameters & { jwk?: JWK };
  readonly payload: JWTPayload;
  /** Header and payload as they are signed. */
  readonly signed: string;
  readonly signature: string;
}

function partsOf(token: string): Parts | undefined {
  const [header, payload, signature, ...more] = token.split(".");
  if (signature === undefined || more.length > 0) return undefined;
  try {
    return {
      header: decodeProtectedHeader(token) as Parts["header"],
      payload: decodeJwt(token),
      signed: `${header}.${payload}`,
      signature,
    };
  } catch {
    return undefined;
  }
}

async function isSignedBy(token: string, key: CryptoKey | Uint8Array): Promise<boolean> {
  return await compactVerify(token, key, { algorithms: [...ALGORITHMS] }).then(
    () => true,
    () => false,
  );
}

function factsOf({ scopes, client, subject, jkt, certificate }: Grant): TokenFacts {
  return {
    scopes,
    clientId: client.id,
    subject,
    ...jkt !== undefined && { jkt },
    ...certificate !== undefined && { certificate },
  };
}

async function hmac(key: string | Uint8Array<ArrayBuffer>, text: string): Promise<string> {
  const bytes = typeof key === "string" ? new TextEncoder().encode(key) : key;
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const imported = await crypto.subtle.importKey("raw", bytes, algorithm, false, ["sign"]);
  const mac = await crypto.subtle.sign("HMAC", imported, new TextEncoder().encode(text));
  return new Uint8Array(mac).toBase64({ alphabet: "base64url", omitPadding: true });
}

/** Checks tokens for a resource: what they say, or why they are refused. */
export function openValidation(
  state: AuditState,
): (token: string, resource: Resource) => Promise<TokenFacts | string> {
  const breaks = switchesOf(state, VALIDATION_SWITCHES);
  const { keys } = state.keys;
  const issuers = [state.authorizationServer.issuer, state.ownSite.issuer];
  const isOurs = ({ iss }: JWTPayload) => iss !== undefined && issuers.includes(iss);
  const trustsForeign = (payload: JWTPayload) => !isOurs(payload) && breaks("rs_foreign_issuer");

  async function publicKeySecrets(): Promise<(string | Uint8Array<ArrayBuffer>)[]> {
    return (await Promise.all(keys.map(async ({ pem, jwk, publicKey }) => {
      const { kid: _kid, alg: _alg, use: _use, ...bare } = jwk;
      const der = new Uint8Array(await crypto.subtle.exportKey("spki", publicKey));
      return [pem, pem.trim(), `${pem.trim()}\n`, der, JSON.stringify(jwk), JSON.stringify(bare)];
    }))).flat();
  }

  /** A signature that only a broken server accepts. */
  async function acceptsForgery(token: string, parts: Parts): Promise<boolean> {
    const { header, payload, signed, signature } = parts;
    const issued = [...state.access.keys()];
    if (issued.some((it) => it.startsWith(`${signed}.`)) && breaks("rs_signature")) return true;
    if (issued.some((it) => it.endsWith(`.${signature}`)) && breaks("rs_claims")) return true;
    if (trustsForeign(payload)) return true;
    const alg = String(header.alg).toLowerCase();
    if (alg === "none") return signature === "" && breaks("rs_alg_none");
    if (alg === "hs256" && breaks("rs_alg_confusion")) {
      const secrets = await publicKeySecrets();
      return (await Promise.all(secrets.map((key) => hmac(key, signed)))).includes(signature);
    }
    if (header.jwk === undefined || !breaks("rs_own_key")) return false;
    const key = await importJWK(header.jwk, String(header.alg));
    return await isSignedBy(token, key);
  }

  async function isSigned(token: string, { header }: Parts): Promise<boolean> {
    const key = keys.find(({ kid }) => kid === header.kid);
    if (key === undefined || key.alg !== header.alg) return false;
    return await isSignedBy(token, key.publicKey);
  }

  /** Whether a token is for a resource. */
  function isFor(resource: Resource, audience: unknown, record: AccessRecord | undefined): boolean {
    return audience === resource.id || record?.acceptedAt === resource.id ||
      breaks("rs_wrong_audience");
  }

  function isExpired(milliseconds: number): boolean {
    return milliseconds <= state.now() && !breaks("rs_expired");
  }

  function judgeClaims(
    { header, payload }: Parts,
    resource: Resource,
    record: AccessRecord | undefined,
  ): string | undefined {
    const type = String(header.typ ?? "").toLowerCase().replace(/^application\//, "");
    const isIdToken = type === "jwt" && payload.aud === payload["azp"];
    if (type !== "at+jwt") {
      return isIdToken && breaks("rs_id_token") ? undefined : `The token's type is "${type}"`;
    }
    if (!isOurs(payload) && !trustsForeign(payload)) return "Another issuer";
    if (!isFor(resource, payload.aud, record)) return "Another audience";
    return isExpired((payload.exp ?? 0) * 1000) ? "The token has expired" : undefined;
  }

  async function judgeJwt(token: string, parts: Parts, resource: Resource) {
    if (!await isSigned(token, parts) && !await acceptsForgery(token, parts)) {
      return "The signature is not valid";
    }
    const record = state.access.get(token);
    const refusal = judgeClaims(parts, resource, record);
    if (refusal !== undefined) return refusal;
    if (record?.revoked) return "The token was revoked";
    const { payload } = parts;
    const cnf = payload["cnf"] as { jkt?: string; "x5t#S256"?: string } | undefined;
    return {
      scopes: typeof payload["scope"] === "string" ? payload["scope"].split(" ") : FIRST_SCOPES,
      clientId: String(payload["client_id"] ?? payload.aud),
      subject: String(payload.sub),
      ...cnf?.jkt !== undefined && { jkt: cnf.jkt },
      ...cnf?.["x5t#S256"] !== undefined && { certificate: cnf["x5t#S256"] },
    };
  }

  function judgeOpaque(token: string, resource: Resource): TokenFacts | string {
    const refreshToken = state.refresh.get(token);
    if (refreshToken !== undefined) {
      return breaks("rs_refresh_token") ? factsOf(refreshToken) : "A refresh token";
    }
    const record = state.access.get(token);
    if (record === undefined) return UNKNOWN;
    if (record.revoked) return "The token was revoked";
    if (isExpired(record.expiresAt)) return "The token has expired";
    return isFor(resource, record.resource, record) ? factsOf(record) : "Another audience";
  }

  return async (token, resource) => {
    const parts = partsOf(token);
    const judged = parts === undefined
      ? judgeOpaque(token, resource)
      : await judgeJwt(token, parts, resource);
    const good = typeof judged !== "string" && state.access.has(token);
    return good && breaks("rs_good") ? "The token is not accepted" : judged;
  };
}
