import type { Judgement } from "../../core/finding.ts";

/** The `cause` of a {@link Failure} `token_error`. */
export class TokenEndpointError extends Error {
  readonly error: string;
  /** `error_description`; empty if there is none. */
  readonly description: string;

  constructor(error: string, description: string) {
    super(error);
    this.name = "TokenEndpointError";
    this.error = error;
    this.description = description;
  }
}

/** RFC 6749 §5.2; undefined for any other failure. */
export function tokenEndpointError({ cause }: { readonly cause?: unknown }): string | undefined {
  return cause instanceof TokenEndpointError ? cause.error : undefined;
}

export function errorCause(
  error: string | undefined,
  description = "",
): TokenEndpointError | undefined {
  return error === undefined ? undefined : new TokenEndpointError(error, description);
}

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

/** A lifetime that is not positive counts as unknown: the MCP server decides whether the token is valid. */
export function expiryOf(expiresIn: number | null, now: number): string | null {
  return expiresIn === null || expiresIn <= 0
    ? null
    : new Date(now + expiresIn * 1000).toISOString();
}

/** ISO 8601 with a zone. */
export function isTime(text: string): boolean {
  return /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/.test(text) &&
    !Number.isNaN(Date.parse(text));
}
