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

const SLOW = { timeout: 600_000 };

Deno.test(
  "a commit gives the same bytes in any folder and environment, and if two builds work in it at once",
  SLOW,
  async () => {
    const folder = await Deno.makeTempDir({ prefix: "mcpass-twice-" });
    try {
      const [shallow, deep] = [`${folder}/a`, `${folder}/one/more/folder with spaces/down`];
      await Promise.all([clone(shallow), clone(deep)]);
      await build(shallow);
      const version = await run(`${shallow}/dist/mcpass`, ["version", "--format", "json"]);
      assert.match(JSON.parse(version.stdout).commit, /^[0-9a-f]{40}$/);
      const artifact = `${folder}/debug.json`;
      const env = { MCPASS_HOSTED: "1", MCPASS_DEBUG_OUT: artifact };
      await Promise.all([build(deep, env), build(deep, env)]);
      assert.equal(await hashesIn(deep), await hashesIn(shallow));
      await assert.rejects(Deno.lstat(artifact), Deno.errors.NotFound);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
);
