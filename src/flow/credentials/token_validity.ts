/** Whether a stored token is still to be used. @module */

import { claimedExpiry } from "../../oauth/common/issued_token.ts";
import type { StoredTokens } from "../../store/stored_entry.ts";

export interface TokenDemand {
  /** Milliseconds of validity; absent: 60 s or a tenth of the lifetime, whichever is smaller. */
  readonly minValidityMs?: number | undefined;
  /** A token that the server refused: any other one fits. */
  readonly refused?: string | undefined;
  readonly force?: boolean;
}

const MAX_MARGIN_MS = 60_000;

/** Clocks with a shared home differ; after a larger step back, the time left is unknown. */
const CLOCK_TOLERANCE_MS = 60_000;

/** Null if the lifetime is unknown. */
export function validityLeft(
  { accessToken, expiresAt, obtainedAt }: StoredTokens,
  now: number,
): number | null {
  const end = Math.min(
    expiresAt === null ? Infinity : Date.parse(expiresAt),
    claimedExpiry(accessToken, Date.parse(obtainedAt)) ?? Infinity,
  );
  return end === Infinity ? null : end - now;
}

/** The validity in milliseconds below which a token is refreshed. */
export function refreshMargin(
  { obtainedAt }: StoredTokens,
  left: number,
  now: number,
  minValidityMs?: number,
): number {
  const lifetime = left + now - Date.parse(obtainedAt);
  return minValidityMs ?? Math.min(MAX_MARGIN_MS, lifetime / 10);
}

export function isGoodFor(tokens: StoredTokens | null, demand: TokenDemand, now: number): boolean {
  if (tokens === null || demand.force === true) return false;
  if (tokens.accessToken === demand.refused) return false;
  const left = validityLeft(tokens, now);
  if (left === null) return true;
  const obtainedAt = Date.parse(tokens.obtainedAt);
  if (tokens.refreshToken !== null && now < obtainedAt - CLOCK_TOLERANCE_MS) return false;
  return left > 0 && left >= refreshMargin(tokens, left, now, demand.minValidityMs);
}
