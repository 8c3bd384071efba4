/** The store on a disk. @module */

import type { Env } from "../../core/deps.ts";
import { toFailure } from "../../core/failure.ts";
import { sha256Hex } from "../../trace/fingerprint.ts";
import { openEntryFiles } from "./entry_files.ts";
import { entryKey, entryName } from "../entry_key.ts";
import { joinEntry, splitEntry } from "../entry_codec.ts";
import { RECORD_VERSION } from "../entry_record.ts";
import { notWritten } from "../failures.ts";
import { checkPermissions, lstatIfExists } from "./file_permissions.ts";
import { denoFiles, type StoreFiles } from "./files.ts";
import { fileNamesIn, storeFolders } from "./folders.ts";
import { homeFolder, joinPath } from "./home_folder.ts";
import { openKeyring } from "../keyring/keyring.ts";
import { acquireLock, createQueue } from "./lock.ts";
import { openNoStore } from "./no_store.ts";
import { removeUnfinishedFiles, replaceFile } from "./replace_file.ts";
import { type RunChild, runChild } from "../keyring/run_child.ts";
import { type EntryChange, openSecretVault } from "./secret_vault.ts";
import type { Store, StoreMode } from "../store.ts";
import type { SecretName } from "../stored_entry.ts";
import { TOOLS_FILE } from "./tool_names.ts";

/** Options of {@link openStore}. */
export interface OpenStoreOptions {
  /** `--store`. */
  readonly mode: StoreMode;
  readonly env: Env;
  /** Default: {@link runChild}. */
  readonly run?: RunChild;
  readonly signal?: AbortSignal;
  /** Default: {@link denoFiles}. */
  readonly files?: StoreFiles;
  /** Default: `Deno.build.os`. */
  readonly os?: string;
  /** Default: `Deno.uid()`, which is null on Windows. */
  readonly uid?: number | null;
  /** Milliseconds for one call of the keyring's helper. */
  readonly keyringTimeoutMs?: number;
}

/** False if the test throws. */
function isTrue(test: () => boolean): boolean {
  try {
    return test();
  } catch {
    return false;
  }
}

/**
 * Opens the store. Nothing is read or written before it is used.
 *
 * @throws Failure `store_home_unknown` or `store_home_relative`.
 */
export function openStore(options: OpenStoreOptions): Store {
  const { mode, env, signal: stop } = options;
  if (mode === "none") return openNoStore();
  const os = options.os ?? Deno.build.os;
  const uid = options.uid === undefined ? Deno.uid() : options.uid;
  const files = options.files ?? denoFiles;
  const home = homeFolder(env, os);
  const folder = joinPath(os, home, "credentials");
  const folders = storeFolders([home, folder], files, uid);
  const entries = openEntryFiles(folder, folders, uid);
  const run: RunChild = options.run ?? ((it) => runChild(it, stop));
  const keyring = openKeyring({ env, os, run, timeoutMs: options.keyringTimeoutMs, stop });
  const vault = openSecretVault(mode, keyring, folder);
  const queue = createQueue();
  const locked = new Set<string>();

  async function lock(key: string, signal?: AbortSignal): Promise<AsyncDisposable> {
    const paths = entries.paths(key);
    const endTurn = await queue(key, signal);
    try {
      const createFolder = () => folders.create(paths.folder);
      const file = await acquireLock(files, { path: paths.lock, createFolder, uid }, signal);
      await removeUnfinishedFiles(files, paths.folder, paths.name).catch(() => {});
      locked.add(key);
      return {
        async [Symbol.asyncDispose]() {
          if (!locked.delete(key)) return;
          // Windows cannot remove an open file.
          if (os !== "windows" && isTrue(() => lstatIfExists(paths.file) === undefined)) {
            await files.remove(paths.lock).catch(() => {});
            await files.remove(paths.folder).catch(() => {});
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

  async function withLock<T>(key: string, action: () => Promise<T>): Promise<T> {
    if (locked.has(key)) return await action();
    await using _lock = await lock(key);
    return await action();
  }

  function changeOf(key: string): EntryChange {
    const previous = entries.readBeforeChange(key);
    return { key, previous, others: () => entries.others(key) };
  }

  function isDamaged(key: string): boolean {
    try {
      entries.read(key);
      return false;
    } catch (error) {
      return toFailure(error).code === "store_entry_damaged";
    }
  }

  async function remove(key: string): Promise<boolean> {
    const paths = entries.paths(key);
    if (!folders.exist(paths.folder)) return false;
    return await withLock(key, async () => {
      if (!checkPermissions(paths.file, "file", uid)) return false;
      const change = changeOf(key);
      try {
        await files.remove(paths.file);
      } catch (error) {
        throw notWritten(paths.file, error);
      }
      if (!fileNamesIn(paths.folder).some((name) => entryName(name) !== undefined)) {
        await files.remove(`${paths.folder}/${TOOLS_FILE}`).catch(() => {});
      }
      await files.syncFolder(paths.folder).catch(() => {});
      await vault.afterRemove(change).catch(() => {});
      return true;
    });
  }

  return {
    mode,
    keyOf: entryKey,
    lock,
    remove,
    list: entries.list,

    async find(serverUrl, account) {
      const { entries: found, problems } = await entries.list(serverUrl, account);
      if (problems[0] !== undefined) throw problems[0];
      return found;
    },

    async read(key) {
      const parsed = entries.read(key);
      if (parsed === undefined) return undefined;
      const secrets = await vault.open(parsed, entries.paths(key).file, key);
      return joinEntry(parsed.record.entry, secrets);
    },

    write(entry) {
      const key = entryKey(entry);
      const paths = entries.paths(key);
      return withLock(key, async () => {
        const change = changeOf(key);
        const { publicEntry, secrets: values } = splitEntry(entry);
        const holds = Object.keys(values) as SecretName[];
        const body = { version: RECORD_VERSION, entry: publicEntry, holds };
        const { secrets, note, undo } = await vault.protect(body, values, change);
        const text = `${JSON.stringify({ ...body, secrets }, null, 2)}\n`;
        try {
          await replaceFile(files, paths.folder, paths.name, text);
        } catch (error) {
          const isSealed = () => entries.readBeforeChange(key)?.record.secrets.place === "keyring";
          if (!isTrue(isSealed)) await undo();
          throw error;
        }
        await vault.afterWrite(secrets, change).catch(() => {});
        const result = { key, secretsIn: secrets.place, path: paths.file };
        return note === undefined ? result : { ...result, note };
      });
    },

    async removeDamaged(serverUrl, account) {
      const paths: string[] = [];
      for (const key of entries.keysOf(serverUrl, account)) {
        if (isDamaged(key) && await remove(key)) paths.push(entries.paths(key).file);
      }
      return paths;
    },

    async prepare() {
      await folders.create();
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

    describe() {
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
