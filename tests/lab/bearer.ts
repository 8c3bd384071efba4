/**
 * A resource server's half of OAuth: checking tokens and writing challenges.
 *
 * @module
 */

import { createLocalJWKSet, jwtVerify } from "jose";
import type { JWK } from "jose";

/** What a good token says. */
export interface TokenClaims {
  /** Granted scopes. */
  readonly scopes: readonly string[];
  /** Client it was issued to, when known. */
  readonly clientId?: string;
  /** Subject, when known. */
  readonly subject?: string;
}

/** Checks a token for a resource: what it says, or in one line why it is refused. */
export type TokenVerifier = (
  token: string,
  resource: string,
) => Promise<TokenClaims | string> | TokenClaims | string;

/** Public keys of an authorization server (RFC 7517 §5). */
export interface Jwks {
  /** The keys. */
  readonly keys: readonly Readonly<Record<string, unknown>>[];
}

/**
 * Checks JWT access tokens (RFC 9068): signature, issuer, audience, expiry.
 *
 * @param now Milliseconds since the epoch; default the real time.
 */
export function jwtVerifier(
  issuer: string,
  jwks: Jwks,
  now: () => number = Date.now,
): TokenVerifier {
  const key = createLocalJWKSet({ keys: [...jwks.keys] as JWK[] });
  return async (token, resource) => {
    try {
      const { payload } = await jwtVerify(token, key, {
        issuer,
        audience: resource,
        currentDate: new Date(now()),
      });
      return {
        scopes: typeof payload["scope"] === "string" ? payload["scope"].split(" ") : [],
        ...(typeof payload["client_id"] === "string" && { clientId: payload["client_id"] }),
        ...(payload.sub !== undefined && { subject: payload.sub }),
      };
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  };
}

/** Why a request was refused. */
export type Refusal = "missing" | "invalid" | "insufficient";

/** Parameters of a challenge by name; a value left undefined is not written. */
export type ChallengeParameters = Readonly<Record<string, string | undefined>>;

/** Writes one challenge, each value as a quoted-string. */
export function challenge(scheme: string, parameters: ChallengeParameters): string {
  const written = Object.entries(parameters)
    .filter((pair): pair is [string, string] => pair[1] !== undefined)
    .map(([name, value]) => `${name}="${value.replace(/["\\]/g, "\\$&")}"`);
  return written.length === 0 ? scheme : `${scheme} ${written.join(", ")}`;
}
