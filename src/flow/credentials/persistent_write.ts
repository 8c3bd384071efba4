/** Writes that survive a lost connection to the store. @module */

import { EXIT_LIMIT_MS } from "../../core/abort.ts";
import { type Failure, toFailure } from "../../core/failure.ts";
import { wait } from "../../core/wait.ts";
import type { RefreshEffects } from "../context/effects.ts";
import { isEntryChanged } from "./change_sign_in.ts";

const FIRST_PAUSE_MS = 50;
const MAX_PAUSE_MS = 1000;
const GROWTH = 1.6;

/** Growing pauses, each a little different: a fleet must not ask at once. */
export function* pauses(): Generator<number, never> {
  for (let base = FIRST_PAUSE_MS;; base = Math.min(base * GROWTH, MAX_PAUSE_MS)) {
    yield base * (0.75 + Math.random() / 2);
  }
}

/** After the signal, the process ends soon: until then, the write is tried. */
function timeLimit({ clock, signal, stepTimeoutMs }: RefreshEffects): () => number {
  const limit = clock.now() + stepTimeoutMs;
  let stopped: number | undefined;
  return () => {
    if (signal.aborted) stopped ??= clock.now() + EXIT_LIMIT_MS;
    return Math.min(limit, stopped ?? limit);
  };
}

const NEVER = new AbortController().signal;

/**
 * Repeats a write with pauses until it succeeds, its error is not one that passes, or the time limit
 * of a step has passed. Ctrl-C does not end it: the process ends soon, and until then it may succeed.
 *
 * @param passes By default a lost connection and a store that cannot be reached.
 * @throws The error of the last attempt; `store_entry_changed` at once.
 */
export async function persistentWrite<T>(
  deps: RefreshEffects,
  write: () => Promise<T>,
  passes: (failure: Failure) => boolean,
): Promise<T> {
  const until = timeLimit(deps);
  let isReported = false;
  for (const pause of pauses()) {
    try {
      return await write();
    } catch (error) {
      const failure = toFailure(error);
      if (isEntryChanged(error) || !passes(failure)) throw error;
      const left = until() - deps.clock.now();
      if (left <= 0) throw error;
      if (!isReported) deps.note(`${failure.message}; mcpass tries again`);
      isReported = true;
      await wait(deps.clock, Math.min(pause, left), NEVER);
    }
  }
  throw new RangeError("unreachable");
}
