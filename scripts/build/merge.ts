/**
 * Putting together the files of a bundle that are always loaded together.
 *
 * Code splitting makes a file of each set of modules that the same entries share: 63 for a login, of
 * which each costs a load. The bundler has no say in it, so Rollup makes one file of each group.
 *
 * The files become functions, which {@link ./loader.js} calls: unlike a module, a function's bytecode
 * can be brought along.
 *
 * @module
 */

import { type ManualChunkMeta, rollup } from "@rollup/wasm-node";

/** Files that become one: what these modules load, without what earlier groups have. */
export interface Group {
  /** Name of the file, without its ending. */
  readonly name: string;
  /** Modules, as the bundler names their files: without folder, hash and ending. */
  readonly modules: readonly string[];
}

/**
 * Files that become one packed file: what only these modules load. They must be loaded by `import()`
 * alone, and whoever asks for one of them loads them all.
 */
export interface Pack {
  /** Name of the file, without its ending. */
  readonly name: string;
  /** Modules, as the bundler names their files: without folder, hash and ending. */
  readonly modules: readonly string[];
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
 * of each pack, and with source maps. The first group has the entry. Each file is an expression: a
 * function of `require`, which gives what another file or a module of the runtime exports, and of the
 * object that takes what the file exports. `require.load` and `require.unpack` stand for `import()`
 * of a file and of a packed one.
 *
 * Returns the packs' files, which are still to be packed.
 *
 * Throws when a module has no file of its own, when one of a pack is loaded with another file, when a
 * file waits at its top level, and what Rollup throws and warns of.
 */
export async function mergeGroups(
  folder: string,
  output: string,
  groups: readonly Group[],
  packs: readonly Pack[] = [],
): Promise<string[]> {
  const files = await Array.fromAsync(Deno.readDir(folder), ({ name }) => name);
  const fileOf = (module: string): string => {
    const isOwn = (name: string) => name.replace(/(-[A-Z0-9]{8})?\.js$/, "") === module;
    const file = files.find((name) => name.endsWith(".js") && isOwn(name));
    if (file === undefined) throw new Error(`The bundle has no file of its own for "${module}"`);
    return `${folder}/${file}`;
  };
  const groupOf = (file: string, imports: Imports): string | undefined =>
    groups.find(({ modules }) => loadedWith(modules.map(fileOf), imports).has(file))?.name;
  const packEntries = packs.map(({ name, modules }) => ({ name, entries: modules.map(fileOf) }));
  const isPacked = (file: string | null) =>
    file !== null && packEntries.some(({ entries }) => entries.includes(file));
  const helpers = await helpersIn(folder, files);
  const bundle = await rollup({
    input: `${folder}/main.js`,
    external: EXTERNAL,
    treeshake: { preset: "safest", moduleSideEffects: (file) => !helpers.includes(file) },
    plugins: [{
      name: "files, their maps, and what a module has and a function has not",
      load: async (file) => ({
        code: await Deno.readTextFile(file),
        map: await Deno.readTextFile(`${file}.map`),
      }),
      renderDynamicImport: ({ targetModuleId }) => ({
        left: isPacked(targetModuleId) ? "require.unpack(" : "require.load(",
        right: ")",
      }),
      resolveImportMeta(property, { moduleId }) {
        if (property === "main") return String(moduleId === `${folder}/main.js`);
        // The bundler's helpers ask for it and load nothing but the runtime's own modules from there.
        if (property === "url" && helpers.includes(moduleId)) return '"file:///c:/mcpass.js"';
        throw new Error(`A function has no import.meta.${property} (in "${moduleId}")`);
      },
    }],
    onwarn(warning) {
      if (warning.code !== "UNUSED_EXTERNAL_IMPORT") throw new Error(warning.message);
    },
  });
  /** The pack whose modules alone load the file. */
  const packOf = (
    file: string,
    { getModuleIds, getModuleInfo }: ManualChunkMeta,
    imports: Imports,
  ) => {
    const starts = Array.from(getModuleIds()).filter((id) => {
      const info = getModuleInfo(id);
      return info?.isEntry === true || (info?.dynamicImporters.length ?? 0) > 0;
    });
    const loaders = starts.filter((id) => loadedWith([id], imports).has(file));
    return packEntries.find(({ entries }) => loaders.every((id) => entries.includes(id)))?.name;
  };
  const { output: written } = await bundle.write({
    dir: output,
    manualChunks: (file, graph) => {
      const imports: Imports = (it) =>
        graph.getModuleInfo(it)?.importedIds.filter((id) => !EXTERNAL.test(id)) ?? [];
      return helpers.includes(file)
        ? "helpers"
        : groupOf(file, imports) ?? packOf(file, graph, imports);
    },
    onlyExplicitManualChunks: true,
    compact: true,
    sourcemap: true,
    format: "cjs",
    exports: "named",
    esModule: false,
    freeze: false,
    interop: (id) => id !== null && EXTERNAL.test(id) ? "default" : "esModule",
    banner: "(function(require,exports){",
    footer: "})",
    generatedCode: "es2015",
    hoistTransitiveImports: false,
    entryFileNames: "[name].js",
    chunkFileNames: "[name]-[hash].js",
  });
  await bundle.close();
  const chunks = written.filter((it) => it.type === "chunk");
  return packEntries.map(({ name, entries }) => {
    const chunk = chunks.find((it) => it.name === name);
    const elsewhere = entries.find((entry) => !chunk?.moduleIds.includes(entry));
    if (chunk === undefined || elsewhere !== undefined) {
      throw new Error(`"${elsewhere}" of the pack "${name}" is loaded by others too`);
    }
    return chunk.fileName;
  });
}
