/**
 * Machines whose clocks differ share one sign-in, so its times are stored by the clock of the
 * database. A reader sees them by its own clock. @module
 */

import type { PublicEntry } from "../stored_entry.ts";

export interface ClockSkew {
  /** Milliseconds to add to a time of the database; to subtract from one of this machine. */
  readonly toMachine: number;
}

/** Below this difference, times are not shifted: the measurement is not more exact. */
const IGNORED_MS = 1000;

/**
 * @param sentAt When the statement was sent, by this machine's clock, in milliseconds.
 * @param receivedAt When its response was received.
 */
export function clockSkew(databaseNow: number, sentAt: number, receivedAt: number): ClockSkew {
  const difference = Math.round((sentAt + receivedAt) / 2 - databaseNow);
  return { toMachine: Math.abs(difference) < IGNORED_MS ? 0 : difference };
}

function shifted(time: string, ms: number): string {
  return new Date(Date.parse(time) + ms).toISOString();
}

/** The entry with each of its times moved. */
export function shiftTimes(entry: PublicEntry, ms: number): PublicEntry {
  if (ms === 0) return entry;
  const { tokens, journal, moved, received } = entry;
  return {
    ...entry,
    tokens: tokens && {
      ...tokens,
      obtainedAt: shifted(tokens.obtainedAt, ms),
      expiresAt: tokens.expiresAt && shifted(tokens.expiresAt, ms),
    },
    ...journal && { journal: { ...journal, startedAt: shifted(journal.startedAt, ms) } },
    ...moved && { moved: { ...moved, at: shifted(moved.at, ms) } },
    ...received && { received: { ...received, at: shifted(received.at, ms) } },
  };
}
