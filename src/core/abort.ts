import { cancelledFailure } from "./failure.ts";

/** Time limit of the process after a signal, unless the command lengthens it. */
export const EXIT_LIMIT_MS = 900;

export function exitLimitMs({ exitLimit }: { readonly exitLimit?: { ms: number } }): number {
  return exitLimit?.ms ?? EXIT_LIMIT_MS;
}

/** Waits for work; throws `cancelled` if it has not ended `graceMs` milliseconds after the signal. */
export async function cancelIfStuck<T>(
  running: Promise<T>,
  signal: AbortSignal,
  graceMs: () => number,
): Promise<T> {
  const stuck = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const onAbort = () => {
    timer = setTimeout(() => stuck.abort(cancelledFailure()), graceMs());
  };
  if (signal.aborted) onAbort();
  signal.addEventListener("abort", onAbort);
  try {
    return await unlessAborted(running, stuck.signal);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", onAbort);
  }
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
