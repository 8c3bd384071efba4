/** Milliseconds of work between pauses. */
const LONG_MS = 50;

/** Long work. Wherever it yields, it can pause, so that signals and timers are handled. */
export type Work<T> = Generator<undefined, T, undefined>;

export function runAtOnce<T>(work: Work<T>): T {
  let piece = work.next();
  while (piece.done !== true) piece = work.next();
  return piece.value;
}

/** Throws the signal's reason when that is aborted before the end. */
export async function runWithPauses<T>(work: Work<T>, signal?: AbortSignal): Promise<T> {
  let since = performance.now();
  for (;;) {
    const piece = work.next();
    if (piece.done === true) return piece.value;
    if (performance.now() - since < LONG_MS) continue;
    await pause(signal);
    since = performance.now();
  }
}

export function* mapWork<T, R>(items: Iterable<T>, make: (item: T) => R): Work<R[]> {
  const made: R[] = [];
  for (const item of items) {
    made.push(make(item));
    yield;
  }
  return made;
}

/** Lets the runtime handle signals and timers. Throws the signal's reason when that is aborted. */
export async function pause(signal?: AbortSignal): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 0));
  signal?.throwIfAborted();
}
