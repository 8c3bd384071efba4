/**
 * Turns within this process.
 *
 * Each wait for a file lock blocks one of the runtime's few threads, and the holder needs threads to
 * come to its end: callers in one process therefore wait for each other here.
 *
 * @module
 */

import { unlessAborted } from "../core/abort.ts";

/** Waits for the turn at a name; the returned function ends it. */
export type Queue = (name: string, signal?: AbortSignal) => Promise<() => void>;

/** A queue per name. */
export function createQueue(): Queue {
  const last = new Map<string, Promise<void>>();
  return async (name, signal) => {
    const before = last.get(name) ?? Promise.resolve();
    const turn = Promise.withResolvers<void>();
    const mine = Promise.all([before, turn.promise]).then(() => {
      if (last.get(name) === mine) last.delete(name);
    });
    last.set(name, mine);
    try {
      await unlessAborted(before, signal);
      return turn.resolve;
    } catch (error) {
      turn.resolve();
      throw error;
    }
  };
}
