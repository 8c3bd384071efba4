/**
 * Files of the bundle that are kept packed: what is embedded is read at each start, used or not.
 *
 * @module
 */

import { deflateSync } from "fflate";

/** Packs files in `folder`; {@link ./loader.js} unpacks them. */
export async function packFiles(folder: string, files: readonly string[]): Promise<void> {
  for (const file of files) {
    const packed = deflateSync(await Deno.readFile(`${folder}/${file}`), { level: 9, mem: 12 });
    await Deno.writeFile(`${folder}/${file}.deflate`, packed);
    await Deno.remove(`${folder}/${file}`);
  }
}
