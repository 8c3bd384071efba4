/**
 * When a process that watches a token reads the store, refreshes, and tries again. All of it is random
 * within bounds, so that a fleet does not act at one instant. `scripts/fleet` simulates it.
 * @module
 */

import type { StoredTokens } from "../../store/stored_entry.ts";
import { refreshMargin, validityLeft } from "./token_validity.ts";

/** A random number from 0 to 1. */
type Random = () => number;

/** Between two reads of the store: this part of the lifetime, within the bounds. */
export const POLL = { share: 1 / 10, minMs: 5000, maxMs: 60_000 } as const;

/** Between two attempts after a failure. */
export const RETRY = { firstMs: 1000, growth: 2, maxMs: 60_000 } as const;

/**
 * How long a watcher waits for the lock. A longer wait is a refresh of another process, whose result
 * is read later: thousands of waiters would get the lock one after the other only to find it.
 */
const PATIENCE = { firstMs: 2000, growth: 2, maxMs: 30_000 } as const;

/** Until a watcher that did not get the lock looks again. */
const BUSY_MS = 10_000;

/** A token may be due again at once, if more validity is demanded than it has. */
const MIN_PAUSE_MS = 1000;

const clamp = (value: number, min: number, max: number) => Math.min(Math.max(value, min), max);

/** From three quarters to five quarters. */
const spread = (milliseconds: number, random: Random) => milliseconds * (0.75 + random() / 2);

/** Milliseconds; null if it is unknown. */
export function lifetimeOf(tokens: StoredTokens, now: number): number | null {
  const left = validityLeft(tokens, now);
  return left === null ? null : left + now - Date.parse(tokens.obtainedAt);
}

/** @param lifetimeMs Of the token; null if it is unknown. */
export function pollPause(lifetimeMs: number | null, random: Random): number {
  const { share, minMs, maxMs } = POLL;
  return spread(clamp((lifetimeMs ?? Infinity) * share, minMs, maxMs), random);
}

/** Until the next look at a token that is valid for `leftMs` and due at a validity of `leadMs`. */
export function nextLook(
  lifetimeMs: number | null,
  leftMs: number | null,
  leadMs: number,
  random: Random,
): number {
  const untilDue = Math.max((leftMs ?? Infinity) - leadMs, MIN_PAUSE_MS);
  return Math.min(pollPause(lifetimeMs, random), untilDue);
}

/**
 * The same while another process refreshes the token. If that process was killed, the others do not
 * try at one instant when the validity is down to `leastMs`.
 */
export function lookAtOtherRefresh(
  lifetimeMs: number | null,
  leftMs: number,
  leastMs: number,
  random: Random,
): number {
  return nextLook(lifetimeMs, leftMs, leastMs * (1 - random() / 2), random);
}

/** @param busy Looks in a row that found the lock busy: with a slow database, it takes longer to get. */
export function lockPatience(busy: number): number {
  return Math.min(PATIENCE.firstMs * PATIENCE.growth ** busy, PATIENCE.maxMs);
}

/** Until the next look after the lock was busy. */
export const busyPause = (random: Random): number => spread(BUSY_MS, random);

/**
 * The validity in milliseconds below which this process refreshes a token: up to twice the usual one,
 * so that the first process of a fleet has refreshed before the others are due. The token stays valid
 * for `least` in any case.
 */
export function refreshLead(
  tokens: StoredTokens,
  now: number,
  random: Random,
  minValidityMs?: number,
): { readonly least: number; readonly lead: number } {
  const left = validityLeft(tokens, now) ?? Infinity;
  if (left === Infinity) return { least: minValidityMs ?? 0, lead: 0 };
  const margin = refreshMargin(tokens, left, now);
  const least = minValidityMs ?? margin;
  const rest = (lifetimeOf(tokens, now) ?? least) - least;
  return { least, lead: least + random() * clamp(rest / 2, 0, margin) };
}

/** @param failures In a row, at least 1. @param askedMs What the server asked for (`Retry-After`). */
export function retryPause(failures: number, random: Random, askedMs = 0): number {
  const { firstMs, growth, maxMs } = RETRY;
  const pause = Math.min(firstMs * growth ** (failures - 1), maxMs);
  return Math.max(spread(pause, random), askedMs);
}
