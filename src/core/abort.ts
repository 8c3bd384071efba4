import { cancelledFailure } from "./failure.ts";
import { afterRunning } from "./running_time.ts";

/** Milliseconds that the process may run after a signal, unless the command lengthens the limit. */
export const EXIT_LIMIT_MS = 900;

export function exitLimitMs({ exitLimit }: { readonly exitLimit?: { ms: number } }): number {
  return exitLimit?.ms ?? EXIT_LIMIT_MS;
}

/**
 * Does the work; throws `cancelled` if that runs for more than `graceMs` milliseconds after the signal.
 * @param work Called with a signal that is aborted then.
 */
export async function cancelIfStuck<T>(
  work: (abandoned: AbortSignal) => Promise<T>,
  signal: AbortSignal,
  graceMs: () => number,
): Promise<T> {
  const stuck = new AbortController();
  let stopTimer = () => {};
  const onAbort = () => {
    stopTimer = afterRunning(graceMs(), () => stuck.abort(cancelledFailure()));
  };
  if (signal.aborted) onAbort();
  signal.addEventListener("abort", onAbort);
  try {
    return await unlessAborted(work(stuck.signal), stuck.signal);
  } finally {
    stopTimer();
    signal.removeEventListener("abort", onAbort);
  }
}

export interface CombinedSignal {
  /** Aborted by the first of the signals, with its reason. */
  readonly signal: AbortSignal;
  /** Forgets the signals. */
  release(): void;
}

/**
 * As `AbortSignal.any`, for signals that live longer than what they end: the runtime leaves a reference to
 * each combination in its signals for good.
 */
export function combineSignals(...signals: readonly AbortSignal[]): CombinedSignal {
  const controller = new AbortController();
  const listeners = signals.map((signal) => {
    const stop = () => controller.abort(signal.reason);
    signal.addEventListener("abort", stop);
    if (signal.aborted) stop();
    return () => signal.removeEventListener("abort", stop);
  });
  return {
    signal: controller.signal,
    release: () => listeners.forEach((remove) => remove()),
  };
}

/** Waits for the promise; throws the signal's reason when that is aborted before. */
export async function unlessAborted<T>(
  promise: Promise<T>,
  signal: AbortSignal | undefined,
): Promise<T> {
  if (signal === undefined) return await promise;
  // Abandoned work may still fail; an unhandled rejection would end the program.
  promise.catch(() => {});
  const stopped = Promise.withResolvers<never>();
  const stop = () => stopped.reject(signal.reason);
  signal.addEventListener("abort", stop);
  try {
    signal.throwIfAborted();
    return await Promise.race([promise, stopped.promise]);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}
