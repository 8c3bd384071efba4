import { cancelledFailure } from "./failure.ts";
import type { Clock } from "./system.ts";

/** @throws Failure `cancelled` if the signal aborts. */
export async function wait(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) throw cancelledFailure();
  if (clock.sleep !== undefined) return await clock.sleep(ms, signal);
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const stop = () => reject(cancelledFailure());
  const timer = setTimeout(resolve, ms);
  signal.addEventListener("abort", stop);
  try {
    await promise;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", stop);
  }
}
