/** Stored sign-ins that are no longer usable. @module */

import type { EntrySummary } from "../../store/stored_entry.ts";
import type { Store } from "../../store/store.ts";
import { isRefreshable } from "./renewal.ts";

/** The longest time for which an exported sign-in can be imported. */
const MAX_TRANSFER_MS = 7 * 86_400_000;

/**
 * `expired`: its token has expired and cannot be refreshed. `no_tokens`: only its client is
 * registered, or its tokens were revoked, refused or moved.
 */
export type PruneReason = "expired" | "no_tokens";

/** Undefined for a sign-in that may still be used. */
export function pruneReason(entry: EntrySummary, now: number): PruneReason | undefined {
  const { tokens, holds, moved } = entry;
  // It shows that a file with the token was imported before.
  if (moved !== undefined && now - Date.parse(moved.at) < MAX_TRANSFER_MS) return undefined;
  if (isRefreshable(entry, tokens !== null && holds.includes("tokens.refreshToken"))) {
    return undefined;
  }
  if (tokens === null) return "no_tokens";
  // A token of unknown lifetime is used until the server refuses it.
  return tokens.expiresAt !== null && Date.parse(tokens.expiresAt) <= now ? "expired" : undefined;
}

/**
 * Removes the entry unless another process has made it usable meanwhile.
 *
 * @returns False if it was not removed.
 * @throws Failure `store_…`.
 */
export async function pruneEntry(
  store: Store,
  { key, serverUrl, account }: EntrySummary,
  now: number,
  signal: AbortSignal,
): Promise<boolean> {
  await using _lock = await store.lock(key, signal);
  const current = (await store.find(serverUrl, account)).find((it) => it.key === key);
  if (current === undefined || pruneReason(current, now) === undefined) return false;
  return await store.remove(key, "pruned");
}
