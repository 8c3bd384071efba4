/**
 * One holder at a time: among processes by a locked file, which the system unlocks when its process
 * ends, and within this process by a queue.
 * @module
 */

import { unlessAborted } from "../../core/abort.ts";
import { Failure } from "../../core/failure.ts";
import { notLocked, notWritten } from "../failures.ts";
import { checkPermissions, isSameFile, lstatIfExists } from "./file_permissions.ts";
import type { LockFile, StoreFiles } from "./files.ts";

export interface LockTarget {
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
  const waiting = file.lock();
  try {
    await unlessAborted(waiting, signal);
  } catch (error) {
    const close = () => file.close();
    waiting.then(close, close);
    throw signal?.aborted ? error : notLocked(path, error);
  }
}

/**
 * Waits for the lock of a file.
 *
 * The holder may remove the file: the one that was locked is compared with the one at the path.
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
export type Queue = (name: string, signal?: AbortSignal) => Promise<() => void>;

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
