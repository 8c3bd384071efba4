/** Pauses of a process that waits for another one, as functions of what it has waited. @module */

const FIRST_PAUSE_MS = 20;
const LONGEST_PAUSE_MS = 5000;

/**
 * Milliseconds until a waiter asks for the lock again: doubled each time, up to five seconds. The random
 * part, of half to one and a half, keeps a fleet from asking at the same time.
 *
 * @param attempt 0 after the first attempt.
 * @param random From 0 to 1.
 */
export function lockPauseMs(attempt: number, random: number): number {
  const pause = Math.min(FIRST_PAUSE_MS * 2 ** attempt, LONGEST_PAUSE_MS);
  return pause * (0.5 + random);
}

/** How often the holder of a lock shows the server that it lives. */
export const HEARTBEAT_MS: number = 10_000;

/** After this silence, the server ends the connection of a holder and frees its lock. */
export const SILENCE_LIMIT_MS: number = 45_000;

/** An unused connection is closed after this time. */
export const IDLE_CLOSE_MS: number = 5_000;
