/**
 * From a TypeScript entry to the files that are embedded in an executable; `docs/build.md` explains it.
 *
 * @module
 */

import { ignoreMissing, ROOT, run } from "../shell.ts";
import { mergeFiles } from "./merge.ts";
import { recordCommands, SECONDARY } from "./recorded_runs.ts";

/** The folder of the bundle with the product's files. */
export const PARTS = "parts";

/** Where the build writes the commit; as long as the commit, so that no column of a source map moves. */
const COMMIT = /@mcpass-commit@ {34}/;

/** What to bundle. */
export interface Bundling {
  /** The TypeScript entry, an absolute path. */
  readonly entry: string;
  /** A folder: the files go to `bundle` in it, their source maps to `maps`. */
  readonly stage: string;
  /** The cache of packages. */
  readonly denoDir: string;
  /** The commit to name in the program. */
  readonly commit: string | undefined;
}

/**
 * Bundles a program with code splitting. The product's files are merged as {@link mergeFiles} does it,
 * and `loader.js` becomes the entry.
 *
 * Source maps are written outside of the bundle: what is embedded is read at each start, and the runtime
 * looks in the shared temporary folder for a map that is named and not embedded.
 *
 * @throws Error with the tool's message.
 */
export async function bundle({ entry, stage, denoDir, commit }: Bundling): Promise<void> {
  const [folder, maps, split] = [`${stage}/bundle`, `${stage}/maps`, `${stage}/split`];
  for (const old of [folder, maps, split]) {
    await Deno.remove(old, { recursive: true }).catch(ignoreMissing);
  }
  if (entry !== `${ROOT}main.ts`) return await splitInto(folder, entry, denoDir);
  await splitInto(split, entry, denoDir, "--sourcemap=linked");
  await Deno.mkdir(`${folder}/${PARTS}`, { recursive: true });
  await Deno.mkdir(maps);
  const groups = groupsOf(await loadedFiles(split, `${stage}/recorded`));
  for (const { name, code, map } of await mergeFiles(split, `${folder}/${PARTS}`, groups)) {
    const text = commit === undefined ? code : code.replace(COMMIT, commit.padEnd(49));
    await Deno.writeTextFile(`${folder}/${PARTS}/${name}`, text);
    await Deno.writeTextFile(`${maps}/${name}.map`, map);
  }
  await Deno.copyFile(new URL("loader.js", import.meta.url), `${folder}/main.js`);
}

async function splitInto(
  folder: string,
  entry: string,
  denoDir: string,
  ...flags: string[]
): Promise<void> {
  const bundled = await run(Deno.execPath(), [
    ...["bundle", "--quiet", "--code-splitting", "--minify", ...flags],
    ...["--platform", "deno", "--outdir", folder, entry],
  ], { env: { DENO_DIR: denoDir } });
  if (!bundled.success) throw new Error(`Cannot bundle "${entry}":\n${bundled.stderr}`);
}

/** Put before each file of a copy of the bundle: writes the names of the files that were loaded. */
const recording = (name: string): string => `
(globalThis.recorded ??= new Set(
  globalThis.addEventListener("unload", () =>
    Deno.writeTextFileSync(Deno.env.get("RECORDED"), [...globalThis.recorded].join("\\n"))),
)).add("${name}");`;

/** The files that each recorded command loads. */
async function loadedFiles(split: string, copy: string): Promise<Map<string, string[]>> {
  await Deno.remove(copy, { recursive: true }).catch(ignoreMissing);
  await Deno.mkdir(copy);
  for await (const { name } of Deno.readDir(split)) {
    if (!name.endsWith(".js")) continue;
    const code = await Deno.readTextFile(`${split}/${name}`);
    await Deno.writeTextFile(`${copy}/${name}`, recording(name) + code);
  }
  const commands = await recordCommands({
    program: Deno.execPath(),
    args: ["run", "-A", "--quiet", "--no-config", `${copy}/main.js`],
    env: (command) => ({ RECORDED: `${copy}/${command}` }),
  });
  return new Map(
    await Promise.all(commands.map(async (command) => {
      const text = await Deno.readTextFile(`${copy}/${command}`);
      return [command, text.split("\n")] as const;
    })),
  );
}

/** The group of each file that was loaded: files of a group are loaded by the same commands. */
function groupsOf(loaded: ReadonlyMap<string, readonly string[]>): Map<string, string> {
  const groups = new Map<string, string>();
  for (const isSecondary of [false, true]) {
    const commands = [...loaded.keys()].filter((name) => SECONDARY.has(name) === isSecondary);
    for (const file of new Set(commands.flatMap((name) => loaded.get(name) ?? []))) {
      if (groups.has(file)) continue;
      groups.set(file, commands.filter((name) => loaded.get(name)?.includes(file)).join("_"));
    }
  }
  return groups;
}
