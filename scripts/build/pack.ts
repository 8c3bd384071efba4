/** Compresses large files that few commands load; `docs/build.md` says why. @module */

import type { OutputChunk } from "@rollup/wasm-node";
import { gzipSync } from "fflate";

/** Minimum length of a file to compress, in characters: unpacking costs time. */
const LARGE = 10_000;

/**
 * Compresses the large files in `folder`, except those with code of the files `unpacked`.
 *
 * @returns By compressed file the files that need it when they are loaded, itself included.
 */
export async function pack(
  folder: string,
  files: readonly OutputChunk[],
  unpacked: ReadonlySet<string>,
): Promise<Record<string, string[]>> {
  const importersOf: Record<string, string[]> = {};
  for (const { fileName, code, moduleIds } of files) {
    const isUnpacked = moduleIds.some((id) => unpacked.has(id.replace(/.*\//, "")));
    if (code.length < LARGE || isUnpacked) continue;
    const path = `${folder}/${fileName}`;
    await Deno.writeFile(`${path}.gz`, gzipSync(await Deno.readFile(path), { mtime: 0 }));
    await Deno.remove(path);
    const importers = new Set([fileName]);
    for (const imported of importers) {
      const direct = files.filter(({ imports }) => imports.includes(imported));
      for (const file of direct) importers.add(file.fileName);
    }
    importersOf[`./${fileName}`] = Array.from(importers, (name) => `./${name}`);
  }
  return importersOf;
}
