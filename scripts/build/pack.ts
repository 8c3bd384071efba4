/**
 * Files of the bundle that are kept packed: what is embedded is read at each start, used or not.
 *
 * @module
 */

import { deflateSync } from "fflate";
import type { Packable } from "./merge.ts";

/** The file of the bundle that loads packed files. */
export const UNPACK = "unpack.js";

/** Packs files of the bundle in `folder`, and adds the file that loads them. */
export async function packFiles(folder: string, packable: readonly Packable[]): Promise<void> {
  if (packable.length === 0) return;
  await Deno.copyFile(new URL(UNPACK, import.meta.url), `${folder}/${UNPACK}`);
  for (const { file, imports } of packable) {
    const code = [...imports, UNPACK].reduce(
      (text, name) => text.replaceAll(`'./${name}'`, `'bundle:${name}'`),
      await Deno.readTextFile(`${folder}/${file}`),
    );
    const packed = deflateSync(new TextEncoder().encode(code), { level: 9, mem: 12 });
    await Deno.writeFile(`${folder}/${file}.deflate`, packed);
    await Deno.remove(`${folder}/${file}`);
  }
}
