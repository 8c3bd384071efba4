import assert from "node:assert/strict";
import { openHome } from "../real_run.ts";

const SERVER = "https://mcp.example/mcp";

/** Command lines in which a file would be written over another one that the command needs. */
const ROWS = [
  [["export", SERVER, "--out", "a", "--debug-out", "./a"], "--debug-out and --out"],
  [["token", SERVER, "--watch", "a", "--debug-out", "a"], "--debug-out and --watch"],
  [["token", SERVER, "--watch", "a", "--store-key-file", "link/a"], "--store-key-file and --watch"],
  [["status", "--debug-out", "sub/../a", "--store-url-file", "a"], "--debug-out and --store-url"],
  [
    ["login", SERVER, "--begin", "--handle-out", "a", "--debug-out", "./a"],
    "--debug-out and --han",
  ],
  [
    ["import", "x", "--identity-file", "b", "--identity-file", "a", "--debug-out", "a"],
    "--debug-out and --identity",
  ],
  [["import", "a", "--debug-out", "link/a"], "--debug-out and <file>"],
] as const;

Deno.test("a command does not write a file that another option names", async () => {
  await using home = await openHome();
  const { path } = home;
  await Deno.mkdir(`${path}/sub`);
  await Deno.symlink(path, `${path}/link`);
  const file = `${path}/a`;
  await Deno.writeTextFile(file, "key");
  for (const [[command, ...args], names] of ROWS) {
    const absolute = args.map((it) =>
      /^[./]*(?:\w+\/)*(?:\.\.\/)*[ab]$/.test(it) ? `${path}/${it}` : it
    );
    const ran = await home.run(["oauth", command, ...absolute, "--format", "json"]);
    const text = `${command}: ${ran.stdout}${ran.stderr}`;
    assert.deepEqual([ran.status, await Deno.readTextFile(file)], [2, "key"], text);
    assert.ok(ran.stdout.includes(names) && ran.stdout.includes("name the same file"), text);
  }
});

Deno.test("two inputs can be one file", async () => {
  await using home = await openHome();
  const file = `${home.path}/a`;
  const files = ["--store-url-file", file, "--store-key-file", file, "--debug-out", `${file}b`];
  const ran = await home.run(["oauth", "status", ...files, "--store", "file"]);
  assert.equal(ran.status, 0, ran.stdout);
});
