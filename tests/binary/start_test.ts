import assert from "node:assert/strict";
import { originalPositionFor, TraceMap } from "@jridgewell/trace-mapping";
import config from "../../deno.json" with { type: "json" };
import { MAPS_FILE, readMaps } from "../../scripts/build/maps.ts";
import { ROOT } from "../../scripts/shell.ts";
import { bundledTexts, mcpass } from "./binary.ts";

Deno.test("--version prints the version and nothing else", async () => {
  const ended = await mcpass("--version");
  assert.deepEqual(ended, { code: 0, stdout: `mcpass ${config.version}\n`, stderr: "" });
});

Deno.test("it names no source map: the runtime would look for it in the shared temporary folder", async () => {
  const bytes = await Deno.readFile(new URL("../../dist/mcpass", import.meta.url));
  const text = new TextDecoder("latin1").decode(bytes);
  for (const code of [text, ...(await bundledTexts()).values()]) {
    assert.deepEqual(code.match(/sourceMappingURL=\S+?\.js\.map/g), null);
  }
});

Deno.test("three files of the source start programs, and nothing else in the program does", async () => {
  const { maps } = await readMaps(ROOT + MAPS_FILE);
  const texts = await bundledTexts();
  const starting = new Set<string | null>();
  for (const [file, map] of Object.entries(maps)) {
    const trace = new TraceMap(map);
    const lines = texts.get(file)?.split("\n") ?? assert.fail(file);
    for (const [at, line] of lines.entries()) {
      for (const { index } of line.matchAll(/child_process|\bDeno\.(Command|run|dlopen)\b/g)) {
        starting.add(originalPositionFor(trace, { line: at + 1, column: index }).source);
      }
    }
  }
  assert.deepEqual([...starting].sort(), [
    "src/audit/drivers/command_driver.ts",
    "src/consent/browser.ts",
    "src/store/keyring/run_child.ts",
  ]);
});

Deno.test("what a recorded command loads has no long base64 text, which would have to be decoded", async () => {
  const parts = `${ROOT}dist/stage/mcpass/bundle/parts`;
  let cached = 0;
  for await (const { name } of Deno.readDir(parts)) {
    if (!name.endsWith(".cache")) continue;
    cached += 1;
    const text = await Deno.readTextFile(`${parts}/${name.replace(/\.cache$/, "")}`);
    assert.doesNotMatch(text, /[A-Za-z0-9+/]{2000}/, name);
  }
  assert.ok(cached > 0, "no file has bytecode");
});

Deno.test("--help names the login command on standard output", async () => {
  const ended = await mcpass("--help");
  assert.equal(ended.code, 0);
  assert.equal(ended.stderr, "");
  assert.match(ended.stdout, /oauth/);
});

Deno.test("oauth login --help lists the flags", async () => {
  const ended = await mcpass("oauth", "login", "--help");
  assert.equal(ended.code, 0);
  assert.match(ended.stdout, /--protocol-version/);
  assert.match(ended.stdout, /--verify-call-tool/);
});

Deno.test("an unknown flag is exit status 2 and one JSON document", async () => {
  const ended = await mcpass("oauth", "login", "--format", "json", "--no-such-flag");
  assert.equal(ended.code, 2);
  assert.match(JSON.parse(ended.stdout).error.message, /--no-such-flag/);
});

Deno.test("missing values are named all at once without a terminal", async () => {
  const ended = await mcpass("oauth", "login", "--registration", "cimd", "--format", "json");
  assert.equal(ended.code, 2);
  const { error } = JSON.parse(ended.stdout);
  assert.match(error.message, /<server>/);
  assert.match(error.message, /--client-metadata-url/);
});

Deno.test("version names the commit it was built from, its runtime, target and revisions", async () => {
  const { code, stdout } = await mcpass("version", "--format", "json");
  assert.equal(code, 0);
  const document = JSON.parse(stdout);
  assert.deepEqual(Object.keys(document), [
    ...["ok", "version", "commit", "runtime", "target", "supportedRevisions"],
  ]);
  assert.match(document.commit, /^[0-9a-f]{40}(-modified)?$/);
  assert.match(document.runtime, /^deno \d+\.\d+\.\d+$/);
  assert.equal(document.target, Deno.build.target);
  assert.equal(document.supportedRevisions.length, 4);
});
