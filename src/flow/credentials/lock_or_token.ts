/** The wait for the lock of a store in which thousands of processes may wait for one token. @module */

import { cancelledFailure } from "../../core/failure.ts";
import { unlessAborted } from "../../core/abort.ts";
import type { CredentialRepository } from "./credential_repository.ts";

const GROWTH = 1.5;
const MAX_LOOK_MS = 5000;

function timer(ms: number, signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const id = setTimeout(resolve, ms);
  return unlessAborted(promise, signal).finally(() => clearTimeout(id));
}

/**
 * Locks the sign-in. Where the lock is far away, it looks now and then whether another process has
 * stored what is needed: then nobody has to get the lock only to find that.
 *
 * @param isEnough Reads the sign-in.
 * @returns Undefined if that was so, without the lock.
 */
export async function lockUnless(
  repository: CredentialRepository,
  signal: AbortSignal,
  isEnough: () => Promise<boolean>,
): Promise<AsyncDisposable | undefined> {
  const { lookMs } = repository;
  if (lookMs === undefined) return await repository.lock(signal);
  const [found, locked] = [new AbortController(), new AbortController()];
  const stop = () => found.abort(signal.reason);
  signal.addEventListener("abort", stop);
  if (signal.aborted) stop();
  const locking = repository.lock(found.signal).finally(() => locked.abort());
  const look = async () => {
    for (let pause = lookMs;; pause = Math.min(pause * GROWTH, MAX_LOOK_MS)) {
      await timer(pause * (0.75 + Math.random() / 2), locked.signal);
      // The lock says what is wrong with the store.
      if (await isEnough().catch(() => false)) return found.abort(cancelledFailure());
    }
  };
  const looking = look().catch(() => {});
  try {
    return await locking;
  } catch (error) {
    if (!found.signal.aborted || signal.aborted) throw error;
    return undefined;
  } finally {
    signal.removeEventListener("abort", stop);
    await looking;
  }
}
