/**
 * One holder at a time: among processes by a locked file, which the system unlocks when its process
 * ends, and within this process by a queue.
 * @module
 */

import { unlessAborted } from "../../core/abort.ts";
import { Failure } from "../../core/failure.ts";
import { notLocked, notWritten } from "../failures.ts";
import { entryPaths } from "./entry_files.ts";
import { checkPermissions, isSameFile, lstatIfExists } from "./file_permissions.ts";
import type { StorePlace } from "./home_folder.ts";
import { createFolders, type LockFile, removeUnfinishedFiles, type StoreFiles } from "./files.ts";

interface LockTarget {
  readonly path: string;
  createFolder(): Promise<void>;
  /** The user; null on Windows. */
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
 * Waits for the lock of a file. Its holder may remove it: the one that was locked is compared with the
 * one at the path.
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
    if (current !== undefined && isSameFile(current, await file.stat())) return file;
    file.close();
  }
}

/** Waits for the turn at a name; the returned function ends it. */
type Queue = (name: string, signal?: AbortSignal) => Promise<() => void>;

/**
 * Creates queues by name. Each wait for a file lock blocks one of the runtime's few threads, and the
 * holder needs threads to finish: callers in one process wait for each other here.
 */
export function createQueue(): Queue {
  const last = new Map<string, Promise<void>>();
  return async (name, signal) => {
    const before = last.get(name) ?? Promise.resolve();
    const turn = Promise.withResolvers<void>();
    const ended = Promise.all([before, turn.promise]).then(() => {
      if (last.get(name) === ended) last.delete(name);
    });
    last.set(name, ended);
    try {
      await unlessAborted(before, signal);
      return turn.resolve;
    } catch (error) {
      turn.resolve();
      throw error;
    }
  };
}

export interface EntryLocks {
  lock(key: string, signal?: AbortSignal): Promise<AsyncDisposable>;
  /** Locks, unless this store has the lock. */
  withLock<T>(key: string, action: () => Promise<T>): Promise<T>;
}

export function createEntryLocks(place: StorePlace, files: StoreFiles, os: string): EntryLocks {
  const { folders, uid } = place;
  const queue = createQueue();
  const locked = new Set<string>();

  async function lock(key: string, signal?: AbortSignal): Promise<AsyncDisposable> {
    const { folder, name, file, lock: path } = entryPaths(place, key);
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

  return {
    lock,
    async withLock(key, action) {
      if (locked.has(key)) return await action();
      await using _lock = await lock(key);
      return await action();
    },
  };
}

/** False also if that cannot be found out. */
function isMissing(path: string): boolean {
  try {
    return lstatIfExists(path) === undefined;
  } catch {
    return false;
  }
}
