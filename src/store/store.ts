/**
 * The store as its users see it.
 *
 * @module
 */

import type { Failure } from "../core/failure.ts";
import type { EntryIdentity, EntrySummary, SecretPlace, StoredEntry } from "./entry.ts";

/** `--store`: where a new entry's secrets go. */
export type StoreMode = "auto" | "keyring" | "file" | "none";

/** What became of an entry that was written. */
export interface Kept {
  /** Where it is filed. */
  readonly key: string;
  /** Where its secrets are; `none` when nothing was kept. */
  readonly place: SecretPlace | "none";
  /** The entry's file, or null when nothing was kept. */
  readonly path: string | null;
  /** Why `auto` did not take the keyring, for people. */
  readonly note?: string;
}

/** All entries, and what stands in the way of reading others. */
export interface Listing {
  /** Sorted by server URL and account. */
  readonly entries: readonly EntrySummary[];
  /** One for each file that is refused. */
  readonly problems: readonly Failure[];
}

/** Where things are kept. */
export interface StoreDescription {
  /** `--store`. */
  readonly mode: StoreMode;
  /** The folder of the entries; null when nothing is kept. */
  readonly folder: string | null;
  /** The helper program of this system's keyring, e.g. `secret-tool`; null when none is used. */
  readonly keyring: string | null;
  /** The whole in one sentence. */
  readonly text: string;
}

/**
 * Credentials at rest.
 *
 * Every method throws a {@link Failure} with a remedy when a folder or file is not safe or cannot be
 * used: `store_…` for files, `keyring_…` for the keyring. Nothing is written by `list`, `find` and `read`, which
 * therefore work on a read-only disk.
 */
export interface Store {
  /** `--store`. */
  readonly mode: StoreMode;
  /** Everything that is stored, or what is stored for a server; needs no keyring. */
  list(serverUrl?: string, account?: string): Promise<Listing>;
  /**
   * The entries of a server, all accounts and issuers or those of one account; needs neither
   * network nor keyring, and reads no other server's files. More than one: ask, never choose.
   *
   * @throws Failure for the first of them that cannot be used: it may be the one that was meant.
   */
  find(serverUrl: string, account?: string): Promise<readonly EntrySummary[]>;
  /** An entry with its secrets; undefined when there is none. */
  read(key: string): Promise<StoredEntry | undefined>;
  /** Where an entry is or would be filed. */
  keyOf(identity: EntryIdentity): string;
  /**
   * Writes an entry durably: when this resolves it survives a crash, and at any moment before, the
   * old one is whole. Takes the lock for itself unless this store holds it.
   */
  write(entry: StoredEntry): Promise<Kept>;
  /** Deletes an entry and its key in the keyring; false when there was none. Locks like `write`. */
  remove(key: string): Promise<boolean>;
  /** Deletes the entries of an account that are damaged; a newer version's stay. Their paths. */
  removeDamaged(serverUrl: string, account: string): Promise<readonly string[]>;
  /**
   * Keeps every other process (and every other `lock` in this one) from this entry until it is disposed;
   * the end of the process, however it comes, ends it too. Read again after locking.
   *
   * @param signal Gives up waiting.
   */
  lock(key: string, signal?: AbortSignal): Promise<AsyncDisposable>;
  /** Finds out before a login whether its outcome can be kept; leaves nothing but folders behind. */
  prepare(): Promise<void>;
  /** Where things are kept. */
  describe(): StoreDescription;
}
