/**
 * The operations that change the store's files. A test can end the process or fail at each of them.
 * @module
 */

export interface NewFile {
  write(bytes: Uint8Array): Promise<number>;
  sync(): Promise<void>;
  close(): void;
}

/** A file that is only locked. */
export interface LockFile {
  lock(): Promise<void>;
  stat(): Promise<Deno.FileInfo>;
  close(): void;
}

export interface StoreFiles {
  /** Creates a folder and its parents, for the owner only. */
  makeFolder(path: string): Promise<void>;
  /** Creates a file that must not exist, for the owner only. */
  createNew(path: string): Promise<NewFile>;
  /** Opens a lock file; creates it for the owner only. */
  openLock(path: string): Promise<LockFile>;
  /** Replaces `to` by `from` atomically. */
  rename(from: string, to: string): Promise<void>;
  /** Removes a file or an empty folder. */
  remove(path: string): Promise<void>;
  /** Waits until a folder's names are on the disk, if the system supports it. */
  syncFolder(path: string): Promise<void>;
}

/** Windows cannot replace a file while a virus scanner or an indexer reads it. */
const RENAME_ATTEMPTS = 20;
const RENAME_PAUSE_MS = 25;

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
  async openLock(path) {
    const file = await Deno.open(path, { read: true, write: true, create: true, mode: 0o600 });
    return { lock: () => file.lock(true), stat: () => file.stat(), close: () => file.close() };
  },
  rename: isWindows ? renameWithRetries : Deno.rename,
  remove: (path) => Deno.remove(path),
  async syncFolder(path) {
    if (isWindows) return;
    using folder = await Deno.open(path, { read: true });
    await folder.sync();
  },
};
