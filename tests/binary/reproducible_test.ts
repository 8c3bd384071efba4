import assert from "node:assert/strict";
import { MAPS_FILE } from "../../scripts/build/maps.ts";
import { ROOT, run, sha256 } from "../../scripts/shell.ts";

/** The hashes of the executable and of its source maps. */
async function hashesIn(folder: string): Promise<string> {
  const files = ["dist/mcpass", MAPS_FILE];
  return (await Promise.all(
    files.map(async (file) => await sha256(await Deno.readFile(`${folder}/${file}`))),
  )).join(" ");
}

/** Builds the commit in a clone at `folder` and returns the hashes of what was made. */
async function built(folder: string, env: Record<string, string> = {}): Promise<string> {
  const cloned = await run("git", ["clone", "--quiet", "--no-hardlinks", ROOT, folder]);
  assert.ok(cloned.success, cloned.stderr);
  await Deno.mkdir(`${folder}/dist`);
  // What was downloaded for the build of `dist/mcpass` is not downloaded again.
  for (const name of ["base", "deno_dir"]) {
    await run("cp", ["-r", `${ROOT}dist/${name}`, "dist/"], { cwd: folder });
  }
  const build = await run(Deno.execPath(), ["task", "build"], { cwd: folder, env });
  assert.ok(build.success, build.stderr);
  const version = await run(`${folder}/dist/mcpass`, ["version", "--format", "json"]);
  assert.match(JSON.parse(version.stdout).commit, /^[0-9a-f]{40}$/);
  return await hashesIn(folder);
}

const SLOW = { timeout: 600_000 };

Deno.test("a commit gives the same bytes in any folder and environment", SLOW, async () => {
  const folder = await Deno.makeTempDir({ prefix: "mcpass-twice-" });
  try {
    const shallow = await built(`${folder}/a`);
    const artifact = `${folder}/debug.json`;
    const env = { MCPASS_HOSTED: "1", MCPASS_DEBUG_OUT: artifact };
    assert.equal(await built(`${folder}/one/more/folder with spaces/down`, env), shallow);
    await assert.rejects(Deno.lstat(artifact), Deno.errors.NotFound);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("two builds in one folder at once wait for each other", SLOW, async () => {
  const folder = await Deno.makeTempDir({ prefix: "mcpass-at-once-" });
  try {
    const once = await built(`${folder}/a`);
    const task = () => run(Deno.execPath(), ["task", "build"], { cwd: `${folder}/a` });
    for (const { success, stderr } of await Promise.all([task(), task()])) {
      assert.ok(success, stderr);
    }
    assert.equal(await hashesIn(`${folder}/a`), once);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
