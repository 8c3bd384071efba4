import assert from "node:assert/strict";
import config from "../../deno.json" with { type: "json" };
import { mcpass } from "./binary.ts";

Deno.test("--version prints the version and nothing else", async () => {
  const ended = await mcpass("--version");
  assert.deepEqual(ended, { code: 0, stdout: `mcpass ${config.version}\n`, stderr: "" });
});

Deno.test("it names no source map: the runtime would look for it in the shared temporary folder", async () => {
  const bytes = await Deno.readFile(new URL("../../dist/mcpass", import.meta.url));
  const text = new TextDecoder("latin1").decode(bytes);
  assert.deepEqual(text.match(/sourceMappingURL=\S+?\.js\.map/g), null);
});

Deno.test("nothing that it brings along starts programs, but the two places that the table is for", async () => {
  const bundle = new URL("../../dist/stage/mcpass/bundle/parts/", import.meta.url);
  const starting: string[] = [];
  const mapped: string[] = [];
  let packed = 0;
  for await (const { name } of Deno.readDir(bundle)) {
    let stream = (await Deno.open(new URL(name, bundle))).readable;
    if (name.endsWith(".deflate")) {
      packed += 1;
      stream = stream.pipeThrough(new DecompressionStream("deflate-raw"));
    }
    const code = await new Response(stream).text();
    if (/child_process|\bDeno\.(Command|run|dlopen)\b/.test(code)) starting.push(name);
    if (/sourceMappingURL=\S+?\.js\.map/.test(code)) mapped.push(name);
  }
  const places = starting.map((name) => name.replace(/-.*/, "")).sort();
  assert.deepEqual([places, mapped], [["browser", "open_store"], []]);
  assert.ok(packed > 0, "no packed file was looked into");
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
  assert.match(error.message, /--url/);
  assert.match(error.message, /--client-metadata-url/);
});

Deno.test("version names the commit it was built from, its runtime, target and revisions", async () => {
  const { code, stdout } = await mcpass("version", "--format", "json");
  assert.equal(code, 0);
  const document = JSON.parse(stdout);
  assert.deepEqual(Object.keys(document), [
    ...["version", "commit", "runtime", "target", "supportedRevisions"],
  ]);
  assert.match(document.commit, /^[0-9a-f]{40}(-modified)?$/);
  assert.match(document.runtime, /^deno \d+\.\d+\.\d+$/);
  assert.equal(document.target, Deno.build.target);
  assert.equal(document.supportedRevisions.length, 4);
});
