import { unlessAborted } from "../core/abort.ts";

/**
 * Callers in one process wait here: waiting for a file lock blocks one of the runtime's few threads, which
 * the holder needs to finish, and the locks of a database do not exclude their own connection. The
 * returned function ends the turn for a name.
 */
export function createQueue(): (name: string, signal?: AbortSignal) => Promise<() => void> {
  const last = new Map<string, Promise<void>>();
  return async (name, signal) => {
    const before = last.get(name) ?? Promise.resolve();
    const turn = Promise.withResolvers<void>();
    const ended = Promise.all([before, turn.promise]).then(() => {
      if (last.get(name) === ended) last.delete(name);
    });
    last.set(name, ended);
    try {
      await unlessAborted(before, signal);
      return turn.resolve;
    } catch (error) {
      turn.resolve();
      throw error;
    }
  };
}
