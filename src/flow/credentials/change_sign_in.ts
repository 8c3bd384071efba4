/** How a stored sign-in is changed where another process can write it at the same time. @module */

import { toFailure } from "../../core/failure.ts";
import type { StoredEntry } from "../../store/stored_entry.ts";

/** True if another process wrote the entry since it was read. */
export function isEntryChanged(error: unknown): boolean {
  return toFailure(error).code === "store_entry_changed";
}

/** Each attempt fails only if another process has succeeded. */
const ATTEMPTS = 20;

export interface StoredValue<T> {
  read(): Promise<StoredEntry | undefined>;
  write(entry: StoredEntry): Promise<T>;
}

/**
 * Reads the entry, changes it and writes it; again from the start if another process wrote it
 * meanwhile, so that no change of either is lost.
 *
 * @param change Returns undefined to write nothing. It may be called several times.
 * @returns Undefined if nothing was written.
 */
export async function changeEntry<T>(
  { read, write }: StoredValue<T>,
  change: (stored: StoredEntry | undefined) => StoredEntry | undefined,
): Promise<{ readonly entry: StoredEntry; readonly written: T } | undefined> {
  for (let attempt = 1;; attempt++) {
    const entry = change(await read());
    if (entry === undefined) return undefined;
    try {
      return { entry, written: await write(entry) };
    } catch (error) {
      if (attempt === ATTEMPTS || !isEntryChanged(error)) throw error;
    }
  }
}

const isEqual = (one: unknown, other: unknown) => JSON.stringify(one) === JSON.stringify(other);

function withMembers<T extends object>(before: T, after: T, stored: T): T {
  const values = (from: T) => new Map<string, unknown>(Object.entries(from));
  const [old, next, result] = [values(before), values(after), values(stored)];
  for (const name of new Set([...old.keys(), ...next.keys()])) {
    if (!isEqual(old.get(name), next.get(name))) result.set(name, next.get(name));
  }
  return Object.fromEntries([...result].filter(([, value]) => value !== undefined)) as T;
}

/** What changed from `before` to `after`, made to the entry that another process has stored. */
export function withChanges(
  before: StoredEntry,
  after: StoredEntry,
  stored: StoredEntry,
): StoredEntry {
  return {
    ...withMembers(before, after, stored),
    client: withMembers(before.client, after.client, stored.client),
  };
}
