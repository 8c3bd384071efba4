/** From a TypeScript entry to the files of an executable; `docs/build.md` explains it. @module */

import { emptyFolder, filesBelow, ROOT, runOrThrow } from "../shell.ts";
import { mergeFiles } from "./merge.ts";
import { pack } from "./pack.ts";
import { blankUnusedWasm } from "./unused_wasm.ts";
import { requireEachUsing } from "./using.ts";
import { PACKED, recordCommands, STARTS } from "./recorded_runs.ts";

/** The folder of the bundle with the product's files. */
export const PARTS = "parts";

/** Where the build writes the commit; as long as the commit, so that no column of a source map moves. */
const COMMIT = /@mcpass-commit@ {34}/;

/**
 * Bundles a program. The product's files are merged, and `loader.js` becomes the entry.
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
  const parts = `${folder}/${PARTS}`;
  for (const path of [folder, maps, split]) await emptyFolder(path);
  if (entry !== `${ROOT}main.ts`) return await splitInto(folder, entry, denoDir);
  await emptyFolder(parts);
  await splitInto(split, entry, denoDir, "--sourcemap=linked");
  await requireEachUsing(split);
  await blankUnusedWasm(split, denoDir);
  const loaded = await loadedFiles(split, `${stage}/recorded`);
  const merged = await mergeFiles(split, parts, groupsOf(loaded));
  for (const { fileName, code, map } of merged) {
    const text = commit === undefined ? code : code.replace(COMMIT, commit.padEnd(49));
    await Deno.writeTextFile(`${parts}/${fileName}`, text);
    await Deno.writeTextFile(`${maps}/${fileName}.map`, String(map));
  }
  const unpacked = [...loaded].filter(([command]) => !PACKED.has(command));
  const unarchived = await pack(
    parts,
    merged,
    new Set(unpacked.flatMap(([, files]) => files)),
    new Set([...loaded.values()].flat()),
  );
  const loader = await Deno.readTextFile(new URL("loader.js", import.meta.url));
  const withTable = loader.replace('"@unarchived@"', JSON.stringify(unarchived));
  await Deno.writeTextFile(`${folder}/main.js`, withTable);
}

async function splitInto(folder: string, entry: string, denoDir: string, ...flags: string[]) {
  await runOrThrow(`Cannot bundle "${entry}"`, Deno.execPath(), [
    ...["bundle", "--quiet", "--code-splitting", "--minify", ...flags],
    ...["--platform", "deno", "--outdir", folder, entry],
  ], { env: { DENO_DIR: denoDir } });
}

/** The files that each recorded command loads: those that the runtime reports coverage for. */
async function loadedFiles(split: string, folder: string): Promise<Map<string, string[]>> {
  await emptyFolder(folder);
  const program = [Deno.execPath(), "run", "-A", "--quiet", "--no-config", `${split}/main.js`];
  const folderOf = (command: string) => ({ DENO_COVERAGE_DIR: `${folder}/${command}` });
  const loaded = new Map<string, string[]>();
  for (const command of await recordCommands(program, folderOf)) {
    const reports = (await filesBelow(`${folder}/${command}`)).map((name) =>
      JSON.parse(Deno.readTextFileSync(`${folder}/${command}/${name}`))
    );
    loaded.set(command, reports.map(({ url }) => url.replace(/.*\//, "")));
  }
  return loaded;
}

/** The group of each file that a start loads: the files that the same starts load. */
function groupsOf(loaded: ReadonlyMap<string, readonly string[]>): Map<string, string> {
  const files = new Set([...STARTS].flatMap((start) => loaded.get(start) ?? []));
  return new Map(Array.from(files, (file) => {
    const starts = [...STARTS].filter((start) => loaded.get(start)?.includes(file));
    return [file, starts.length === STARTS.size ? "main" : starts.join("_")];
  }));
}
