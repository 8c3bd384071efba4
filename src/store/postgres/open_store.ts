/** The PostgreSQL store, which any number of machines share. @module */

import { Failure } from "../../core/failure.ts";
import { accountPrefix, entryKey, serverFolderName } from "../entry_key.ts";
import { type LockHolder, lockWithin } from "../lock_limit.ts";
import { withNames } from "../sign_in_name.ts";
import { sortEntries } from "../sort_entries.ts";
import type { Store } from "../store.ts";
import { type ClockSkew, clockSkew } from "./clock_skew.ts";
import type { Row } from "./connection.ts";
import { checkMayWrite, checkSchema, openDatabase } from "./database.ts";
import { openEntryWriter } from "./entry_writer.ts";
import { CAN_WRITE, READ_BY, REFRESH_LEFT } from "./entry_sql.ts";
import { createAdvisoryLocks } from "./lock.ts";
import { assertAsked, assertKnownKey, entryOf, isoTime, rowName, summaryOf } from "./rows.ts";
import { openStoreSettings, type StoreSettings } from "./store_settings.ts";

export interface PostgresStore extends Store {
  close(): Promise<void>;
}

/** How long a row answers a read after the search that fetched it. */
const FRESH_MS = 2000;

interface FetchedRow {
  readonly row: Row;
  readonly skew: ClockSkew;
  readonly at: number;
}

/**
 * Connects when it is used. Throws a {@link Failure} `store_url_…` or `store_key_…` without a usable
 * URL or key; each method throws `store_…`.
 */
export async function openPostgresStore(settings: StoreSettings): Promise<PostgresStore> {
  const { database: options, keys, now } = await openStoreSettings(settings);
  const database = openDatabase(options);
  const { text } = database;
  const { lock } = createAdvisoryLocks(database.locks, text, options.timeoutMs);
  const writer = openEntryWriter(database, keys, options.timeoutMs);
  const fetched = new Map<string, FetchedRow>();

  async function fetch(sql: string, ...values: string[]): Promise<readonly Row[]> {
    const sentAt = now();
    const rows = await database.read(sql, values);
    const receivedAt = now();
    checkSchema(rows[0]?.["schema"], text);
    writer.skew = clockSkew(Number(rows[0]?.["now_ms"]), sentAt, receivedAt);
    return rows.filter((row) => row["key"] !== null);
  }

  /** The summaries, and the failures of rows that cannot be used. */
  function summarize(rows: readonly Row[], keyStart = "") {
    const problems: Failure[] = [];
    const entries = rows.flatMap((row) => {
      try {
        assertAsked(row, keyStart);
        const summary = summaryOf(row, writer.skew);
        assertKnownKey(row, keys, summary.serverUrl);
        return [summary];
      } catch (error) {
        if (!(error instanceof Failure)) throw error;
        problems.push(error);
        return [];
      }
    });
    return { entries: sortEntries(entries), problems };
  }

  const keyStartOf = (serverUrl: string, account?: string) =>
    `${serverFolderName(serverUrl)}/${account === undefined ? "" : accountPrefix(account)}`;

  const rowsOf = (serverUrl: string, account?: string) =>
    account === undefined
      ? fetch(READ_BY.server, serverFolderName(serverUrl))
      : fetch(READ_BY.account, serverFolderName(serverUrl), accountPrefix(account).slice(0, -1));

  function remember(rows: readonly Row[]): void {
    const at = performance.now();
    for (const row of rows) fetched.set(row["key"] ?? "", { row, skew: writer.skew, at });
  }

  /** The row that a search has just fetched answers one read. */
  function takeFetched(key: string): FetchedRow | undefined {
    const found = fetched.get(key);
    fetched.delete(key);
    return found !== undefined && performance.now() - found.at < FRESH_MS ? found : undefined;
  }

  async function find(rows: readonly Row[], keyStart: string) {
    const { entries, problems: [problem] } = summarize(rows, keyStart);
    if (problem !== undefined) throw problem;
    remember(rows);
    return await Promise.resolve(entries);
  }

  /** Who refreshes the entry: only a row says that. */
  async function holderOf(key: string): Promise<LockHolder | undefined> {
    const [row] = await database.read(REFRESH_LEFT, [key]);
    if (!row?.["refresh_process"]) return undefined;
    return {
      by: row["written_by"] ?? "",
      since: isoTime(Number(row["written_ms"])),
    };
  }

  return {
    mode: "postgres",
    keyOf: entryKey,
    lock(key, signal) {
      fetched.clear();
      const wait = { what: rowName(key), limitMs: options.timeoutMs, signal };
      return lockWithin(
        { ...wait, holder: () => holderOf(key) },
        (until) => lock(`entry ${key}`, until),
      );
    },
    lockNames(signal) {
      const wait = { what: "the names of sign-ins", limitMs: options.timeoutMs, signal };
      const holder = () => Promise.resolve(undefined);
      return lockWithin({ ...wait, holder }, (until) => lock("names", until));
    },

    async list(serverUrl, account) {
      if (serverUrl !== undefined) {
        return summarize(await rowsOf(serverUrl, account), keyStartOf(serverUrl, account));
      }
      const { entries, problems } = summarize(await fetch(READ_BY.all));
      return { entries: withNames(entries), problems };
    },

    find: async (serverUrl, account) =>
      await find(await rowsOf(serverUrl, account), keyStartOf(serverUrl, account)),

    async findNamed(name) {
      const rows = await fetch(READ_BY.name, name);
      const { entries, problems: [problem] } = summarize(rows);
      remember(rows);
      // The column is not sealed, and the body is.
      const named = entries.filter((entry) => entry.name === name);
      if (named.length === 0 && problem !== undefined) throw problem;
      return named;
    },

    async read(key) {
      const found = takeFetched(key) ??
        { row: (await fetch(READ_BY.key, key))[0], skew: writer.skew };
      if (found.row !== undefined) assertAsked(found.row, key);
      writer.saw(key, found.row?.["version"] ?? undefined);
      return found.row && await entryOf(found.row, keys, found.skew);
    },

    async write(entry, event = "changed") {
      const key = await writer.write(entry, event);
      fetched.delete(key);
      return { key, secretsIn: "postgres", path: `the database ${text}` };
    },

    async remove(key, event = "signed_out") {
      fetched.delete(key);
      return await writer.remove(key, event);
    },

    async removeDamaged(serverUrl, account) {
      const removed: string[] = [];
      for (const row of await rowsOf(serverUrl, account)) {
        const { problems: [problem] } = summarize([row], keyStartOf(serverUrl, account));
        if (problem?.code !== "store_entry_damaged") continue;
        const key = row["key"] ?? "";
        if (await writer.remove(key, "pruned")) removed.push(rowName(key));
      }
      return removed;
    },

    async refreshUnderWay(key) {
      const [row] = await database.read(REFRESH_LEFT, [key]);
      return writer.refreshLeft(row);
    },

    async prepare() {
      const [row] = await database.read(CAN_WRITE);
      checkSchema(row?.["schema"], text);
      checkMayWrite(row, text);
    },

    async pending() {
      const { openPendingLogins } = await import("./pending_logins.ts");
      return openPendingLogins(database);
    },

    describe: () => ({
      mode: "postgres",
      folder: null,
      keyring: null,
      text: `the database ${text}, encrypted with the key ${keys.current.id}`,
    }),
    async events() {
      const { openEventLog } = await import("./event_log.ts");
      return openEventLog(database);
    },
    close: () => database.close(),
  };
}
