/**
 * The operations that change the store's files: handed in, so that tests can end the process or
 * fail at each of them.
 *
 * @module
 */

/** A file that is being written. */
export interface NewFile {
  /** Writes a part and says how many bytes it took. */
  write(bytes: Uint8Array): Promise<number>;
  /** Waits until the content is on the disk. */
  sync(): Promise<void>;
  /** Gives the file back. */
  close(): void;
}

/** A side file that is locked, never read. */
export interface LockFile {
  /** Waits for the exclusive lock. */
  lock(): Promise<void>;
  /** What the open file is. */
  stat(): Promise<Deno.FileInfo>;
  /** Gives the file and its lock back. */
  close(): void;
}

/** Every operation that changes something. */
export interface StoreFiles {
  /** Makes a folder and those above it, for the owner alone. */
  makeFolder(path: string): Promise<void>;
  /** Creates a file that must not exist, for the owner alone. */
  createNew(path: string): Promise<NewFile>;
  /** Opens a side file, creating it for the owner alone. */
  openLock(path: string): Promise<LockFile>;
  /** Replaces `to` by `from` in one step. */
  rename(from: string, to: string): Promise<void>;
  /** Removes a file, or a folder that is empty. */
  remove(path: string): Promise<void>;
  /** Waits until a folder's list of names is on the disk, where the system can do that. */
  syncFolder(path: string): Promise<void>;
}

/** Windows forbids replacing a file while a virus scanner or an indexer looks at it. */
const RENAME_ATTEMPTS = 20;
const RENAME_PAUSE_MS = 25;

async function patientRename(from: string, to: string): Promise<void> {
  for (let attempt = 1;; attempt++) {
    try {
      return await Deno.rename(from, to);
    } catch (error) {
      if (attempt === RENAME_ATTEMPTS) throw error;
      await new Promise((resolve) => setTimeout(resolve, RENAME_PAUSE_MS));
    }
  }
}

const windows = Deno.build.os === "windows";

/** The real operations. */
export const denoFiles: StoreFiles = {
  makeFolder: (path) => Deno.mkdir(path, { recursive: true, mode: 0o700 }),
  createNew: (path) => Deno.open(path, { write: true, createNew: true, mode: 0o600 }),
  async openLock(path) {
    const file = await Deno.open(path, { read: true, write: true, create: true, mode: 0o600 });
    return { lock: () => file.lock(true), stat: () => file.stat(), close: () => file.close() };
  },
  rename: windows ? patientRename : Deno.rename,
  remove: (path) => Deno.remove(path),
  async syncFolder(path) {
    if (windows) return;
    using folder = await Deno.open(path, { read: true });
    await folder.sync();
  },
};
