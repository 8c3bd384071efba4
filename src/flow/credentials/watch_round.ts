/** One look at a stored token by a process that watches it. @module */

import { combineSignals } from "../../core/abort.ts";
import { Failure } from "../../core/failure.ts";
import { quoted } from "../../core/text.ts";
import type { StoredEntry, StoredTokens } from "../../store/stored_entry.ts";
import type { RefreshEffects } from "../context/effects.ts";
import type { CredentialRepository } from "./credential_repository.ts";
import { freshSignIn } from "./refresh.ts";
import { isGoodFor, validityLeft } from "./token_validity.ts";
import { secretsOf } from "./stored_client.ts";
import { assertValidity, type ValidSignIn } from "./valid_sign_in.ts";
import {
  busyPause,
  lifetimeOf,
  lockPatience,
  lookAtOtherRefresh,
  nextLook,
  refreshLead,
} from "./watch_schedule.ts";

export interface WatchDemand {
  readonly serverUrl: string;
  readonly minValidityMs: number | undefined;
  /** From 0 to 1, and the same for each look at one token: a new one would refresh earlier. */
  readonly chance: (tokens: StoredTokens) => number;
  readonly random: () => number;
  /** Looks in a row that did not get the lock. */
  readonly busy: number;
}

export interface WatchedSignIn {
  readonly entry: ValidSignIn;
  /** Milliseconds until the next look. */
  readonly pauseMs: number;
  /** True if another process has the lock. */
  readonly isBusy?: true;
}

/** Another process has the lock. */
class LockBusy extends Error {}

/** The repository whose lock is not waited for. */
function withoutQueue(repository: CredentialRepository, busy: number): CredentialRepository {
  return {
    where: repository.where,
    read: () => repository.read(),
    write: (entry, event) => repository.write(entry, event),
    remove: (event) => repository.remove(event),
    refreshUnderWay: () => repository.refreshUnderWay?.() ?? Promise.resolve(0),
    async lock(signal) {
      const patience = new AbortController();
      const timer = setTimeout(() => patience.abort(new LockBusy()), lockPatience(busy));
      const either = combineSignals(signal, patience.signal);
      try {
        return await repository.lock(either.signal);
      } catch (error) {
        throw patience.signal.aborted && !signal.aborted ? new LockBusy() : error;
      } finally {
        either.release();
        clearTimeout(timer);
      }
    },
  };
}

function refreshUnderWay(serverUrl: string): Failure {
  return new Failure(
    "refresh_under_way",
    `the token for ${quoted(serverUrl)} has expired, and another process is refreshing it`,
    { remedy: "If this does not end, check the processes that use this store: mcpass status" },
  );
}

/**
 * Reads the sign-in, and refreshes its token if this process is due. While another process refreshes
 * a token, this one does not wait for it.
 *
 * @throws Failure `refresh_under_way` if the token has expired before, and as {@link freshSignIn}, and `validity_too_short`.
 */
export async function watchSignIn(
  deps: RefreshEffects,
  repository: CredentialRepository,
  { serverUrl, minValidityMs, chance, random, busy }: WatchDemand,
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
  let fresh: StoredEntry;
  try {
    const own = withoutQueue(repository, busy);
    fresh = await freshSignIn(deps, own, serverUrl, { minValidityMs: demanded });
  } catch (error) {
    if (!(error instanceof LockBusy)) throw error;
    const left = tokens === null ? 0 : validityLeft(tokens, now()) ?? 0;
    if (found === undefined || tokens === null || left <= 0) throw refreshUnderWay(serverUrl);
    return { entry: { ...found, tokens }, pauseMs: busyPause(random), isBusy: true };
  }
  const entry = assertValidity(fresh, now(), minValidityMs ?? 1);
  const { lead, left, lifetime } = timesOf(entry.tokens);
  return { entry, pauseMs: nextLook(lifetime, left, lead, random) };
}
