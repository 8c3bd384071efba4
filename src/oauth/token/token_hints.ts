/** Claims of an access token (RFC 9068), for diagnoses only: decoded, never verified. @module */

import { isObject, member } from "../../core/json.ts";
import { quoted } from "../../core/text.ts";
import { unverifiedClaims } from "../common/jwt_claims.ts";
import { fitsIssuer } from "../metadata/issuer_template.ts";

interface TokenExpectations {
  readonly resource: string | null;
  readonly issuer: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** What to know about a token that is bound (RFC 7800 §3), and was sent without a proof. */
export function bindingOf(
  token: string,
): { readonly found: string; readonly remedy: string; readonly reference: string } | undefined {
  const confirmation = unverifiedClaims(token)?.["cnf"];
  if (!isObject(confirmation)) return undefined;
  const bound = "x5t#S256" in confirmation ? "a client certificate" : "a key";
  return {
    found: `it is bound to ${bound} (cnf, RFC 7800), and was sent as a Bearer token`,
    remedy:
      `The token is bound to ${bound} ("cnf"), so a server may refuse it as a Bearer token\n` +
      'Authorization server: issue tokens without "cnf" to this client',
    reference: "RFC 7800 §3; RFC 9449 §6; RFC 8705 §3",
  };
}

/** Likely reasons why a server refuses a fresh token, worst first; empty for an opaque token. */
export function tokenHints(token: string, expected: TokenExpectations): string[] {
  const claims = unverifiedClaims(token);
  if (claims === undefined) return [];
  const hints: string[] = [];
  const audience = claims["aud"];
  const audiences = (Array.isArray(audience) ? audience : [audience])
    .filter((value) => typeof value === "string");
  if (expected.resource !== null && !audiences.includes(expected.resource)) {
    hints.push(
      audiences.length === 0
        ? `it has no audience, expected ${quoted(expected.resource)}`
        : `its audience is ${quoted(audiences.join(" "))}, expected ${quoted(expected.resource)}`,
    );
  }
  const issuer = claims["iss"];
  if (typeof issuer === "string" && !fitsIssuer(issuer, expected.issuer)) {
    hints.push(`its issuer is ${quoted(issuer)}, expected ${quoted(expected.issuer)}`);
  }
  const seconds = expected.now / 1000;
  const expires = claims["exp"];
  if (typeof expires === "number" && expires <= seconds) {
    hints.push("it has expired by the clock of this machine");
  }
  for (const name of ["nbf", "iat"]) {
    const start = member(claims, name);
    if (typeof start === "number" && start > seconds + 5) {
      hints.push(`its "${name}" is in the future by the clock of this machine`);
      break;
    }
  }
  return hints;
}
