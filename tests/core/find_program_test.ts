import assert from "node:assert/strict";
import { ROOT } from "../../scripts/shell.ts";
import { absoluteFolders, childEnvironment } from "../../src/core/programs.ts";
import { envOf } from "../store/entries.ts";

/** Writes to the file `started` next to itself that it ran, and how it was named. */
const PLANTED = '#!/bin/sh\necho "$0" >>"${0%/*}/started"\n';

/** Starts `main.ts`'s two ways of starting a program in a folder with planted programs. */
async function startIn(folder: string, path: string, name: string): Promise<string[]> {
  const script = `
    import { runChild } from "${ROOT}src/store/keyring/run_child.ts";
    import { spawnDetached } from "${ROOT}src/consent/browser.ts";
    const env = Deno.env.toObject();
    const program = ${JSON.stringify(name)};
    const seen = [];
    for (const start of [
      () => runChild({ program, args: [], env, input: "", timeoutMs: 60000 }),
      () => spawnDetached({ program, args: [], env }),
    ]) {
      const alive = setInterval(() => {}, 1000);
      try {
        await start();
        seen.push("started");
      } catch (error) {
        seen.push(error.name);
      }
      clearInterval(alive);
    }
    console.log(seen.join(" "));`;
  const file = `${folder}/start.ts`;
  await Deno.writeTextFile(file, script);
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--quiet", "--no-lock", `--config=${ROOT}deno.json`, file],
    cwd: folder,
    env: { PATH: path },
  }).output();
  const said = new TextDecoder().decode(stdout).trim();
  assert.notEqual(said, "", new TextDecoder().decode(stderr));
  return said.split(" ");
}

async function plant(folder: string, name: string): Promise<void> {
  await Deno.mkdir(folder, { recursive: true });
  await Deno.writeTextFile(`${folder}/${name}`, PLANTED, { mode: 0o755 });
}

async function runsIn(folder: string): Promise<number> {
  const text = await Deno.readTextFile(`${folder}/started`).catch(() => "");
  return text.split("\n").filter((line) => line !== "").length;
}

for (const path of [":.:bin:REAL", ".:REAL", "bin:REAL", "REAL:", "./bin:../here:REAL"]) {
  Deno.test({
    name: `a program is started from an absolute folder of PATH alone: ${path}`,
    ignore: Deno.build.os === "windows",
    fn: async () => {
      const outer = await Deno.makeTempDir();
      const here = `${outer}/here`;
      const real = `${outer}/real`;
      for (const folder of [here, `${here}/bin`]) await plant(folder, "helper");
      const value = path.replace("REAL", real);
      await Deno.mkdir(real);
      assert.deepEqual(await startIn(here, value, "helper"), ["NotFound", "NotFound"]);
      await plant(real, "helper");
      assert.deepEqual(await startIn(here, value, "helper"), ["started", "started"]);
      assert.deepEqual(
        await Promise.all([here, `${here}/bin`, real].map(runsIn)),
        [0, 0, 2],
      );
      await Deno.remove(outer, { recursive: true });
    },
  });
}

Deno.test({
  name: "a file that cannot be run and a folder are skipped on the way through PATH",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    const outer = await Deno.makeTempDir();
    await Deno.mkdir(`${outer}/one`);
    await Deno.writeTextFile(`${outer}/one/helper`, PLANTED, { mode: 0o644 });
    await Deno.mkdir(`${outer}/two/helper`, { recursive: true });
    await plant(`${outer}/three`, "helper");
    const path = ["one", "two", "three"].map((name) => `${outer}/${name}`).join(":");
    assert.deepEqual(await startIn(outer, path, "helper"), ["started", "started"]);
    assert.equal(await runsIn(`${outer}/three`), 2);
    await Deno.remove(outer, { recursive: true });
  },
});

Deno.test("what a started program looks up in PATH is found in absolute folders alone", () => {
  const path = (value: string, os: string, name = "PATH") =>
    childEnvironment(envOf({ [name]: value, HOME: "/h" }), os);
  assert.deepEqual(path(":.:bin:/usr/bin::/bin:", "linux"), { PATH: "/usr/bin:/bin", HOME: "/h" });
  assert.deepEqual(path('.;C:\\Windows;\\x;C:;"D:\\a b";bin;', "windows", "Path"), {
    Path: "C:\\Windows;D:\\a b",
    HOME: "/h",
  });
});

Deno.test("which folders of PATH are absolute", () => {
  assert.deepEqual(absoluteFolders("", "linux"), []);
  assert.deepEqual(absoluteFolders("~/bin:C:\\x:/a", "linux"), ["/a"]);
  assert.deepEqual(absoluteFolders("\\\\server\\share;c:/x;/a", "windows"), [
    "\\\\server\\share",
    "c:/x",
  ]);
});
