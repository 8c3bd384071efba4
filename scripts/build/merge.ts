/** Merging the files of a bundle that are loaded together into functions. @module */

import { dirname, resolve } from "node:path";
import { type OutputChunk, rollup } from "@rollup/wasm-node";

/** The bundler's helpers make a `require` from it for CommonJS packages; a function has one. */
const NODE_MODULE = "node:module";

/** True for a module of the runtime, as opposed to a file. */
const isExternal = (id: string): boolean => id !== NODE_MODULE && /^[^./]/.test(id);

/**
 * Merges the files in `folder`, whose entry is `main.js`; `require.load` replaces `import()`.
 *
 * @param output The folder that they will be in; sources in the maps are relative to it.
 * @param groups The group of a file by its name; files without a group are not merged.
 * @returns Expressions: each a function of `require` and of the object that takes the exports.
 * @throws Error when a file awaits at its top level or uses `import.meta`, and for each warning of Rollup.
 */
export async function mergeFiles(
  folder: string,
  output: string,
  groups: ReadonlyMap<string, string>,
): Promise<OutputChunk[]> {
  await using bundle = await rollup({
    input: `${folder}/main.js`,
    cache: false,
    external: isExternal,
    // Otherwise a value of `using` is an object without the method that its end calls.
    treeshake: { preset: "safest", propertyReadSideEffects: "always" },
    plugins: [{
      name: "files with maps, and functions without import.meta",
      // Rollup itself would read the folder for each import.
      resolveId: (id, importer) => id === NODE_MODULE ? id : resolve(dirname(importer ?? ""), id),
      async load(id) {
        if (id === NODE_MODULE) return "export const createRequire = () => require;";
        return { code: await Deno.readTextFile(id), map: await Deno.readTextFile(`${id}.map`) };
      },
      renderDynamicImport: () => ({ left: "require.load(", right: ")" }),
      resolveImportMeta(property, { moduleId }) {
        if (property === "main") return String(moduleId === `${folder}/main.js`);
        // Only the bundler's helpers ask for it, for "createRequire".
        if (property === "url" && /\/chunk-[^/]*$/.test(moduleId)) return '""';
        throw new Error(`A function has no import.meta.${property} (in "${moduleId}")`);
      },
    }],
    onwarn: ({ code, message }) => {
      if (code !== "UNUSED_EXTERNAL_IMPORT") throw new Error(message);
    },
  });
  const { output: written } = await bundle.generate({
    dir: output,
    // Otherwise Rollup puts files that only export what others have into one that loads all of these.
    manualChunks(id) {
      const name = id === NODE_MODULE ? "main.js" : id.slice(folder.length + 1);
      return groups.get(name) ?? name.replace(/\.js$/, "");
    },
    onlyExplicitManualChunks: true,
    compact: true,
    sourcemap: "hidden",
    format: "cjs",
    exports: "named",
    interop: (id) => id !== null && isExternal(id) ? "default" : "esModule",
    banner: "(function(require,exports){",
    footer: "})",
    hoistTransitiveImports: false,
  });
  return written.filter((file) => file.type === "chunk");
}
