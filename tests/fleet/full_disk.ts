/** A small disk that a test fills: a file system in memory. Needs root. @module */

import assert from "node:assert/strict";
import { run } from "../../scripts/shell.ts";

export interface FullDisk extends AsyncDisposable {
  readonly folder: string;
  /** Leaves no free byte. */
  fill(): Promise<void>;
  /** Makes room again. */
  free(): Promise<void>;
}

async function must(program: string, ...args: string[]): Promise<void> {
  const ended = await run(program, args);
  assert.ok(ended.success, `${program} ${args.join(" ")}: ${ended.stderr}`);
}

export async function mountDisk(folder: string, megabytes: number): Promise<FullDisk> {
  await Deno.mkdir(folder);
  await must("mount", "-t", "tmpfs", "-o", `size=${megabytes}m,mode=700`, "tmpfs", folder);
  const filler = `${folder}/filler`;
  return {
    folder,
    async fill() {
      using file = await Deno.open(filler, { create: true, write: true, append: true });
      for (const size of [1 << 20, 1 << 12, 1]) {
        try {
          for (;;) await file.write(new Uint8Array(size));
        } catch (error) {
          assert.match(String(error), /No space left/);
        }
      }
    },
    free: () => Deno.remove(filler),
    [Symbol.asyncDispose]: () => must("umount", folder),
  };
}
