/**
 * The store on a disk.
 *
 * @module
 */

import type { Env } from "../core/deps.ts";
import { type Failure, toFailure } from "../core/failure.ts";
import { sha256Hex } from "../trace/fingerprint.ts";
import { type RunChild, runChild } from "./child.ts";
import { removeUnfinished, replaceFile } from "./durable.ts";
import type { EntrySummary } from "./entry.ts";
import { notWritten } from "./failures.ts";
import { denoFiles, type StoreFiles } from "./files.ts";
import { foldersOf, namesIn } from "./folders.ts";
import { checkSafe, lookAt, readSafe } from "./guard.ts";
import { accountPrefix, entryKey, entryOfFile, isServerName, serverName, splitKey } from "./key.ts";
import { openKeyring } from "./keyring.ts";
import { acquireLock } from "./lock.ts";
import { openNothing } from "./no_store.ts";
import { homeFolder, joined } from "./place.ts";
import { createQueue } from "./queue.ts";
import {
  bySubject,
  joinEntry,
  type ParsedRecord,
  parseRecord,
  RECORD_VERSION,
  type SecretValues,
  splitEntry,
  summaryOf,
} from "./record.ts";
import { createSecretKeeper, type EntryChange } from "./secret_keeper.ts";
import { TOOLS_FILE } from "./tool_names.ts";
import type { Listing, Store, StoreDescription, StoreMode } from "./store.ts";

/** What a store is opened with. */
export interface OpenStoreOptions {
  /** `--store`. */
  readonly mode: StoreMode;
  /** Environment variables: where the store is, and what the keyring's helper gets. */
  readonly env: Env;
  /** Starts the keyring's helper; {@link runChild} unless a test stands in. */
  readonly run?: RunChild;
  /** Ends a helper that runs. */
  readonly signal?: AbortSignal;
  /** Operations that change files; the real ones unless a test stands in. */
  readonly files?: StoreFiles;
  /** `Deno.build.os` unless a test stands in. */
  readonly os?: string;
  /** The user, null where there are none; `Deno.uid()` unless a test stands in. */
  readonly uid?: number | null;
  /** Milliseconds for one call of the keyring's helper, in place of the usual limit. */
  readonly keyringTimeoutMs?: number;
}

/**
 * Opens the store. Nothing is touched before it is used.
 *
 * @throws Failure `store_home_unknown` or `store_home_relative`.
 */
export function openStore(options: OpenStoreOptions): Store {
  const { mode, env } = options;
  if (mode === "none") return openNothing();
  const os = options.os ?? Deno.build.os;
  const uid = options.uid === undefined ? Deno.uid() : options.uid;
  const files = options.files ?? denoFiles;
  const home = homeFolder(env, os);
  const folder = joined(os, home, "credentials");
  const folders = foldersOf([home, folder], files, uid);
  const { signal: stop } = options;
  const run: RunChild = options.run ?? ((it) => runChild(it, stop));
  const keyring = openKeyring({ env, os, run, timeoutMs: options.keyringTimeoutMs, stop });
  const keeper = createSecretKeeper(mode, keyring, folder);
  const queue = createQueue();
  const held = new Set<string>();

  function placeOf(key: string): { folder: string; name: string; path: string } {
    const { server, name } = splitKey(key);
    return { folder: `${folder}/${server}`, name, path: `${folder}/${server}/${name}.json` };
  }

  async function parsedFile(key: string): Promise<ParsedRecord | undefined> {
    const { path } = placeOf(key);
    const text = await readSafe(path, uid);
    return text === undefined ? undefined : parseRecord(text, path, key);
  }

  async function parsedAt(key: string): Promise<ParsedRecord | undefined> {
    return await folders.reachable(placeOf(key).folder) ? await parsedFile(key) : undefined;
  }

  /** What is about to be replaced; damaged content is nothing worth keeping. */
  async function previousAt(key: string): Promise<ParsedRecord | undefined> {
    try {
      return await parsedAt(key);
    } catch (error) {
      if (toFailure(error).code === "store_entry_damaged") return undefined;
      throw error;
    }
  }

  async function lock(key: string, signal?: AbortSignal): Promise<AsyncDisposable> {
    const place = placeOf(key);
    const side = `${place.folder}/${place.name}.lock`;
    const endTurn = await queue(key, signal);
    try {
      const makeFolder = () => folders.make(place.folder);
      const file = await acquireLock(files, { path: side, makeFolder, uid }, signal);
      await removeUnfinished(files, place.folder, place.name).catch(() => {});
      held.add(key);
      return {
        async [Symbol.asyncDispose]() {
          if (!held.delete(key)) return;
          // Windows removes no file that is open.
          if (os !== "windows" && await lookAt(place.path).catch(() => null) === undefined) {
            await files.remove(side).catch(() => {});
            await files.remove(place.folder).catch(() => {});
          }
          file.close();
          endTurn();
        },
      };
    } catch (error) {
      endTurn();
      throw error;
    }
  }

  async function locked<T>(key: string, action: () => Promise<T>): Promise<T> {
    if (held.has(key)) return await action();
    await using _lock = await lock(key);
    return await action();
  }

  /** The summaries of a server's entries, or of those whose names begin with `prefix`. */
  async function* summariesIn(
    server: string,
    prefix: string,
    refused: (error: unknown) => void,
  ): AsyncGenerator<EntrySummary> {
    for (const file of namesIn(`${folder}/${server}`)) {
      const name = entryOfFile(file);
      if (name === undefined || !name.startsWith(prefix)) continue;
      const key = `${server}/${name}`;
      try {
        const parsed = await parsedFile(key);
        if (parsed !== undefined) yield summaryOf(key, parsed.record);
      } catch (error) {
        refused(error);
      }
    }
  }

  async function list(serverUrl?: string, account?: string): Promise<Listing> {
    if (!await folders.reachable()) return { entries: [], problems: [] };
    const entries: EntrySummary[] = [];
    const problems: Failure[] = [];
    const refused = (error: unknown) => problems.push(toFailure(error));
    const prefix = account === undefined ? "" : accountPrefix(account);
    const servers = serverUrl === undefined
      ? namesIn(folder).filter(isServerName)
      : [serverName(serverUrl)];
    for (const server of servers) {
      try {
        await checkSafe(`${folder}/${server}`, "folder", uid);
        for await (const entry of summariesIn(server, prefix, refused)) entries.push(entry);
      } catch (error) {
        refused(error);
      }
    }
    return { entries: entries.sort(bySubject), problems };
  }

  /** Reads what a file has before it is changed. */
  async function changeOf(key: string): Promise<EntryChange> {
    const previous = await previousAt(key);
    return {
      key,
      previous,
      async others() {
        const { server, name } = splitKey(key);
        const names = namesIn(`${folder}/${server}`).map(entryOfFile);
        const any = names.some((other) => other !== undefined && other !== name);
        for await (const other of summariesIn(server, "", () => {})) {
          if (other.key !== key && other.place === "keyring") return { any, sealed: true };
        }
        return { any, sealed: false };
      },
    };
  }

  async function remove(key: string): Promise<boolean> {
    const place = placeOf(key);
    if (!await folders.reachable(place.folder)) return false;
    return await locked(key, async () => {
      if (!await checkSafe(place.path, "file", uid)) return false;
      const change = await changeOf(key);
      try {
        await files.remove(place.path);
      } catch (error) {
        throw notWritten(place.path, error);
      }
      if (!namesIn(place.folder).some((name) => entryOfFile(name) !== undefined)) {
        await files.remove(`${place.folder}/${TOOLS_FILE}`).catch(() => {});
      }
      await files.syncFolder(place.folder).catch(() => {});
      await keeper.removed(change).catch(() => {});
      return true;
    });
  }

  return {
    mode,
    keyOf: entryKey,
    lock,

    list,

    async find(serverUrl, account) {
      const { entries, problems } = await list(serverUrl, account);
      if (problems[0] !== undefined) throw problems[0];
      return entries;
    },

    async read(key) {
      const parsed = await parsedAt(key);
      if (parsed === undefined) return undefined;
      const { path } = placeOf(key);
      const values: SecretValues = await keeper.open(parsed, path, key);
      return joinEntry(parsed.record.entry, values);
    },

    write(entry) {
      const key = entryKey(entry);
      const place = placeOf(key);
      return locked(key, async () => {
        const change = await changeOf(key);
        const { shown, secrets: values } = splitEntry(entry);
        const holds = Object.keys(values) as EntrySummary["holds"];
        const body = { version: RECORD_VERSION, entry: shown, holds };
        const { secrets, note, undo } = await keeper.keep(body, values, change);
        const text = `${JSON.stringify({ ...body, secrets }, null, 2)}\n`;
        try {
          await replaceFile(files, place.folder, place.name, text);
        } catch (error) {
          const there = await previousAt(key).catch(() => undefined);
          if (there?.record.secrets.place !== "keyring") await undo();
          throw error;
        }
        await keeper.written(secrets, change).catch(() => {});
        const kept = { key, place: secrets.place, path: place.path };
        return note === undefined ? kept : { ...kept, note };
      });
    },

    remove,

    async removeDamaged(serverUrl, account) {
      const server = serverName(serverUrl);
      const paths: string[] = [];
      for (const file of namesIn(`${folder}/${server}`)) {
        const name = entryOfFile(file);
        if (name === undefined || !name.startsWith(accountPrefix(account))) continue;
        const key = `${server}/${name}`;
        const isDamaged = await parsedAt(key).then(
          () => false,
          (error) => toFailure(error).code === "store_entry_damaged",
        );
        if (isDamaged && await remove(key)) paths.push(placeOf(key).path);
      }
      return paths;
    },

    async prepare() {
      await folders.make();
      const trial = `${folder}/trial`;
      try {
        (await files.openLock(trial)).close();
        await files.remove(trial);
      } catch (error) {
        // Another process has just removed the same trial.
        if (!(error instanceof Deno.errors.NotFound)) throw notWritten(trial, error);
      }
      if (mode === "keyring") await keyring.lookup(sha256Hex(folder).slice(0, 32));
    },

    describe(): StoreDescription {
      const sealed = `sealed by keys in the ${keyring.title} (${keyring.name})`;
      const how = {
        file: "which only you can read",
        keyring: sealed,
        auto: `${sealed} where it answers, else readable by you alone`,
      }[mode];
      return {
        mode,
        folder,
        keyring: mode === "file" ? null : keyring.name,
        text: `files in "${folder}", ${how}`,
      };
    },
  };
}
