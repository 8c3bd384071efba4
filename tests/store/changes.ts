/**
 * Changes to a store, each from a known state to another, that a test interrupts anywhere.
 *
 * @module
 */

import type { FileStoreMode, Store } from "../../src/store/store.ts";
import type { StoredEntry } from "../../src/store/stored_entry.ts";
import { withTokens } from "./entries.ts";

/** One change. */
export interface Change {
  /** `--store` while it is made. */
  readonly mode: FileStoreMode;
  /** `--store` with which the state before was written. */
  readonly modeBefore: FileStoreMode;
  /** What is stored before; undefined for nothing. */
  readonly before?: StoredEntry;
  /** True when not even the store's folders are there before. */
  readonly fresh?: boolean;
  /** Every state that may be found after an interruption beside the one before. */
  readonly after: readonly (StoredEntry | undefined)[];
  /** Makes it. */
  make(store: Store): Promise<unknown>;
}

const OLD = withTokens("old");
const NEW = withTokens("new");
const JOURNAL = { startedAt: "2026-01-02T03:04:05.000Z", refreshTokenFingerprint: "f" };
const BEGUN = { ...OLD, journal: JOURNAL };

async function refresh(store: Store): Promise<void> {
  await using _lock = await store.lock(store.keyOf(OLD));
  await store.write(BEGUN);
  await store.write(NEW);
}

const write = (store: Store) => store.write(NEW);
const remove = (store: Store) => store.remove(store.keyOf(OLD));
const file = { mode: "file", modeBefore: "file" } as const;
const keyring = { mode: "keyring", modeBefore: "keyring" } as const;

/** All of them by name. */
export const CHANGES: Readonly<Record<string, Change>> = {
  "first write of all": { ...file, fresh: true, after: [NEW], make: write },
  "first write": { ...file, after: [NEW], make: write },
  "overwriting": { ...file, before: OLD, after: [NEW], make: write },
  "refresh": { ...file, before: OLD, after: [BEGUN, NEW], make: refresh },
  "removal": { ...file, before: OLD, after: [undefined], make: remove },
  "first write with a keyring": { ...keyring, after: [NEW], make: write },
  "refresh with a keyring": { ...keyring, before: OLD, after: [BEGUN, NEW], make: refresh },
  "removal with a keyring": { ...keyring, before: OLD, after: [undefined], make: remove },
  "move into the keyring": {
    ...keyring,
    modeBefore: "file",
    before: OLD,
    after: [NEW],
    make: write,
  },
  "move out of the keyring": {
    ...file,
    modeBefore: "keyring",
    before: OLD,
    after: [NEW],
    make: write,
  },
};
