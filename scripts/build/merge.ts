/**
 * Putting together the files of a bundle that are always loaded together.
 *
 * Code splitting makes a file of each set of modules that the same entries share: 63 for a login, of
 * which each costs a load. The bundler has no say in it, so Rollup makes one file of each group.
 *
 * @module
 */

import { rollup } from "@rollup/wasm-node";

/** Files that become one: what these modules load, without what earlier groups have. */
export interface Group {
  /** Name of the file, without its ending. */
  readonly name: string;
  /** Modules, as the bundler names their files: without folder, hash and ending. */
  readonly modules: readonly string[];
  /** Only what these modules load too; everything where it is absent. */
  readonly sharedWith?: readonly string[];
}

/** What is no file of the bundle. */
const EXTERNAL = /^[^./]/;

type Imports = (file: string) => readonly string[];

/** The files that are loaded with any of `entries`, themselves included. */
function loadedWith(entries: readonly string[], imports: Imports): ReadonlySet<string> {
  const loaded = new Set(entries);
  for (const file of loaded) imports(file).forEach((it) => loaded.add(it));
  return loaded;
}

/**
 * The bundler's own helpers, which every file imports and few use: they do nothing by themselves, and
 * load `node:module`.
 */
async function helpersIn(folder: string, files: readonly string[]): Promise<string[]> {
  const helpers: string[] = [];
  for (const name of files.filter((it) => /^chunk-.*\.js$/.test(it))) {
    const code = await Deno.readTextFile(`${folder}/${name}`);
    if (code.includes("createRequire")) helpers.push(`${folder}/${name}`);
  }
  return helpers;
}

/**
 * Writes the bundle in `folder`, whose entry is `main.js`, to `output`, with one file of each group and
 * with source maps. The first group has the entry: it must not wait at its top level for what imports
 * from it.
 *
 * Throws when a module has no file of its own, and what Rollup throws and warns of.
 */
export async function mergeGroups(
  folder: string,
  output: string,
  groups: readonly Group[],
): Promise<void> {
  const files = await Array.fromAsync(Deno.readDir(folder), ({ name }) => name);
  const fileOf = (module: string): string => {
    const isOwn = (name: string) => name.replace(/(-[A-Z0-9]{8})?\.js$/, "") === module;
    const file = files.find((name) => name.endsWith(".js") && isOwn(name));
    if (file === undefined) throw new Error(`The bundle has no file of its own for "${module}"`);
    return `${folder}/${file}`;
  };
  const groupOf = (file: string, imports: Imports): string | undefined =>
    groups.find(({ modules, sharedWith }) =>
      [modules, sharedWith ?? modules].every((entries) =>
        loadedWith(entries.map(fileOf), imports).has(file)
      )
    )?.name;
  const helpers = await helpersIn(folder, files);
  const bundle = await rollup({
    input: `${folder}/main.js`,
    external: EXTERNAL,
    treeshake: { preset: "safest", moduleSideEffects: (file) => !helpers.includes(file) },
    plugins: [{
      name: "files and their maps",
      load: async (file) => ({
        code: await Deno.readTextFile(file),
        map: await Deno.readTextFile(`${file}.map`),
      }),
    }],
    onwarn(warning) {
      if (warning.code !== "UNUSED_EXTERNAL_IMPORT") throw new Error(warning.message);
    },
  });
  await bundle.write({
    dir: output,
    manualChunks: (file, { getModuleInfo }) =>
      helpers.includes(file)
        ? "helpers"
        : groupOf(file, (it) =>
          getModuleInfo(it)?.importedIds.filter((id) => !EXTERNAL.test(id)) ?? []),
    compact: true,
    sourcemap: true,
    generatedCode: "es2015",
    hoistTransitiveImports: false,
    entryFileNames: "[name].js",
    chunkFileNames: "[name]-[hash].js",
  });
  await bundle.close();
}
