/** A refresh that is due, under the lock of the sign-in. @module */

import { toFailure } from "../../core/failure.ts";
import { quoted } from "../../core/text.ts";
import { repeatsGrant } from "../../oauth/authorization/auth_mode.ts";
import type { TokenResponse } from "../../oauth/common/issued_token.ts";
import type { StoredEntry } from "../../store/stored_entry.ts";
import type { RefreshEffects } from "../context/effects.ts";
import { completeFailure } from "../context/login_context.ts";
import { cannotRefresh, signInCommand, tokensGone } from "../context/sign_in_needed.ts";
import { isEntryChanged } from "./change_sign_in.ts";
import type { CredentialRepository } from "./credential_repository.ts";
import { lockUnless } from "./lock_or_token.ts";
import { type RunningRefresh, waitForOtherRefresh, writeJournal } from "./running_refresh.ts";
import { sendRefresh } from "./send_refresh.ts";
import { receivedBefore, storeRefreshed, withNewTokens } from "./store_refreshed.ts";
import { isGoodFor, type TokenDemand } from "./token_validity.ts";

function assertRefreshable(entry: StoredEntry, { force }: TokenDemand): void {
  const { authMode, endpoints, refresh, tokens } = entry;
  if (entry.moved !== undefined) throw tokensGone(entry);
  if (endpoints.token === "") {
    throw cannotRefresh("no_token_endpoint", "its token endpoint was not stored", entry);
  }
  if (repeatsGrant(authMode)) return;
  if (tokens === null) throw tokensGone(entry);
  if (tokens.refreshToken === null) {
    throw cannotRefresh("no_refresh_token", "no refresh token was issued", entry);
  }
  if (refresh?.refusedWith !== undefined && force !== true) {
    const why = `the authorization server refused that before with ${quoted(refresh.refusedWith)}`;
    throw cannotRefresh("refresh_refused", why, entry);
  }
}

/**
 * One refresh with the lock.
 *
 * @returns Undefined if another process has stored other tokens: the sign-in has to be read again.
 */
async function refreshOnce(refresh: RunningRefresh): Promise<StoredEntry | undefined> {
  await writeJournal(refresh);
  let answer: TokenResponse;
  try {
    answer = await sendRefresh(refresh);
  } catch (error) {
    if (isEntryChanged(error)) throw error;
    const { afterFailure } = await import("./failed_refresh.ts");
    const failure = await afterFailure(refresh, toFailure(error));
    if (failure === undefined) return undefined;
    // The command that needs the token completes its own line.
    throw failure.commandFlags === undefined
      ? completeFailure(failure, (flags) => signInCommand(refresh.entry, flags))
      : failure;
  }
  const next = withNewTokens(refresh.entry, answer, refresh.deps.clock.now());
  return await storeRefreshed(refresh, next);
}

export interface Refreshed {
  readonly entry: StoredEntry;
  /** False if the token was valid, or another process refreshed it. */
  readonly sent: boolean;
}

export interface DueRefresh {
  readonly deps: RefreshEffects;
  readonly repository: CredentialRepository;
  readonly demand: TokenDemand;
  /** As it was read without the lock. */
  readonly first: StoredEntry;
  read(): Promise<StoredEntry>;
}

/**
 * @returns Undefined if another process has changed, during the wait for the lock, what was enough:
 * then the sign-in is read again.
 */
export async function refreshWithLock(
  { deps, repository, demand, first, read }: DueRefresh,
): Promise<Refreshed | undefined> {
  assertRefreshable(first, demand);
  const isEnough = ({ tokens }: StoredEntry) => {
    const changed = tokens?.accessToken !== first.tokens?.accessToken;
    // Another request would not return more than what another process has just obtained.
    return isGoodFor(tokens, changed ? { refused: demand.refused } : demand, deps.clock.now());
  };
  await using lock = await lockUnless(
    repository,
    deps.signal,
    async () => isEnough(await read()),
  );
  for (;;) {
    const entry = await read();
    if (isEnough(entry)) return { entry, sent: false };
    if (lock === undefined) return undefined;
    assertRefreshable(entry, demand);
    const refresh: RunningRefresh = { deps, repository, entry, stored: entry, lost: undefined };
    const received = receivedBefore(entry);
    if (received !== undefined) {
      await storeRefreshed(refresh, received);
      continue;
    }
    if (await waitForOtherRefresh(deps, repository, entry)) continue;
    try {
      const refreshed = await refreshOnce(refresh);
      if (refreshed !== undefined) return { entry: refreshed, sent: true };
    } catch (error) {
      if (!isEntryChanged(error)) throw error;
    }
  }
}
