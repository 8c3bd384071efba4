/**
 * From a TypeScript entry to the files that are embedded in an executable.
 *
 * @module
 */

import { ignoreMissing, ROOT, run } from "../shell.ts";
import { applyEdits, applyEditsToMap, type Edit, replacements } from "./edits.ts";
import type { Group, Pack } from "./merge.ts";

/** The folder of the bundle with the product's files. */
export const PARTS = "parts";

/** What a login loads before its first request, and after it. */
const GROUPS: readonly Group[] = [
  { name: "main", modules: ["main", "login_command", "parse_command", "login_parts", "headless"] },
  {
    name: "login",
    modules: ["login_steps", "headless_chain", "end_login"],
  },
];

/** What a login seldom or never loads and that is large. */
const PACKS: readonly Pack[] = [
  { name: "schemas", modules: ["connection", "artifact_schema"] },
  { name: "dialling", modules: ["client"] },
  { name: "pages", modules: ["explain_command", "mod", "html"] },
  {
    name: "inspection",
    modules: [
      ...["metadata_command", "metadata_parts", "server_probe_command"],
      ...["server_doctor_command", "doctor"],
    ],
  },
  { name: "documents", modules: ["client_metadata_check_command"] },
  { name: "reports", modules: ["report_command", "markdown", "har", "curl", "expectations"] },
  { name: "codes", modules: ["device_prompt", "dist"] },
  { name: "prompts", modules: ["prompter"] },
  { name: "keys", modules: ["webapi"] },
];

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
 * Bundles a program with code splitting. The product's files become functions in `parts`, as
 * {@link ./merge.ts} has them, with {@link ./loader.js} as the entry.
 *
 * Throws with the tool's message.
 */
export async function bundle({ entry, stage, denoDir, commit }: Bundling): Promise<void> {
  const [folder, maps, split] = [`${stage}/bundle`, `${stage}/maps`, `${stage}/split`];
  for (const old of [folder, maps, split]) {
    await Deno.remove(old, { recursive: true }).catch(ignoreMissing);
  }
  await Deno.mkdir(maps, { recursive: true });
  if (entry !== `${ROOT}main.ts`) {
    await splitInto(folder, entry, denoDir);
    return await separate(folder, maps, commit);
  }
  await splitInto(split, entry, denoDir);
  const [{ mergeGroups }, { packFiles }] = await Promise.all([
    import("./merge.ts"),
    import("./pack.ts"),
  ]);
  const parts = `${folder}/${PARTS}`;
  const packable = await mergeGroups(split, parts, GROUPS, PACKS);
  await separate(parts, maps, commit);
  await packFiles(parts, packable);
  await Deno.copyFile(new URL("loader.js", import.meta.url), `${folder}/main.js`);
}

async function splitInto(folder: string, entry: string, denoDir: string): Promise<void> {
  const bundled = await run(Deno.execPath(), [
    ...["bundle", "--quiet", "--code-splitting", "--minify", "--sourcemap=linked"],
    ...["--platform", "deno", "--outdir", folder, entry],
  ], { env: { DENO_DIR: denoDir } });
  if (!bundled.success) throw new Error(`Cannot bundle "${entry}":\n${bundled.stderr}`);
}

/** Moves the source maps of a folder out of it, and finishes the other files. */
async function separate(
  folder: string,
  maps: string,
  commit: string | undefined,
): Promise<void> {
  const names = await Array.fromAsync(Deno.readDir(folder), ({ name }) => name);
  for (const name of names.filter((it) => !it.endsWith(".map"))) {
    const [file, map] = [`${folder}/${name}`, `${folder}/${name}.map`];
    const code = await Deno.readTextFile(file);
    const edits = finishingEdits(code, commit);
    await Deno.writeTextFile(file, applyEdits(code, edits));
    if (!names.includes(`${name}.map`)) continue;
    await Deno.writeTextFile(
      `${maps}/${name}.map`,
      applyEditsToMap(await Deno.readTextFile(map), code, edits),
    );
    await Deno.remove(map);
  }
}

/**
 * Takes the name of its source map out of a bundled file. The maps stay in `maps`, outside of the
 * executable: everything that is embedded is read at each start (measured: 1.4 MB of maps are a tenth
 * of the time of `--version`), and one that is named and not embedded the runtime looks for in the
 * shared temporary folder. The commit is written over its placeholder.
 */
function finishingEdits(code: string, commit: string | undefined): Edit[] {
  return [
    ...replacements(code, /\/\/# sourceMappingURL=\S+(?=\s*$)/g, ""),
    ...commit === undefined ? [] : replacements(code, /@mcpass-commit@/g, commit),
    ...unusedParsers(code),
  ];
}

/**
 * undici brings its parser four times, 260 KB in base64, and uses the last one wherever there is
 * WebAssembly SIMD, which is everywhere this is built for. The others would be read at each start; the
 * variables that ask for them ask for nothing.
 */
function unusedParsers(code: string): Edit[] {
  return [
    ...replacements(code, /"AGFzb[A-Za-z0-9+/=]{20000,}"/g, '""').slice(0, -1),
    ...replacements(code, /process\.env\.UNDICI_(?:NO_WASM_SIMD|USE_MILO)\b/g, '"0"'),
  ];
}
