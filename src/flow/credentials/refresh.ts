/**
 * Refreshes a stored token: one request for any number of processes on any number of machines, and
 * nothing is lost if a process dies between the request and the write (OAuth 2.1 §4.3, RFC 9700
 * §4.14). @module
 */

import { toFailure } from "../../core/failure.ts";
import { quoted } from "../../core/text.ts";
import { repeatsGrant } from "../../oauth/authorization/auth_mode.ts";
import type { TokenResponse } from "../../oauth/common/issued_token.ts";
import type { StoredEntry } from "../../store/stored_entry.ts";
import type { RefreshEffects } from "../context/effects.ts";
import { completeFailure } from "../context/login_context.ts";
import {
  cannotRefresh,
  signInCommand,
  signInNeeded,
  tokensGone,
} from "../context/sign_in_needed.ts";
import { isEntryChanged } from "./change_sign_in.ts";
import type { CredentialRepository } from "./credential_repository.ts";
import { lockUnless } from "./lock_or_token.ts";
import { type RunningRefresh, waitForOtherRefresh, writeJournal } from "./running_refresh.ts";
import { sendRefresh } from "./send_refresh.ts";
import { secretsOf } from "./stored_client.ts";
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

/**
 * Returns the sign-in with a token that meets the demand, refreshed if necessary.
 *
 * Has the lock from the second read to the write; a process that waited finds the new token and
 * sends nothing. The journal is written before the request, the new tokens before they are used.
 * A store of several machines can lose the lock of a living process: then the journal, which only
 * one process can write at a time, decides who sends a request.
 * The granted scope never changes. Token endpoint, `resource` and authentication method are those of
 * the login; after a refusal, an alternative that worked replaces them.
 *
 * @returns `sent` is false if the token was valid, or another process refreshed it.
 * @throws Failure `not_signed_in`, `tokens_gone`, `no_refresh_token`, `no_token_endpoint`,
 * `refresh_token_refused`, `refresh_refused`, `client_refused` (all of kind `sign_in_needed`),
 * `refresh_under_way`, `network_*`, `token_error`, `token_answer_invalid`, `store_…`, `cancelled`.
 */
export async function refreshSignIn(
  deps: RefreshEffects,
  repository: CredentialRepository,
  serverUrl: string,
  demand: TokenDemand = {},
): Promise<{ readonly entry: StoredEntry; readonly sent: boolean }> {
  const read = async (): Promise<StoredEntry> => {
    const entry = await repository.read();
    if (entry === undefined) {
      const message = `nothing is stored for ${quoted(serverUrl)}`;
      throw signInNeeded("not_signed_in", message, { serverUrl });
    }
    for (const secret of secretsOf(entry)) deps.secrets.add(secret);
    return entry;
  };
  const first = await read();
  if (isGoodFor(first.tokens, demand, deps.clock.now())) return { entry: first, sent: false };
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
    // Another process has changed what was enough during the wait for the lock.
    if (lock === undefined) return await refreshSignIn(deps, repository, serverUrl, demand);
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

export async function freshSignIn(
  deps: RefreshEffects,
  repository: CredentialRepository,
  serverUrl: string,
  demand: TokenDemand = {},
): Promise<StoredEntry> {
  return (await refreshSignIn(deps, repository, serverUrl, demand)).entry;
}
