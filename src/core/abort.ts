/**
 * Waiting that can be given up.
 *
 * @module
 */

/** What `promise` comes to, or the signal's reason as an error when it is aborted before. */
export async function unlessAborted<T>(
  promise: Promise<T>,
  signal: AbortSignal | undefined,
): Promise<T> {
  if (signal === undefined) return await promise;
  // Given up, it may still fail, and nobody is left to be told.
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
