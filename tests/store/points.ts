/**
 * The store's operations with a hook before and after each change, and in the middle of each write.
 *
 * @module
 */

import type { RunChild } from "../../src/store/keyring/run_child.ts";
import { denoFiles, type StoreFiles } from "../../src/store/file/store_files.ts";

/** Told of every point that is passed; may throw, or end the process. */
export type Point = (name: string) => void;

async function around<T>(point: Point, name: string, action: () => Promise<T>): Promise<T> {
  point(`before ${name}`);
  const result = await action();
  point(`after ${name}`);
  return result;
}

/** The real operations with the hook around them. */
export function filesWithPoints(point: Point): StoreFiles {
  return {
    makeFolder: (path) => around(point, "makeFolder", () => denoFiles.makeFolder(path)),
    async createNew(path) {
      const file = await around(point, "createNew", () => denoFiles.createNew(path));
      let started = false;
      return {
        write(bytes) {
          const part = started ? bytes : bytes.subarray(0, Math.ceil(bytes.length / 2));
          started = true;
          return around(point, "write", () => file.write(part));
        },
        sync: () => around(point, "sync", () => file.sync()),
        close: () => file.close(),
      };
    },
    openLock: (path) => around(point, "openLock", () => denoFiles.openLock(path)),
    rename: (from, to) => around(point, "rename", () => denoFiles.rename(from, to)),
    remove: (path) => around(point, "remove", () => denoFiles.remove(path)),
    syncFolder: (path) => around(point, "syncFolder", () => denoFiles.syncFolder(path)),
  };
}

/** A keyring's helper with the hook around each change. */
export function keyringWithPoints(run: RunChild, point: Point): RunChild {
  return (child) =>
    child.args[0] === "lookup" || child.args[0] === "search"
      ? run(child)
      : around(point, `keyring ${child.args[0]}`, () => run(child));
}

/** A keyring that lies in a folder, so that several processes share it. */
export function keyringIn(folder: string): RunChild {
  return async ({ args, input }) => {
    const path = `${folder}/${args.at(-1)}`;
    const end = (status: number, stdout = "") => ({ status, stdout, stderr: "" });
    if (args[0] === "store") {
      const unfinished = `${path}.${crypto.randomUUID()}`;
      await Deno.writeTextFile(unfinished, input);
      await Deno.rename(unfinished, path);
      return end(0);
    }
    try {
      if (args[0] === "lookup") return end(0, await Deno.readTextFile(path));
      if (args[0] === "clear") await Deno.remove(path);
      return end(0);
    } catch {
      return end(1);
    }
  };
}
