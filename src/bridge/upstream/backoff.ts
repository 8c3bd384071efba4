/** Waits between attempts. @module */

import { cancelledFailure } from "../../core/failure.ts";

/** Rejects when the signal aborts. */
export type Delay = (milliseconds: number, signal: AbortSignal) => Promise<void>;

const FIRST_MS = 1000;
const MAX_MS = 30_000;
const GROWTH = 1.5;

export async function delay(milliseconds: number, signal: AbortSignal): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const stop = () => reject(cancelledFailure());
  const timer = setTimeout(resolve, milliseconds);
  signal.addEventListener("abort", stop);
  if (signal.aborted) stop();
  try {
    await promise;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", stop);
  }
}

/** Growing times, each a little different: clients must not reconnect all at once. */
export function createBackoff(): { next(): number; reset(): void } {
  let base = FIRST_MS;
  return {
    next() {
      const wait = base * (1 + Math.random() / 4);
      base = Math.min(base * GROWTH, MAX_MS);
      return Math.min(wait, MAX_MS);
    },
    reset() {
      base = FIRST_MS;
    },
  };
}
