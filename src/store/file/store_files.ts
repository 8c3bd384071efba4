import { writeAll } from "../../core/write_all.ts";
import { notWritten } from "../failures.ts";
import { checkPermissions, fileNamesIn, folderExists } from "./file_permissions.ts";

export type LockFile =
  & Pick<Deno.FsFile, "lock" | "stat" | "close">
  & Partial<Pick<Deno.FsFile, "truncate" | "write">>;

/** The operations that change files, for the owner only. A test can end the process or fail at each of them. */
export interface StoreFiles {
  makeFolder(path: string): Promise<void>;
  /** Throws if the file exists. */
  createNew(path: string): Promise<Pick<Deno.FsFile, "write" | "sync" | "close">>;
  openLock(path: string): Promise<LockFile>;
  /** Replaces `to` atomically. */
  rename(from: string, to: string): Promise<void>;
  /** Removes a file or an empty folder. */
  remove(path: string): Promise<void>;
  /** Syncs the names in a folder to disk, if the system supports it. */
  syncFolder(path: string): Promise<void>;
}

const RENAME_ATTEMPTS = 20;
const RENAME_PAUSE_MS = 25;

/** Windows cannot replace a file while a virus scanner or an indexer reads it. */
async function renameWithRetries(from: string, to: string): Promise<void> {
  for (let attempt = 1;; attempt++) {
    try {
      return await Deno.rename(from, to);
    } catch (error) {
      if (attempt === RENAME_ATTEMPTS) throw error;
      await new Promise((resolve) => setTimeout(resolve, RENAME_PAUSE_MS));
    }
  }
}

const isWindows = Deno.build.os === "windows";

export const denoFiles: StoreFiles = {
  makeFolder: (path) => Deno.mkdir(path, { recursive: true, mode: 0o700 }),
  createNew: (path) => Deno.open(path, { write: true, createNew: true, mode: 0o600 }),
  openLock: (path) => Deno.open(path, { read: true, write: true, create: true, mode: 0o600 }),
  rename: isWindows ? renameWithRetries : Deno.rename,
  remove: (path) => Deno.remove(path),
  async syncFolder(path) {
    if (isWindows) return;
    const folder = await Deno.open(path, { read: true });
    try {
      await folder.sync();
    } finally {
      folder.close();
    }
  },
};

/** Outermost first. @throws Failure as {@link checkPermissions}, or `store_not_written`. */
export async function createFolders(
  paths: readonly string[],
  files: StoreFiles,
  uid: number | null,
): Promise<void> {
  for (const [at, path] of paths.entries()) {
    if (folderExists(paths, at, uid)) continue;
    try {
      await files.makeFolder(path);
    } catch (error) {
      if (!(error instanceof Deno.errors.AlreadyExists)) throw notWritten(path, error);
    }
    checkPermissions(path, "folder", uid);
    await files.syncFolder(path.replace(/[\\/][^\\/]*$/, "") || "/").catch(() => {});
  }
}

/**
 * Replaces `<folder>/<name>.json` atomically. The caller has the entry's lock.
 *
 * @throws Failure `store_not_written`; the old file is unchanged.
 */
export async function replaceFile(
  files: StoreFiles,
  folder: string,
  name: string,
  text: string,
): Promise<void> {
  const random = crypto.getRandomValues(new Uint8Array(8)).toHex();
  const unfinished = `${folder}/${name}.${random}.tmp`;
  try {
    await writeAll(await files.createNew(unfinished), text);
    await files.rename(unfinished, `${folder}/${name}.json`);
  } catch (error) {
    await files.remove(unfinished).catch(() => {});
    throw notWritten(`${folder}/${name}.json`, error);
  }
  // Readers already see the new content. Not every system can sync a folder.
  await files.syncFolder(folder).catch(() => {});
}

/** Removes the unfinished files of processes that crashed. The caller has the entry's lock. */
export async function removeUnfinishedFiles(
  files: StoreFiles,
  folder: string,
  name: string,
): Promise<void> {
  const unfinished = new RegExp(`^${name}\\.[0-9a-f]{16}\\.tmp$`);
  for (const found of fileNamesIn(folder)) {
    if (unfinished.test(found)) await files.remove(`${folder}/${found}`);
  }
}
