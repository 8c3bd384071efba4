/**
 * Assertions of other issuers at the hand-made authorization server (RFC 7523 §3, ID-JAG).
 *
 * @module
 */

import { createLocalJWKSet, decodeProtectedHeader, type JWK, jwtVerify } from "jose";
import type { Jwks } from "./bearer.ts";
import { type KnownClient, Refused } from "./fake_clients.ts";

/** `grant_type` of an assertion. */
export const JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer";

/** Whose assertions are taken. */
export interface TrustedIssuer {
  /** `iss`. */
  readonly issuer: string;
  /** Its keys. */
  readonly jwks: Jwks;
}

/** Checks an assertion; each is good once. */
export type AssertionCheck = (
  assertion: string,
  client: KnownClient | undefined,
) => Promise<void>;

/** Makes a check for a server. */
export function assertionCheck(
  { issuer, jwks }: TrustedIssuer,
  audience: string,
  resource: () => string,
): AssertionCheck {
  const keys = createLocalJWKSet({ keys: [...jwks.keys] as JWK[] });
  const used = new Set<string>();
  return async (assertion, client) => {
    const refuse = (why: string) => new Refused("invalid_grant", why);
    const { payload } = await jwtVerify(assertion, keys, {
      ...{ issuer, audience },
      requiredClaims: ["sub", "exp", "iat", "jti"],
    }).catch((error) => {
      throw refuse(error.message);
    });
    if (used.has(payload.jti ?? "")) throw refuse("the assertion was used before");
    used.add(payload.jti ?? "");
    if (client === undefined) return;
    if (decodeProtectedHeader(assertion).typ !== "oauth-id-jag+jwt") throw refuse("no ID-JAG");
    if (payload["client_id"] !== client.id) throw refuse("the ID-JAG is another client's");
    if (payload["resource"] !== resource()) throw refuse("the ID-JAG is for another resource");
  };
}
