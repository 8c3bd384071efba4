/** Stores the tokens of a refresh: nothing that the server issued is lost while the process lives. @module */

import { Failure, toFailure } from "../../core/failure.ts";
import { quoted } from "../../core/text.ts";
import { repeatsGrant } from "../../oauth/authorization/auth_mode.ts";
import { expiryOf, type TokenResponse } from "../../oauth/common/issued_token.ts";
import type { StoredEntry } from "../../store/stored_entry.ts";
import { sha256Hex } from "../../trace/fingerprint.ts";
import { signInNeeded } from "../context/sign_in_needed.ts";
import { isEntryChanged, withChanges } from "./change_sign_in.ts";
import { persistentWrite } from "./persistent_write.ts";
import type { RunningRefresh } from "./running_refresh.ts";

export function withoutJournal({ journal: _, ...entry }: StoredEntry): StoredEntry {
  return entry;
}

export function withNewTokens(entry: StoredEntry, answer: TokenResponse, now: number): StoredEntry {
  const { accessToken, tokenType } = answer;
  const { refusedWith: _, ...how } = entry.refresh ?? {};
  return {
    ...withoutJournal(entry),
    refresh: Object.keys(how).length === 0 ? undefined : how,
    grantedScope: answer.scope ?? entry.grantedScope,
    tokens: {
      accessToken,
      refreshToken: answer.refreshToken ?? entry.tokens?.refreshToken ?? null,
      idToken: answer.idToken ?? entry.tokens?.idToken,
      tokenType,
      obtainedAt: new Date(now).toISOString(),
      expiresAt: expiryOf(answer, now),
    },
  };
}

interface Received {
  readonly before: StoredEntry;
  readonly next: StoredEntry;
}

/** By the fingerprint of the refresh token that they replace: tokens that this process could not store. */
const unstored = new Map<string, Received>();

const replacedBy = ({ tokens }: StoredEntry) => sha256Hex(tokens?.refreshToken ?? "");

/** The sign-in with tokens that this process has received for it and could not store before. */
export function receivedBefore(stored: StoredEntry): StoredEntry | undefined {
  const received = unstored.get(replacedBy(stored));
  return received && withChanges(received.before, received.next, withoutJournal(stored));
}

const isRotated = (before: StoredEntry, next: StoredEntry) =>
  next.tokens?.refreshToken !== before.tokens?.refreshToken;

/** True if nobody has stored other tokens than those that this refresh used. */
export function hasOwnTokens(stored: StoredEntry, before: StoredEntry): boolean {
  if (stored.moved !== undefined) return false;
  // A process that tried the same refresh token was refused and removed the tokens.
  if (stored.tokens === null) return true;
  const { refreshToken, accessToken } = stored.tokens;
  return refreshToken === null || repeatsGrant(stored.authMode)
    ? accessToken === before.tokens?.accessToken
    : refreshToken === before.tokens?.refreshToken;
}

/** The failure for new tokens of a sign-in that somebody removed meanwhile: the sign-out is respected. */
async function removedFailure({ deps }: RunningRefresh, next: StoredEntry): Promise<Failure> {
  const { revokeUnstoredTokens } = await import("./revoke.ts");
  const removed = signInNeeded(
    "not_signed_in",
    `the sign-in for ${quoted(next.serverUrl)} was removed while its token was refreshed`,
    next,
  );
  return (await revokeUnstoredTokens(deps, next, removed)).failure;
}

/**
 * The failure for new tokens that cannot be stored. Tokens of a repeated grant are revoked.
 * Refreshed tokens are not: revoking a refresh token ends the grant (RFC 7009 §2.1) and with it the
 * stored token, which the server may still accept.
 */
async function unstoredFailure(
  { deps, entry }: RunningRefresh,
  next: StoredEntry,
  failure: Failure,
): Promise<Failure> {
  if (repeatsGrant(next.authMode)) {
    const { revokeUnstoredTokens } = await import("./revoke.ts");
    return (await revokeUnstoredTokens(deps, next, failure)).failure;
  }
  const state = isRotated(entry, next)
    ? "the new refresh token is lost, and the next run sends the stored one, which the server may " +
      "no longer accept"
    : "the stored refresh token is still the current one, and the next run uses it";
  const { code, message } = failure;
  return new Failure(code, `${message}; the server refreshed the token: ${state}`, failure);
}

/**
 * Writes the new tokens before they are used. If another process has written the entry, its changes
 * remain, and if it has stored newer tokens, those are returned. Tries again until the time limit of
 * a step if the new refresh token would be lost.
 *
 * @returns What is stored.
 * @throws Failure `store_…`, or `not_signed_in` if the sign-in was removed meanwhile.
 */
export async function storeRefreshed(
  refresh: RunningRefresh,
  next: StoredEntry,
): Promise<StoredEntry> {
  const { deps, repository, stored: before } = refresh;
  let candidate = next;
  let isRemoved = false;
  const attempt = async (): Promise<StoredEntry> => {
    for (;;) {
      try {
        await repository.write(candidate, "refreshed");
        return candidate;
      } catch (error) {
        if (!isEntryChanged(error)) throw error;
      }
      const stored = await repository.read();
      isRemoved = stored === undefined;
      if (stored === undefined) throw await removedFailure(refresh, next);
      if (!hasOwnTokens(stored, before)) return stored;
      candidate = withChanges(before, next, stored);
    }
  };
  const passes = ({ kind, code }: Failure) =>
    isRotated(before, next) && !isRemoved && kind === "operation" && code !== "internal_error";
  try {
    const stored = await persistentWrite(deps, attempt, passes);
    unstored.delete(replacedBy(before));
    return stored;
  } catch (error) {
    // A process that lives longer, such as a bridge, stores them at its next use.
    if (passes(toFailure(error))) unstored.set(replacedBy(before), { before, next });
    throw isRemoved ? error : await unstoredFailure(refresh, next, toFailure(error));
  }
}

/**
 * Writes what a failed refresh has changed.
 *
 * @returns False if another process has stored other tokens: then these are to be used.
 */
export async function storeFailedRefresh(
  { repository, stored: before }: RunningRefresh,
  after: StoredEntry,
): Promise<boolean> {
  let candidate = after;
  for (;;) {
    try {
      await repository.write(candidate, "refresh_failed");
      return true;
    } catch (error) {
      if (!isEntryChanged(error)) throw error;
    }
    const stored = await repository.read();
    if (!stored?.tokens || !hasOwnTokens(stored, before)) return false;
    candidate = withChanges(before, after, stored);
  }
}

/**
 * Stores what an identity provider replaced, before it is used.
 *
 * @throws Failure `store_entry_changed` if another process has stored other tokens of it.
 */
export async function storeIdentity(
  refresh: RunningRefresh,
  changes: Pick<StoredEntry, "idpIdToken" | "idpRefreshToken">,
): Promise<void> {
  const { deps, repository } = refresh;
  refresh.entry = { ...refresh.entry, ...changes };
  await persistentWrite(deps, async () => {
    const before = refresh.stored;
    let next = { ...before, ...changes };
    for (;;) {
      try {
        await repository.write(next);
        refresh.stored = next;
        return;
      } catch (error) {
        if (!isEntryChanged(error)) throw error;
        const stored = await repository.read();
        if (stored === undefined || stored.idpRefreshToken !== before.idpRefreshToken) throw error;
        next = { ...stored, ...changes };
      }
    }
  }, ({ kind, code }) => kind === "operation" && code !== "internal_error");
}
