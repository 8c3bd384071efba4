/** Waiting that can be given up. @module */

import { cancelledFailure } from "./failure.ts";

/** Milliseconds of work between pauses. */
const LONG_MS = 50;

/** Long work that can be interrupted wherever it yields. */
export type Pieces<T> = Generator<undefined, T, undefined>;

/** Does all of the work without a pause. */
export function finish<T>(pieces: Pieces<T>): T {
  for (;;) {
    const piece = pieces.next();
    if (piece.done === true) return piece.value;
  }
}

/**
 * Does the work with pauses, so that signals and timers are handled.
 *
 * @throws The signal's reason when it is aborted before the end.
 */
export async function runInPieces<T>(pieces: Pieces<T>, signal?: AbortSignal): Promise<T> {
  let since = performance.now();
  for (;;) {
    const piece = pieces.next();
    if (piece.done === true) return piece.value;
    if (performance.now() - since < LONG_MS) continue;
    await new Promise((resolve) => setTimeout(resolve, 0));
    signal?.throwIfAborted();
    since = performance.now();
  }
}

/** Makes something of each item, with a pause after each. */
export function* mapPieces<T, R>(items: Iterable<T>, make: (item: T) => R): Pieces<R[]> {
  const made: R[] = [];
  for (const item of items) {
    made.push(make(item));
    yield;
  }
  return made;
}

/**
 * Lets the runtime handle signals and timers between two pieces of long work.
 *
 * @throws The signal's reason when it is aborted.
 */
export async function pause(signal: AbortSignal): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 0));
  signal.throwIfAborted();
}

/**
 * Waits for work that may not notice the signal.
 *
 * @throws Failure `cancelled` if the work has not ended `graceMs` milliseconds after the signal.
 */
export async function cancelIfStuck<T>(
  running: Promise<T>,
  signal: AbortSignal,
  graceMs: number,
): Promise<T> {
  const stuck = Promise.withResolvers<never>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const onAbort = () => {
    timer = setTimeout(() => stuck.reject(cancelledFailure()), graceMs);
  };
  if (signal.aborted) onAbort();
  signal.addEventListener("abort", onAbort);
  // Abandoned work may still fail; an unhandled rejection would end the program.
  running.catch(() => {});
  try {
    return await Promise.race([running, stuck.promise]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", onAbort);
  }
}

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
