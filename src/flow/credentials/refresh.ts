/**
 * Refreshes a stored token: one request for any number of processes on any number of machines, and
 * nothing is lost if a process dies between the request and the write (OAuth 2.1 §4.3, RFC 9700
 * §4.14). @module
 */

import { quoted } from "../../core/text.ts";
import type { StoredEntry } from "../../store/stored_entry.ts";
import type { RefreshEffects } from "../context/effects.ts";
import { signInNeeded } from "../context/sign_in_needed.ts";
import type { CredentialRepository } from "./credential_repository.ts";
import type { Refreshed } from "./refresh_with_lock.ts";
import { secretsOf } from "./stored_client.ts";
import { isGoodFor, type TokenDemand } from "./token_validity.ts";

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
): Promise<Refreshed> {
  const read = async (): Promise<StoredEntry> => {
    const entry = await repository.read();
    if (entry === undefined) {
      const message = `nothing is stored for ${quoted(serverUrl)}`;
      throw signInNeeded("not_signed_in", message, { serverUrl });
    }
    for (const secret of secretsOf(entry)) deps.secrets.add(secret);
    return entry;
  };
  for (;;) {
    const first = await read();
    if (isGoodFor(first.tokens, demand, deps.clock.now())) return { entry: first, sent: false };
    const { refreshWithLock } = await import("./refresh_with_lock.ts");
    const refreshed = await refreshWithLock({ deps, repository, demand, first, read });
    if (refreshed !== undefined) return refreshed;
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
