/** ID tokens. They come from the issuer itself, so no signature is checked (OpenID Connect Core §3.1.3.7). @module */

import { Failure } from "../../core/failure.ts";
import { isObject, type JsonObject } from "../../core/json.ts";
import { quoted } from "../../core/text.ts";
import { jwtsIn } from "../common/jwt_text.ts";

interface IdTokenExpectations {
  readonly issuer: string;
  /** `aud`, and `azp` where it is there. */
  readonly clientId: string;
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
  { issuer, clientId, now }: IdTokenExpectations,
): string | undefined {
  if (claims === undefined) return "it is not a signed JSON Web Token";
  const { iss, aud, azp, exp, sub } = claims;
  if (iss !== issuer) return `"iss" is ${said(iss)}, expected ${quoted(issuer)}`;
  if (![aud].flat().includes(clientId)) {
    return `"aud" is ${said(aud)}, without the client ${quoted(clientId)}`;
  }
  if (azp !== undefined && azp !== clientId) {
    return `"azp" is ${said(azp)}, expected ${quoted(clientId)}`;
  }
  if (typeof exp !== "number") return `"exp" is ${said(exp)}`;
  if (exp + CLOCK_TOLERANCE_S <= now / 1000) return 'it has expired ("exp")';
  return typeof sub === "string" && sub !== "" ? undefined : `"sub" is ${said(sub)}`;
}

function judge(
  token: string | undefined,
  expected: IdTokenExpectations,
  ownFault: (claims: JsonObject) => string | undefined,
  remedy: string,
  reference: string,
): string {
  const issuer = quoted(expected.issuer);
  if (token === undefined) {
    throw new Failure(
      "id_token_missing",
      `the identity provider ${issuer} issued no ID token, although "openid" was requested`,
      {
        remedy: "Identity provider: let this client use OpenID Connect (the scope openid)",
        reference: "OpenID Connect Core §3.1.3.3",
      },
    );
  }
  const claims = claimsOf(token);
  const fault = faultOf(claims, expected) ?? (claims && ownFault(claims));
  if (fault === undefined) return token;
  const message = `the ID token of ${issuer} cannot be used: ${fault}`;
  throw new Failure("id_token_invalid", message, { remedy, reference });
}

/** `nonce` is that of the request. */
export function judgeIdToken(
  token: string | undefined,
  expected: IdTokenExpectations & { readonly nonce: string },
): string {
  return judge(
    token,
    expected,
    ({ nonce }) => nonce === expected.nonce ? undefined : '"nonce" is not that of the request',
    "Compare --idp-issuer and --idp-client-id with the registration there, and check the clock of " +
      "this machine",
    "OpenID Connect Core §3.1.3.7",
  );
}

/** Judges the ID token of a refresh: it must be about the same person as the one before. */
export function judgeRefreshedIdToken(
  token: string | undefined,
  before: IdTokenExpectations & { readonly idToken: string },
): string {
  const person = claimsOf(before.idToken)?.["sub"];
  return judge(
    token,
    before,
    ({ sub }) =>
      sub === person ? undefined : `"sub" is ${said(sub)}, and ${said(person)} signed in`,
    "Identity provider: issue an ID token of the same issuer, client and person at a refresh",
    "OpenID Connect Core §12.2",
  );
}
