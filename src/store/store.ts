import type { Failure } from "../core/failure.ts";
import type { EntryIdentity } from "./entry_key.ts";
import type { PendingLogins } from "./pending_logins.ts";
import type { EntrySummary, SecretLocation, StoredEntry } from "./stored_entry.ts";

/** Values of `--store`. */
export type StoreMode = "auto" | "keyring" | "file" | "postgres" | "none";

/** The values of `--store` that the file engine opens. */
export type FileStoreMode = Exclude<StoreMode, "postgres">;

/** What changed an entry, for the event log of a store that has one. */
export type StoreEvent =
  | "signed_in"
  | "registered"
  | "refresh_started"
  | "refreshed"
  | "refresh_failed"
  | "signed_out"
  | "moved"
  | "imported"
  | "renamed"
  | "pruned"
  | "changed";

/** A row of the event log. It contains no secret. */
export interface RecordedEvent {
  /** ISO 8601, by the clock of the database. */
  readonly at: string;
  readonly event: StoreEvent;
  /** The machine's name and the process ID. */
  readonly by: string;
  readonly serverUrl: string;
  readonly account: string;
}

/** The event log: what processes did to the entries. */
export interface EventLog {
  /** The newest events, newest first. */
  list(filter: {
    /** ISO 8601. */
    readonly since?: string | undefined;
    readonly serverUrl?: string | undefined;
    readonly account?: string | undefined;
    readonly limit: number;
  }): Promise<readonly RecordedEvent[]>;
  /** Removes events before that time, or only counts them. Returns their number. */
  removeBefore(time: string, isDryRun: boolean): Promise<number>;
}

export interface WriteResult {
  readonly key: string;
  readonly secretsIn: SecretLocation | "none";
  /** Null if nothing was stored. */
  readonly path: string | null;
  /** Why `auto` did not use the keyring. */
  readonly note?: string | undefined;
}

export interface Listing {
  readonly entries: readonly EntrySummary[];
  /** One for each file or folder that is refused. */
  readonly problems: readonly Failure[];
}

export interface StoreDescription {
  readonly mode: StoreMode;
  /** Null for `none` and `postgres`. */
  readonly folder: string | null;
  /** The keyring's helper program, e.g. `secret-tool`; null if none is used. */
  readonly keyring: string | null;
  readonly text: string;
}

/**
 * Each method throws a {@link Failure} if a folder, a file (`store_…`) or the keyring (`keyring_…`) is
 * unsafe or unusable. `list`, `find`, `findNamed` and `read` write nothing, so they work on a read-only disk.
 */
export interface Store {
  readonly mode: StoreMode;
  /** All entries, or those of a server and account; needs no keyring. */
  list(serverUrl?: string, account?: string): Promise<Listing>;
  /** Reads no files of other servers. Throws if an entry cannot be used: it may be the one to use. */
  find(serverUrl: string, account?: string): Promise<readonly EntrySummary[]>;
  /**
   * The entries with this name, without reading the others. Empty also if the name is of an older
   * version, or derived: then only `list` has it.
   */
  findNamed(name: string): Promise<readonly EntrySummary[]>;
  read(key: string): Promise<StoredEntry | undefined>;
  keyOf(identity: EntryIdentity): string;
  /**
   * After it resolves, a crash does not lose the entry. Locks, unless this store has the lock.
   *
   * @param event Default: `changed`. The file engine records no events.
   * @throws Failure `store_entry_changed` if another process wrote the entry since this store read it:
   * read it again and decide again. The file engine never throws it, because its lock excludes that.
   */
  write(entry: StoredEntry, event?: StoreEvent): Promise<WriteResult>;
  /** Deletes an entry and its key in the keyring; false if there is none. Locks as `write` does. */
  remove(key: string, event?: StoreEvent): Promise<boolean>;
  /** Returns the paths of the removed files. */
  removeDamaged(serverUrl: string, account: string): Promise<readonly string[]>;
  /** Excludes other calls in this process too, until it is disposed. Read the entry again after locking. */
  lock(key: string, signal?: AbortSignal): Promise<AsyncDisposable>;
  /** Excludes other processes that choose a name. Lock it before an entry. */
  lockNames(signal?: AbortSignal): Promise<AsyncDisposable>;
  /**
   * Milliseconds that the refresh of the entry's journal may still be running in another living
   * process. Always 0 in the file engine: whoever has its lock knows that the process has ended.
   */
  refreshUnderWay(key: string): Promise<number>;
  /** Checks before a login that its result can be stored. Creates only the folders. */
  prepare(): Promise<void>;
  /** Rejects for `none`. */
  pending(): Promise<PendingLogins>;
  describe(): StoreDescription;
  /** Absent in an engine that records no events. */
  events?(): Promise<EventLog>;
}
