import type { StoredEntry } from "../../store/stored_entry.ts";
import type { Store, StoreEvent } from "../../store/store.ts";

/** Reads and writes one sign-in. The lock is between processes. */
export interface CredentialRepository {
  /** The path of its file. */
  readonly where: string;
  read(): Promise<StoredEntry | undefined>;
  /** @throws Failure `store_entry_changed` if another process wrote it since the last read. */
  write(entry: StoredEntry, event?: StoreEvent): Promise<void>;
  remove(event?: StoreEvent): Promise<void>;
  /** Excludes every other process until disposed. */
  lock(signal: AbortSignal): Promise<AsyncDisposable>;
  /**
   * Milliseconds after which a process that waits for the lock reads the sign-in again. Absent: it
   * gets the lock as soon as it is free, and at no cost.
   */
  readonly lookMs?: number | undefined;
  /**
   * Milliseconds for which the refresh of the journal may still be running in another process.
   * Absent: the lock proves that no process runs one.
   */
  refreshUnderWay?(): Promise<number>;
}

const LOOK_MS = 500;

/**
 * The repository of an entry in a store. If a write changes the key of the entry, the repository
 * follows it.
 */
export function storeRepository(store: Store, filed: string): CredentialRepository {
  let key = filed;
  return {
    get where() {
      const { folder, text } = store.describe();
      return folder === null ? text : `${folder}/${key}.json`;
    },
    read: () => store.read(key),
    async write(entry, event) {
      const written = await store.write(entry, event);
      if (written.key === key || written.secretsIn === "none") return;
      await store.remove(key);
      key = written.key;
    },
    async remove(event) {
      await store.remove(key, event);
    },
    lock: (signal) => store.lock(key, signal),
    lookMs: store.mode === "postgres" ? LOOK_MS : undefined,
    refreshUnderWay: () => store.refreshUnderWay(key),
  };
}
