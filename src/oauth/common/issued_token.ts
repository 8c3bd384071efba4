import type { Judgement } from "../../core/finding.ts";
import type { JsonObject } from "../../core/json.ts";
import type { EndpointResponse } from "./endpoint_response.ts";
import { errorResponse, refusesClient, retryRemedy, retrySeconds } from "./error_response.ts";
import { unverifiedClaims } from "./jwt_claims.ts";

/** The `cause` of a {@link Failure} of a token endpoint, or of one that authenticates clients alike. */
export class TokenEndpointError extends Error {
  readonly error: string | undefined;
  /** What the server says in addition; empty if nothing. */
  readonly description: string;
  readonly status: number;
  /** True if the same request may succeed later, by the status. */
  readonly isTransient: boolean;
  /** True if the server refused the client, in whatever form. */
  readonly refusesClient: boolean;
  /** `Retry-After` in seconds. */
  readonly retryAfter: number | undefined;

  /** @param members Replaces the JSON object of the body. */
  constructor(response: EndpointResponse, members?: JsonObject) {
    const { error, description = "" } = errorResponse(response, members);
    super(error);
    this.name = "TokenEndpointError";
    this.error = error;
    this.description = description;
    this.status = response.status;
    this.isTransient = retryRemedy(response) !== undefined;
    this.refusesClient = refusesClient(response);
    this.retryAfter = retrySeconds(response.headers);
  }
}

/** RFC 6749 §5.2; undefined for any other failure. */
export function tokenEndpointError({ cause }: { readonly cause?: unknown }): string | undefined {
  return cause instanceof TokenEndpointError ? cause.error : undefined;
}

export function isClientRefused({ cause }: { readonly cause?: unknown }): boolean {
  return cause instanceof TokenEndpointError && cause.refusesClient;
}

/** The last second that `Date` can represent. */
const MAX_SECONDS = 8.64e12;

export interface TokenResponse {
  readonly accessToken: string;
  readonly refreshToken: string | null;
  readonly idToken: string | undefined;
  /** As the server wrote it; `Bearer` if it is missing. */
  readonly tokenType: string;
  /** Seconds; null when unknown. */
  readonly expiresIn: number | null;
  readonly scope: string | null;
  readonly judgements: readonly Judgement[];
}

/** True for a token that is sent with a DPoP proof (RFC 9449 §5). */
export function isBoundToKey(tokenType: string): boolean {
  return tokenType.toLowerCase() === "dpop";
}

/** True for an access token that an `Authorization` header can carry: visible ASCII. */
export function isAccessToken(text: string): boolean {
  return /^[\x21-\x7e]+$/.test(text);
}

/** `dpop` is usable only if the token was requested with a key. */
export function isTokenType(text: string, bound: boolean): boolean {
  const type = text.toLowerCase();
  return type === "bearer" || bound && type === "dpop";
}

/**
 * The end of a token by its own claims (RFC 9068 §2.2), in milliseconds since the epoch: a hint that
 * may only shorten its life. Undefined if it is not readable, or had ended before it was obtained:
 * then the clocks differ.
 */
export function claimedExpiry(accessToken: string, obtainedAt: number): number | undefined {
  const { exp, iat } = unverifiedClaims(accessToken) ?? {};
  if (typeof exp !== "number" || !(exp > 0 && exp < MAX_SECONDS)) return undefined;
  const lifetime = typeof iat === "number" ? exp - iat : Infinity;
  const end = Math.min(exp * 1000, obtainedAt + lifetime * 1000);
  return end > obtainedAt ? end : undefined;
}

/** A lifetime that is not positive counts as unknown: the MCP server decides whether the token is valid. */
export function expiryOf(
  { accessToken, expiresIn }: Pick<TokenResponse, "accessToken" | "expiresIn">,
  now: number,
): string | null {
  const said = expiresIn === null || expiresIn <= 0 ? Infinity : now + expiresIn * 1000;
  const end = Math.min(said, claimedExpiry(accessToken, now) ?? Infinity);
  return end === Infinity ? null : new Date(end).toISOString();
}

/** Servers round lifetimes, and a response needs some time. */
const ROUNDING_MS = 60_000;

/** When a readable token ends, if that is earlier than its announced lifetime says. */
function earlierEnd(
  { accessToken, expiresIn }: Pick<TokenResponse, "accessToken" | "expiresIn">,
  now: number,
): number | undefined {
  const end = claimedExpiry(accessToken, now);
  const said = expiresIn === null ? -Infinity : now + expiresIn * 1000;
  return end !== undefined && end + ROUNDING_MS < said ? end : undefined;
}

/** Seconds; null if neither the response nor the token says it. */
export function lifetimeOf(
  token: Pick<TokenResponse, "accessToken" | "expiresIn">,
  now: number,
): number | null {
  const end = token.expiresIn === null
    ? claimedExpiry(token.accessToken, now)
    : earlierEnd(token, now);
  return end === undefined ? token.expiresIn : Math.round((end - now) / 1000);
}

/** A finding for such a token. */
export function judgeClaimedExpiry(
  token: Pick<TokenResponse, "accessToken" | "expiresIn">,
  now: number,
): Judgement[] {
  const end = earlierEnd(token, now);
  if (end === undefined) return [];
  return [{
    code: "token_lifetime_shorter",
    severity: "warning",
    message: `"expires_in" is ${token.expiresIn}, and "exp" of the token is ` +
      `${new Date(end).toISOString()}; mcpass refreshes it before that`,
    remedy: 'Authorization server: let "expires_in" and "exp" of the access token agree',
    reference: "RFC 9068 §2.2",
  }];
}

/** ISO 8601 with a zone. */
export function isTime(text: string): boolean {
  return /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/.test(text) &&
    !Number.isNaN(Date.parse(text));
}
