/** The contract of a store. @module */

import type { Failure } from "../core/failure.ts";
import type { EntryIdentity, EntrySummary, SecretLocation, StoredEntry } from "./stored_entry.ts";

/** `--store`: where the secrets of a new entry are stored. */
export type StoreMode = "auto" | "keyring" | "file" | "none";

/** Where an entry was stored. */
export interface WriteResult {
  readonly key: string;
  /** `none` if nothing was stored. */
  readonly secretsIn: SecretLocation | "none";
  /** The entry's file; null if nothing was stored. */
  readonly path: string | null;
  /** Why `auto` did not use the keyring. */
  readonly note?: string;
}

export interface Listing {
  readonly entries: readonly EntrySummary[];
  /** One for each file or folder that is refused. */
  readonly problems: readonly Failure[];
}

/** Where a store is. */
export interface StoreDescription {
  readonly mode: StoreMode;
  /** The folder of the entries; null for `none`. */
  readonly folder: string | null;
  /** The helper program of the keyring, e.g. `secret-tool`; null if none is used. */
  readonly keyring: string | null;
  readonly text: string;
}

/**
 * Stored sign-ins.
 *
 * Each method throws a {@link Failure} when a folder or file is unsafe or unusable: `store_…` for files,
 * `keyring_…` for the keyring. `list`, `find` and `read` write nothing: they work on a read-only disk.
 */
export interface Store {
  readonly mode: StoreMode;
  /** All entries, or those of a server and account; needs no keyring. */
  list(serverUrl?: string, account?: string): Promise<Listing>;
  /**
   * The entries of a server, or of one account at it. Needs no keyring and reads no other server's files.
   *
   * @throws Failure for the first entry that cannot be used: it may be the one that the user wants.
   */
  find(serverUrl: string, account?: string): Promise<readonly EntrySummary[]>;
  /** An entry with its secrets; undefined if there is none. */
  read(key: string): Promise<StoredEntry | undefined>;
  /** The key of an entry, stored or not. */
  keyOf(identity: EntryIdentity): string;
  /**
   * Writes an entry. It survives a crash after this resolves; before that, the old entry is intact.
   * Locks, unless this store has the lock.
   */
  write(entry: StoredEntry): Promise<WriteResult>;
  /** Deletes an entry and its key in the keyring; false if there is none. Locks like `write`. */
  remove(key: string): Promise<boolean>;
  /** Deletes the damaged entries of an account, and returns their paths. */
  removeDamaged(serverUrl: string, account: string): Promise<readonly string[]>;
  /**
   * Excludes every other process, and every other `lock` in this one, until it is disposed or the process
   * ends. Read the entry again after locking.
   *
   * @param signal Ends the wait.
   */
  lock(key: string, signal?: AbortSignal): Promise<AsyncDisposable>;
  /** Checks before a login that its outcome can be stored. Creates only the folders. */
  prepare(): Promise<void>;
  describe(): StoreDescription;
}
