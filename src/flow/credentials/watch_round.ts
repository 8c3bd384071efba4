/** One look at a stored token by a process that watches it. @module */

import type { StoredTokens } from "../../store/stored_entry.ts";
import type { RefreshEffects } from "../context/effects.ts";
import type { CredentialRepository } from "./credential_repository.ts";
import { freshSignIn } from "./refresh.ts";
import { isGoodFor, validityLeft } from "./token_validity.ts";
import { secretsOf } from "./stored_client.ts";
import { assertValidity, type ValidSignIn } from "./valid_sign_in.ts";
import { lifetimeOf, lookAtOtherRefresh, nextLook, refreshLead } from "./watch_schedule.ts";

export interface WatchDemand {
  readonly serverUrl: string;
  readonly minValidityMs: number | undefined;
  /** From 0 to 1, and the same for each look at one token: a new one would refresh earlier. */
  readonly chance: (tokens: StoredTokens) => number;
  readonly random: () => number;
}

export interface WatchedSignIn {
  readonly entry: ValidSignIn;
  /** Milliseconds until the next look. */
  readonly pauseMs: number;
}

/**
 * Reads the sign-in, and refreshes its token if this process is due. While another process refreshes
 * a token that is valid for long enough, this one does not wait for the lock.
 *
 * @throws Failure As {@link freshSignIn}, and `validity_too_short`.
 */
export async function watchSignIn(
  deps: RefreshEffects,
  repository: CredentialRepository,
  { serverUrl, minValidityMs, chance, random }: WatchDemand,
): Promise<WatchedSignIn> {
  const now = () => deps.clock.now();
  const timesOf = (tokens: StoredTokens) => ({
    ...refreshLead(tokens, now(), () => chance(tokens), minValidityMs),
    left: validityLeft(tokens, now()),
    lifetime: lifetimeOf(tokens, now()),
  });
  const found = await repository.read();
  const tokens = found?.tokens ?? null;
  let demanded = minValidityMs;
  if (found !== undefined && tokens !== null) {
    for (const secret of secretsOf(found)) deps.secrets.add(secret);
    const entry = { ...found, tokens };
    const { least, lead, left, lifetime } = timesOf(tokens);
    demanded = lead;
    if (isGoodFor(tokens, { minValidityMs: lead }, now())) {
      return { entry, pauseMs: nextLook(lifetime, left, lead, random) };
    }
    if (found.journal !== undefined && left !== null && left > least) {
      return { entry, pauseMs: lookAtOtherRefresh(lifetime, left, least, random) };
    }
  }
  const fresh = await freshSignIn(deps, repository, serverUrl, { minValidityMs: demanded });
  const entry = assertValidity(fresh, now(), minValidityMs ?? 1);
  const { lead, left, lifetime } = timesOf(entry.tokens);
  return { entry, pauseMs: nextLook(lifetime, left, lead, random) };
}
