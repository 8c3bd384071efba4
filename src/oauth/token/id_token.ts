/**
 * ID tokens from the token endpoint. The connection was to the issuer itself, so the signature need not
 * be checked (OpenID Connect Core §3.1.3.7).
 * @module
 */

import { Failure } from "../../core/failure.ts";
import { isObject, type JsonObject } from "../../core/json.ts";
import { quoted } from "../../core/text.ts";
import { jwtsIn } from "../common/jwt_text.ts";

export interface IdTokenExpectations {
  readonly issuer: string;
  /** `aud`, and `azp` where it is there. */
  readonly clientId: string;
  /** `nonce` of the request. */
  readonly nonce: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** The ID token before the refresh. */
export interface PreviousIdToken {
  readonly issuer: string;
  readonly clientId: string;
  readonly idToken: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** Seconds that two clocks may differ. */
const CLOCK_TOLERANCE_S = 60;

function claimsOf(token: string): JsonObject | undefined {
  const [found] = jwtsIn(token);
  return isObject(found?.claims) ? found.claims : undefined;
}

/** Milliseconds since the epoch. */
export function idTokenExpiry(token: string): number | undefined {
  const exp = claimsOf(token)?.["exp"];
  return typeof exp === "number" ? exp * 1000 : undefined;
}

function said(value: unknown): string {
  return value === undefined ? "missing" : quoted(JSON.stringify(value), 200);
}

function faultOf(
  claims: JsonObject | undefined,
  { issuer, clientId, now }: Omit<IdTokenExpectations, "nonce">,
): string | undefined {
  if (claims === undefined) return "it is no signed JSON Web Token";
  const { iss, aud, azp, exp, sub } = claims;
  if (iss !== issuer) return `"iss" is ${said(iss)}, and ${quoted(issuer)} was asked`;
  if (![aud].flat().includes(clientId)) {
    return `"aud" is ${said(aud)}, without the client ${quoted(clientId)}`;
  }
  if (azp !== undefined && azp !== clientId) {
    return `"azp" is ${said(azp)}, and the client is ${quoted(clientId)}`;
  }
  if (typeof exp !== "number") return `"exp" is ${said(exp)}`;
  if (exp + CLOCK_TOLERANCE_S <= now / 1000) return '"exp" is over';
  return typeof sub === "string" && sub !== "" ? undefined : `"sub" is ${said(sub)}`;
}

function invalid(issuer: string, fault: string, remedy: string, reference: string): Failure {
  return new Failure(
    "id_token_invalid",
    `the ID token of ${quoted(issuer)} cannot be used: ${fault}`,
    { remedy, reference },
  );
}

export function idTokenMissingFailure(issuer: string): Failure {
  return new Failure(
    "id_token_missing",
    `the identity provider ${quoted(issuer)} issued no ID token, though "openid" was asked for`,
    {
      remedy: "Identity provider: let this client use OpenID Connect (the scope openid)",
      reference: "OpenID Connect Core §3.1.3.3",
    },
  );
}

export function judgeIdToken(
  token: string | undefined,
  expected: IdTokenExpectations,
): string {
  const { issuer, nonce } = expected;
  if (token === undefined) throw idTokenMissingFailure(issuer);
  const claims = claimsOf(token);
  const fault = faultOf(claims, expected) ??
    (claims?.["nonce"] === nonce ? undefined : '"nonce" is not that of the request');
  if (fault === undefined) return token;
  throw invalid(
    issuer,
    fault,
    "Compare --idp-issuer and --idp-client-id with what is registered there, and the clocks. A " +
      "wrong nonce may be an attack, so the token was not used",
    "OpenID Connect Core §3.1.3.7",
  );
}

/** Judges the ID token of a refresh: it must be about the same person. */
export function judgeRefreshedIdToken(token: string | undefined, before: PreviousIdToken): string {
  const { issuer } = before;
  if (token === undefined) throw idTokenMissingFailure(issuer);
  const claims = claimsOf(token);
  const sub = claimsOf(before.idToken)?.["sub"];
  const fault = faultOf(claims, before) ??
    (claims?.["sub"] === sub
      ? undefined
      : `"sub" is ${said(claims?.["sub"])}, and ${said(sub)} signed in`);
  if (fault === undefined) return token;
  throw invalid(
    issuer,
    fault,
    "Identity provider: answer a refresh with an ID token of the same issuer, client and person. " +
      "The token was not used",
    "OpenID Connect Core §12.2",
  );
}
