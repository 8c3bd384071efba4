/**
 * Waiting that Ctrl-C ends.
 *
 * @module
 */

import type { Clock } from "../../core/deps.ts";
import { cancelledFailure } from "../../core/failure.ts";

/**
 * Waits so many milliseconds.
 *
 * @throws Failure `cancelled` when the signal aborts.
 */
export async function wait(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) throw cancelledFailure();
  if (clock.sleep !== undefined) return await clock.sleep(ms, signal);
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ms);
  const onAbort = () => reject(cancelledFailure());
  signal.addEventListener("abort", onAbort);
  try {
    await promise;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", onAbort);
  }
}
