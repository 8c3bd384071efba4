import type { Judgement } from "../../core/finding.ts";

/** The error of a token endpoint: the `cause` of a {@link Failure} `token_error`. */
export class TokenEndpointError extends Error {
  /** `error` of the answer (RFC 6749 §5.2). */
  readonly error: string;

  constructor(error: string) {
    super(error);
    this.name = "TokenEndpointError";
    this.error = error;
  }
}

/** The `cause` of a failure for this `error` of a response. */
export function errorCause(error: string | undefined): TokenEndpointError | undefined {
  return error === undefined ? undefined : new TokenEndpointError(error);
}

export interface TokenAnswer {
  readonly accessToken: string;
  readonly refreshToken: string | null;
  readonly idToken: string | undefined;
  /** As spelled; `Bearer` when missing. */
  readonly tokenType: string;
  /** Seconds; null when unknown. */
  readonly expiresIn: number | null;
  /** Scope as granted, or null when the answer says nothing. */
  readonly scope: string | null;
  readonly judgements: readonly Judgement[];
}

/** True for a token that is sent with a proof (RFC 9449 §5). */
export function isBoundToKey(tokenType: string): boolean {
  return tokenType.toLowerCase() === "dpop";
}

/** True for an access token that an `Authorization` header can carry: visible ASCII. */
export function isAccessToken(text: string): boolean {
  return /^[\x21-\x7e]+$/.test(text);
}

/** True for a token type that this client can use; `dpop` only with a key. */
export function isTokenType(text: string, bound: boolean): boolean {
  const type = text.toLowerCase();
  return type === "bearer" || bound && type === "dpop";
}
