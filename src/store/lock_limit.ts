/** Time limits of processes that share a store, the same for each engine. @module */

import { Failure } from "../core/failure.ts";
import { formatPeriod } from "../core/quantities.ts";

/** That of `--step-timeout`. */
export const LOCK_TIMEOUT_MS = 30_000;

/** Time to store the result of a request that used up its time limit, over a new connection. */
const STORING_MS = 5000;

/** How long a refresh may run after its journal was written, before another process repeats it. */
export function refreshLimitMs(stepTimeoutMs: number): number {
  return stepTimeoutMs + STORING_MS;
}

export interface LockHolder {
  /** The machine's name and the process ID. */
  readonly by: string;
  /** ISO 8601. */
  readonly since: string;
}

function lockTimeout(what: string, limitMs: number, holder: LockHolder | undefined): Failure {
  const who = holder === undefined
    ? "another process holds it"
    : `${holder.by} has held it since ${holder.since}`;
  return new Failure(
    "store_lock_timeout",
    `cannot lock ${what} within ${formatPeriod(limitMs / 1000)}: ${who}`,
    { remedy: "Run the command again; to wait longer, use --step-timeout <ms>" },
  );
}

interface LockWait {
  /** What is locked, as the failure names it. */
  readonly what: string;
  readonly limitMs: number;
  readonly signal: AbortSignal | undefined;
  /** Asked only after the time limit. */
  holder(): Promise<LockHolder | undefined>;
}

/**
 * @param acquire Ends with the reason of the signal it gets, and then has no lock.
 * @throws Failure `store_lock_timeout`, and what `acquire` throws.
 */
export async function lockWithin<T>(
  { what, limitMs, signal, holder }: LockWait,
  acquire: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const until = new AbortController();
  const stop = () => until.abort(signal?.reason);
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    until.abort();
  }, limitMs);
  signal?.addEventListener("abort", stop);
  if (signal?.aborted) stop();
  try {
    return await acquire(until.signal);
  } catch (error) {
    if (!isLate || signal?.aborted) throw error;
    throw lockTimeout(what, limitMs, await holder().catch(() => undefined));
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", stop);
  }
}
