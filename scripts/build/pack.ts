/**
 * Files of the bundle that are kept packed: what is embedded is read at each start, used or not.
 *
 * @module
 */

import { rollup } from "@rollup/wasm-node";
import { deflateSync } from "fflate";

/** The file of the bundle that loads packed files. */
export const UNPACK = "unpack.js";

/**
 * Packs files of the bundle in `folder`, and adds the file that loads them. Each becomes the text of a
 * function of `require` and `exports`, and the names of what is to be loaded before it.
 *
 * Throws what Rollup throws, such as for a file that waits at its top level.
 */
export async function packFiles(folder: string, files: readonly string[]): Promise<void> {
  if (files.length === 0) return;
  await Deno.copyFile(new URL(UNPACK, import.meta.url), `${folder}/${UNPACK}`);
  for (const file of files) {
    const packed = deflateSync(
      new TextEncoder().encode(JSON.stringify(await asFunction(folder, file))),
      { level: 9, mem: 12 },
    );
    await Deno.writeFile(`${folder}/${file}.deflate`, packed);
    await Deno.remove(`${folder}/${file}`);
  }
}

async function asFunction(
  folder: string,
  file: string,
): Promise<{ readonly imports: readonly string[]; readonly code: string }> {
  const bundle = await rollup({
    input: `${folder}/${file}`,
    external: (_id, importer) => importer !== undefined,
    makeAbsoluteExternalsRelative: false,
    treeshake: false,
    onwarn(warning) {
      throw new Error(warning.message);
    },
  });
  const { output: [chunk] } = await bundle.generate({
    format: "cjs",
    exports: "named",
    esModule: false,
    interop: "esModule",
    compact: true,
    strict: true,
    generatedCode: "es2015",
    dynamicImportInCjs: true,
  });
  await bundle.close();
  return { imports: chunk.imports, code: chunk.code };
}
