/** From a TypeScript entry to the files of an executable; `docs/build.md` explains it. @module */

import { ignoreMissing, ROOT, run } from "../shell.ts";
import { mergeFiles } from "./merge.ts";
import { LATER, recordCommands, STARTS } from "./recorded_runs.ts";

/** The folder of the bundle with the product's files. */
export const PARTS = "parts";

/** Where the build writes the commit; as long as the commit, so that no column of a source map moves. */
const COMMIT = /@mcpass-commit@ {34}/;

/**
 * Bundles a program. The product's files are merged, and `loader.js` becomes the entry.
 *
 * Source maps are outside of the bundle: what is embedded is read at each start, and the runtime looks
 * in the shared temporary folder for a map that is named and not embedded.
 *
 * @param entry The TypeScript entry, an absolute path.
 * @param stage A folder: the files go to `bundle` in it, their source maps to `maps`.
 * @throws Error with the tool's message.
 */
export async function bundle(
  entry: string,
  stage: string,
  denoDir: string,
  commit: string | undefined,
): Promise<void> {
  const [folder, maps, split] = [`${stage}/bundle`, `${stage}/maps`, `${stage}/split`];
  for (const old of [folder, maps, split]) {
    await Deno.remove(old, { recursive: true }).catch(ignoreMissing);
  }
  if (entry !== `${ROOT}main.ts`) return await splitInto(folder, entry, denoDir);
  await splitInto(split, entry, denoDir, "--sourcemap=linked");
  await Deno.mkdir(`${folder}/${PARTS}`, { recursive: true });
  await Deno.mkdir(maps);
  const groups = groupsOf(await loadedFiles(split, `${stage}/recorded`));
  for (const { fileName, code, map } of await mergeFiles(split, `${folder}/${PARTS}`, groups)) {
    const text = commit === undefined ? code : code.replace(COMMIT, commit.padEnd(49));
    await Deno.writeTextFile(`${folder}/${PARTS}/${fileName}`, text);
    await Deno.writeTextFile(`${maps}/${fileName}.map`, String(map));
  }
  await Deno.copyFile(new URL("loader.js", import.meta.url), `${folder}/main.js`);
}

async function splitInto(folder: string, entry: string, denoDir: string, ...flags: string[]) {
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
  const program = [Deno.execPath(), "run", "-A", "--quiet", "--no-config", `${copy}/main.js`];
  const commands = await recordCommands(program, (name) => ({ RECORDED: `${copy}/${name}` }));
  return new Map(commands.map((command) => {
    return [command, Deno.readTextFileSync(`${copy}/${command}`).split("\n")];
  }));
}

/** The group of each file that was loaded: two for a login, because each file costs it time. */
function groupsOf(loaded: ReadonlyMap<string, readonly string[]>): Map<string, string> {
  return new Map([...new Set([...loaded.values()].flat())].map((file) => {
    const commands = [...loaded.keys()].filter((name) => loaded.get(name)?.includes(file));
    const starts = commands.filter((name) => !LATER.has(name));
    if (!starts.includes("login")) return [file, (starts.length > 0 ? starts : commands).join("_")];
    return [file, starts.some((name) => STARTS.has(name)) ? "main" : "login"];
  }));
}
