/** One holder at a time: the system unlocks a file when its process ends. @module */

import { unlessAborted } from "../../core/abort.ts";
import { Failure } from "../../core/failure.ts";
import { notLocked, notWritten, quotedPath } from "../failures.ts";
import { LOCK_TIMEOUT_MS, lockWithin } from "../lock_limit.ts";
import { createQueue } from "../queue.ts";
import { entryPaths } from "./entry_files.ts";
import { checkPermissions, isSameFile, lstatIfExists } from "./file_permissions.ts";
import { readHolder, recordHolder } from "./lock_holder.ts";
import type { StoreHome } from "./home_folder.ts";
import {
  createFolders,
  type LockFile,
  removeUnfinishedFiles,
  type StoreFiles,
} from "./store_files.ts";

interface LockTarget {
  readonly path: string;
  createFolder(): Promise<void>;
  readonly uid: number | null;
}

async function openLockFile(files: StoreFiles, target: LockTarget): Promise<LockFile> {
  for (;;) {
    await target.createFolder();
    checkPermissions(target.path, "file", target.uid);
    try {
      return await files.openLock(target.path);
    } catch (error) {
      // Another process removed the empty folder between the two steps.
      if (error instanceof Deno.errors.NotFound) continue;
      throw error instanceof Failure ? error : notWritten(target.path, error);
    }
  }
}

async function waitForLock(
  file: LockFile,
  path: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  const waiting = file.lock(true);
  try {
    await unlessAborted(waiting, signal);
  } catch (error) {
    const close = () => file.close();
    waiting.then(close, close);
    throw signal?.aborted ? error : notLocked(path, error);
  }
}

/**
 * The previous holder may have removed the file, so it is compared with the one at the path.
 *
 * @throws Failure if the file cannot be created or is not safe; the signal's reason on abort.
 */
export async function acquireLock(
  files: StoreFiles,
  target: LockTarget,
  signal?: AbortSignal,
): Promise<LockFile> {
  for (;;) {
    const file = await openLockFile(files, target);
    await waitForLock(file, target.path, signal);
    const current = lstatIfExists(target.path);
    if (current !== undefined && isSameFile(current, await file.stat())) {
      await recordHolder(file);
      return file;
    }
    file.close();
  }
}

/**
 * As {@link acquireLock}, but no longer than the time limit.
 *
 * @throws Failure `store_lock_timeout` as well.
 */
export async function acquireLockWithin(
  files: StoreFiles,
  target: LockTarget,
  signal: AbortSignal,
  limitMs: number = LOCK_TIMEOUT_MS,
): Promise<LockFile> {
  return await lockWithin(
    lockWait(target, signal, limitMs),
    (until) => acquireLock(files, target, until),
  );
}

function lockWait(
  { path, uid }: Pick<LockTarget, "path" | "uid">,
  signal: AbortSignal | undefined,
  limitMs: number,
) {
  const holder = () => Promise.try(() => readHolder(path, uid));
  return { what: quotedPath(path), limitMs, signal, holder };
}

interface EntryLocks {
  lock(key: string, signal?: AbortSignal): Promise<AsyncDisposable>;
  /** Of the names of all sign-ins. */
  lockNames(signal?: AbortSignal): Promise<AsyncDisposable>;
  /** Locks, unless this store has the lock. */
  withLock<T>(key: string, action: () => Promise<T>): Promise<T>;
}

export function createEntryLocks(
  home: StoreHome,
  files: StoreFiles,
  os: string,
  limitMs: number = LOCK_TIMEOUT_MS,
): EntryLocks {
  const { folders, uid } = home;
  const queue = createQueue();
  const locked = new Set<string>();

  async function lockEntry(key: string, signal: AbortSignal): Promise<AsyncDisposable> {
    const { folder, name, file, lock: path } = entryPaths(home, key);
    const endTurn = await queue(key, signal);
    try {
      const createFolder = () => createFolders([...folders, folder], files, uid);
      const lockFile = await acquireLock(files, { path, createFolder, uid }, signal);
      await removeUnfinishedFiles(files, folder, name).catch(() => {});
      locked.add(key);
      return {
        async [Symbol.asyncDispose]() {
          if (!locked.delete(key)) return;
          // Windows cannot remove an open file.
          if (os !== "windows" && isMissing(file)) {
            await files.remove(path).catch(() => {});
            await files.remove(folder).catch(() => {});
          }
          lockFile.close();
          endTurn();
        },
      };
    } catch (error) {
      endTurn();
      throw error;
    }
  }

  function lock(key: string, signal?: AbortSignal): Promise<AsyncDisposable> {
    const { lock: path } = entryPaths(home, key);
    return lockWithin(
      lockWait({ path, uid }, signal, limitMs),
      (until) => lockEntry(key, until),
    );
  }

  async function lockAllNames(path: string, signal: AbortSignal): Promise<AsyncDisposable> {
    const endTurn = await queue("names", signal);
    try {
      const createFolder = () => createFolders(folders, files, uid);
      const lockFile = await acquireLock(files, { path, createFolder, uid }, signal);
      return {
        async [Symbol.asyncDispose]() {
          if (os !== "windows") await files.remove(path).catch(() => {});
          lockFile.close();
          endTurn();
        },
      };
    } catch (error) {
      endTurn();
      throw error;
    }
  }

  return {
    lock,
    lockNames(signal) {
      const path = `${home.folder}/names.lock`;
      return lockWithin(
        lockWait({ path, uid }, signal, limitMs),
        (until) => lockAllNames(path, until),
      );
    },
    async withLock(key, action) {
      if (locked.has(key)) return await action();
      await using _lock = await lock(key);
      return await action();
    },
  };
}

/** False also if the path cannot be read. */
function isMissing(path: string): boolean {
  try {
    return lstatIfExists(path) === undefined;
  } catch {
    return false;
  }
}
