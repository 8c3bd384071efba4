/**
 * One holder at a time, across processes. The system frees the lock when its process ends.
 *
 * @module
 */

import { Failure } from "../core/failure.ts";
import { unlessAborted } from "../core/abort.ts";
import { notLocked, notWritten } from "./failures.ts";
import type { LockFile, StoreFiles } from "./files.ts";
import { checkSafe, lookAt, sameFile } from "./guard.ts";

/** What is locked. */
export interface LockTarget {
  /** The side file. */
  readonly path: string;
  /** Makes the folder that the side file lies in. */
  makeFolder(): Promise<void>;
  /** The user, or null where there are none. */
  readonly uid: number | null;
}

async function openSideFile(files: StoreFiles, target: LockTarget): Promise<LockFile> {
  for (;;) {
    await target.makeFolder();
    await checkSafe(target.path, "file", target.uid);
    try {
      return await files.openLock(target.path);
    } catch (error) {
      // Another process removed the empty folder between the two steps.
      if (error instanceof Deno.errors.NotFound) continue;
      throw error instanceof Failure ? error : notWritten(target.path, error);
    }
  }
}

async function locked(
  file: LockFile,
  path: string,
  signal: AbortSignal | undefined,
): Promise<LockFile> {
  const waiting = file.lock();
  try {
    await unlessAborted(waiting, signal);
    return file;
  } catch (error) {
    const close = () => file.close();
    waiting.then(close, close);
    throw signal?.aborted ? error : notLocked(path, error);
  }
}

/**
 * Waits for the lock of a side file.
 *
 * A side file may be removed by its holder, so the one that was locked is compared with the one
 * that has the name now.
 *
 * @throws Failure when the side file cannot be made or is not safe; the signal's reason on abort.
 */
export async function acquireLock(
  files: StoreFiles,
  target: LockTarget,
  signal?: AbortSignal,
): Promise<LockFile> {
  for (;;) {
    const file = await locked(await openSideFile(files, target), target.path, signal);
    const named = await lookAt(target.path);
    if (named !== undefined && sameFile(named, await file.stat())) return file;
    file.close();
  }
}
