import type { Env } from "../../core/system.ts";
import { sha256Hex } from "../../trace/fingerprint.ts";
import {
  entryPaths,
  findNamed,
  isDamaged,
  isSealed,
  keysOf,
  listEntries,
  otherEntries,
  readBeforeChange,
  readEntry,
} from "./entry_files.ts";
import { entryKey, entryName } from "../entry_key.ts";
import { joinEntry, splitEntry } from "../entry_codec.ts";
import { RECORD_VERSION } from "../entry_record.ts";
import { notWritten } from "../failures.ts";
import { checkPermissions, fileNamesIn, foldersExist } from "./file_permissions.ts";
import { createFolders, denoFiles, replaceFile, type StoreFiles } from "./store_files.ts";
import { homeFolder, storeHome } from "./home_folder.ts";
import { type Keyring, openKeyring } from "../keyring/keyring.ts";
import { createEntryLocks } from "./lock.ts";
import { removeNamePointer, writeNamePointer } from "./name_pointers.ts";
import { type RunChild, runChild } from "../keyring/run_child.ts";
import { type EntryChange, openSecretVault, type SealingMode } from "./secret_vault.ts";
import type { FileStoreMode, Store, StoreDescription } from "../store.ts";
import type { SecretName } from "../entry_rules.ts";
import { TOOLS_FILE } from "./tool_names.ts";

export interface OpenStoreOptions {
  readonly mode: FileStoreMode;
  readonly env: Env;
  readonly run?: RunChild;
  readonly signal?: AbortSignal;
  readonly files?: StoreFiles;
  readonly os?: string;
  readonly uid?: number | null;
  /** Time limit for one call of the keyring's helper. */
  readonly keyringTimeoutMs?: number;
  /** Time limit of the wait for a lock. */
  readonly lockTimeoutMs?: number | undefined;
}

const noLock = () => Promise.resolve({ [Symbol.asyncDispose]: () => Promise.resolve() });

export function openNoStore(): Store {
  return {
    mode: "none",
    list: () => Promise.resolve({ entries: [], problems: [] }),
    find: () => Promise.resolve([]),
    findNamed: () => Promise.resolve([]),
    read: () => Promise.resolve(undefined),
    keyOf: entryKey,
    write: (entry) => Promise.resolve({ key: entryKey(entry), secretsIn: "none", path: null }),
    remove: () => Promise.resolve(false),
    removeDamaged: () => Promise.resolve([]),
    lock: noLock,
    lockNames: noLock,
    refreshUnderWay: () => Promise.resolve(0),
    prepare: () => Promise.resolve(),
    pending: () => Promise.reject(new RangeError("nothing is stored")),
    describe: () => ({
      mode: "none",
      folder: null,
      keyring: null,
      text: "nothing is stored (--store none)",
    }),
  };
}

/** Reads and writes nothing before it is used. @throws Failure `store_home_unknown` or `store_home_relative`. */
export function openStore(options: OpenStoreOptions): Store {
  const { mode, env, signal: stop, os = Deno.build.os, uid = Deno.uid(), files = denoFiles } =
    options;
  if (mode === "none") return openNoStore();
  const home = storeHome(env, os, uid);
  const { folders, folder } = home;
  const { run = (it) => runChild(it, stop), keyringTimeoutMs: timeoutMs } = options;
  const keyring = openKeyring({ env, os, run, timeoutMs, stop });
  const vault = openSecretVault(mode, keyring, folder);
  const { lock, lockNames, withLock } = createEntryLocks(
    home,
    files,
    os,
    options.lockTimeoutMs,
  );

  function changeOf(key: string): EntryChange {
    return { key, previous: readBeforeChange(home, key), others: () => otherEntries(home, key) };
  }

  async function remove(key: string): Promise<boolean> {
    const paths = entryPaths(home, key);
    if (!foldersExist([...folders, paths.folder], uid)) return false;
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
      const removed = change.previous?.record.entry;
      const isLast = removed !== undefined &&
        keysOf(home, removed.serverUrl, removed.account).length === 0;
      if (isLast) await removeNamePointer(home, files, removed);
      await vault.afterRemove(change).catch(() => {});
      return true;
    });
  }

  return {
    mode,
    keyOf: entryKey,
    lock,
    lockNames,
    remove,
    list: (serverUrl, account) => listEntries(home, serverUrl, account),

    async find(serverUrl, account) {
      const { entries, problems: [problem] } = await listEntries(home, serverUrl, account);
      if (problem !== undefined) throw problem;
      return entries;
    },

    findNamed: (name) => findNamed(home, name),
    refreshUnderWay: () => Promise.resolve(0),

    async read(key) {
      const parsed = readEntry(home, key);
      if (parsed === undefined) return undefined;
      const secrets = await vault.open(parsed, entryPaths(home, key).file, key);
      return joinEntry(parsed.record.entry, secrets);
    },

    write(entry) {
      const key = entryKey(entry);
      const { folder: entryFolder, name, file: path } = entryPaths(home, key);
      return withLock(key, async () => {
        const change = changeOf(key);
        const { publicEntry, secrets: values } = splitEntry(entry);
        const holds = Object.keys(values) as SecretName[];
        const body = { version: RECORD_VERSION, entry: publicEntry, holds };
        const { secrets, note, undo } = await vault.protect(body, values, change);
        try {
          const text = `${JSON.stringify({ ...body, secrets }, null, 2)}\n`;
          await replaceFile(files, entryFolder, name, text);
        } catch (error) {
          if (!isSealed(home, key)) await undo();
          throw error;
        }
        await vault.afterWrite(secrets, change).catch(() => {});
        const before = change.previous?.record.entry;
        if (before !== undefined && before.name !== entry.name) {
          await removeNamePointer(home, files, before);
        }
        await writeNamePointer(home, files, entry);
        return { key, secretsIn: secrets.place, path, note };
      });
    },

    async removeDamaged(serverUrl, account) {
      const removed: string[] = [];
      for (const key of keysOf(home, serverUrl, account)) {
        if (isDamaged(home, key) && await remove(key)) removed.push(entryPaths(home, key).file);
      }
      return removed;
    },

    async prepare() {
      await createFolders(folders, files, uid);
      await checkWritable(folder, files);
      if (mode === "keyring") await keyring.lookup(sha256Hex(folder).slice(0, 32));
    },

    async pending() {
      const { openPendingFiles } = await import("./pending_files.ts");
      return openPendingFiles({ home: homeFolder(env, os), os, uid, files });
    },

    describe: () => describeStore(mode, folder, keyring),
  };
}

async function checkWritable(folder: string, files: StoreFiles): Promise<void> {
  const trial = `${folder}/trial`;
  try {
    (await files.openLock(trial)).close();
    await files.remove(trial);
  } catch (error) {
    // Another process has just removed the same file.
    if (!(error instanceof Deno.errors.NotFound)) throw notWritten(trial, error);
  }
}

function describeStore(mode: SealingMode, folder: string, keyring: Keyring): StoreDescription {
  const sealed = `encrypted with keys in the ${keyring.title} (${keyring.name})`;
  const how = {
    file: "readable only by you",
    keyring: sealed,
    auto: `${sealed} if it is available, otherwise readable only by you`,
  }[mode];
  return {
    mode,
    folder,
    keyring: mode === "file" ? null : keyring.name,
    text: `files in "${folder}", ${how}`,
  };
}
