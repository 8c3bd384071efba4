import assert from "node:assert/strict";
import { MAPS_FILE, readMaps } from "../../scripts/build/maps.ts";
import { buildProgram } from "../../scripts/build/program.ts";
import { ROOT, run, sha256 } from "../../scripts/shell.ts";
import { until } from "../cli/real_process.ts";

/** The hashes of the executable and of its source maps. */
async function hashesIn(folder: string): Promise<string> {
  const files = ["dist/mcpass", MAPS_FILE];
  return (await Promise.all(
    files.map(async (file) => await sha256(await Deno.readFile(`${folder}/${file}`))),
  )).join(" ");
}

/** Clones the commit. */
async function clone(folder: string): Promise<void> {
  const cloned = await run("git", ["clone", "--quiet", "--no-hardlinks", ROOT, folder]);
  assert.ok(cloned.success, cloned.stderr);
  await Deno.mkdir(`${folder}/dist`);
  // What was downloaded for the build of `dist/mcpass` is not downloaded again.
  for (const name of ["base", "deno_dir"]) {
    await run("cp", ["-r", `${ROOT}dist/${name}`, "dist/"], { cwd: folder });
  }
}

async function build(folder: string, env: Record<string, string> = {}): Promise<void> {
  const built = await run(Deno.execPath(), ["task", "build"], { cwd: folder, env });
  assert.ok(built.success, built.stderr);
}

/** The commits that the executable and the source maps in a folder name. */
async function commitsIn(folder: string): Promise<(string | null)[]> {
  const version = await run(`${folder}/dist/mcpass`, ["version", "--format", "json"]);
  const { commit } = await readMaps(`${folder}/${MAPS_FILE}`);
  return [JSON.parse(version.stdout).commit, commit];
}

const SLOW = { timeout: 600_000 };

Deno.test("a commit gives the same bytes in any folder and environment", SLOW, async () => {
  const folder = await Deno.makeTempDir({ prefix: "mcpass-twice-" });
  try {
    const head = (await run("git", ["rev-parse", "HEAD"])).stdout.trim();
    let first = ROOT;
    // A changed tree is not the commit, so the commit is built twice.
    if ((await commitsIn(ROOT)).some((commit) => commit !== head)) {
      first = `${folder}/a`;
      await clone(first);
      await build(first);
    }
    const deep = `${folder}/one/more/folder with spaces/down`;
    await clone(deep);
    const artifact = `${folder}/debug.json`;
    await build(deep, { MCPASS_HOSTED: "1", MCPASS_DEBUG_OUT: artifact });
    assert.deepEqual(await commitsIn(deep), [head, head]);
    assert.equal(await hashesIn(deep), await hashesIn(first));
    await assert.rejects(Deno.lstat(artifact), Deno.errors.NotFound);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

/** True if a process waits for the lock of a file. */
async function isAwaited(path: string): Promise<boolean> {
  const { ino } = await Deno.stat(path);
  const lines = (await Deno.readTextFile("/proc/locks")).split("\n");
  return lines.some((line) => line.includes("-> FLOCK") && line.includes(`:${ino} `));
}

Deno.test("a build changes nothing before another one in its folder has ended", SLOW, async () => {
  const folder = await Deno.makeTempDir({ prefix: "mcpass-alone-" });
  const stage = `${ROOT}dist/stage`;
  try {
    await Deno.remove(`${stage}/alone`, { recursive: true }).catch(() => {});
    using lock = await Deno.open(`${stage}/lock`, { create: true, write: true });
    await lock.lock(true);
    const [entry, output] = [`${folder}/entry.ts`, `${folder}/program`];
    await Deno.writeTextFile(entry, 'console.log("built");');
    const built = buildProgram({ entry, output, name: "alone" });
    await Promise.race([built, until(() => isAwaited(`${stage}/lock`))]);
    for (const path of [`${stage}/alone`, output]) {
      await assert.rejects(Deno.lstat(path), Deno.errors.NotFound);
    }
    await lock.unlock();
    await built;
    assert.equal((await run(output, [])).stdout, "built\n");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
