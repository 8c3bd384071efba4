import type { StoredEntry } from "../../store/stored_entry.ts";
import type { Store } from "../../store/store.ts";

/** Reads and writes one sign-in. The lock is between processes. */
export interface CredentialRepository {
  /** The path of its file. */
  readonly where: string;
  read(): Promise<StoredEntry | undefined>;
  write(entry: StoredEntry): Promise<void>;
  remove(): Promise<void>;
  /** Excludes every other process until disposed. */
  lock(signal: AbortSignal): Promise<AsyncDisposable>;
}

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
    async write(entry) {
      const written = await store.write(entry);
      if (written.key === key || written.secretsIn === "none") return;
      await store.remove(key);
      key = written.key;
    },
    async remove() {
      await store.remove(key);
    },
    lock: (signal) => store.lock(key, signal),
  };
}
