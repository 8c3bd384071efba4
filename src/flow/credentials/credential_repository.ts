/**
 * One kept sign-in, wherever it is kept: an entry of the store or a credentials file.
 *
 * @module
 */

import type { StoredEntry } from "../../store/stored_entry.ts";
import type { Store } from "../../store/store.ts";

/** Reads and writes one sign-in; the lock is between processes. */
export interface CredentialRepository {
  /** Where it is, for people. */
  readonly where: string;
  /** The sign-in now; undefined when there is none. */
  read(): Promise<StoredEntry | undefined>;
  /** Replaces it durably. */
  write(entry: StoredEntry): Promise<void>;
  /** Deletes it. */
  remove(): Promise<void>;
  /** Keeps every other process from it until disposed. */
  lock(signal: AbortSignal): Promise<AsyncDisposable>;
}

/** The keeper of a store's entry; an entry that gets another client is filed anew, and followed. */
export function storeRepository(store: Store, filed: string): CredentialRepository {
  let key = filed;
  return {
    where: store.describe().text,
    read: () => store.read(key),
    async write(entry) {
      const kept = await store.write(entry);
      if (kept.key === key || kept.secretsIn === "none") return;
      await store.remove(key);
      key = kept.key;
    },
    async remove() {
      await store.remove(key);
    },
    lock: (signal) => store.lock(key, signal),
  };
}
