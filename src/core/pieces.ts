/** Milliseconds of work between pauses. */
const LONG_MS = 50;

/** Long work that can be interrupted wherever it yields, so that signals and timers are handled. */
export type Pieces<T> = Generator<undefined, T, undefined>;

/** Does the work without a pause. */
export function finish<T>(pieces: Pieces<T>): T {
  let piece = pieces.next();
  while (piece.done !== true) piece = pieces.next();
  return piece.value;
}

/** Does the work with pauses. It throws the signal's reason when that is aborted before the end. */
export async function runInPieces<T>(pieces: Pieces<T>, signal?: AbortSignal): Promise<T> {
  let since = performance.now();
  for (;;) {
    const piece = pieces.next();
    if (piece.done === true) return piece.value;
    if (performance.now() - since < LONG_MS) continue;
    await pause(signal);
    since = performance.now();
  }
}

export function* mapPieces<T, R>(items: Iterable<T>, make: (item: T) => R): Pieces<R[]> {
  const made: R[] = [];
  for (const item of items) {
    made.push(make(item));
    yield;
  }
  return made;
}

/** Lets the runtime handle signals and timers. It throws the signal's reason when that is aborted. */
export async function pause(signal?: AbortSignal): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 0));
  signal?.throwIfAborted();
}
