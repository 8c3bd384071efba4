import assert from "node:assert/strict";
import { decodedMappings, sourceContentFor, TraceMap } from "@jridgewell/trace-mapping";
import { MAPS_FILE, readMaps } from "../../scripts/build/maps.ts";
import { buildProgram } from "../../scripts/build/program.ts";
import { ROOT, run } from "../../scripts/shell.ts";
import { startFakeLab } from "../lab/fake_lab.ts";
import { bundledTexts } from "./binary.ts";

const SLOW = { timeout: 600_000 };

Deno.test("the stack of the compiled program leads to the lines of the source", SLOW, async () => {
  const folder = await Deno.makeTempDir({ prefix: "mcpass-stack-" });
  try {
    const probe = `${folder}/probe`;
    const entry = `${ROOT}tests/binary/stack_probe.ts`;
    await buildProgram({ entry, output: probe, name: "stack_probe" });
    await using lab = await startFakeLab();
    const artifact = `${folder}/debug.json`;
    const login = ["oauth", "login", "--auth-mode", "headless", "--url", lab.mcpUrl];
    const ran = await run(probe, [...login, "--no-store", "--debug-out", artifact], {
      clearEnv: true,
      env: { HOME: folder, STACK_PROBE_BUNDLE: `${ROOT}dist/stage/mcpass/bundle` },
    });
    assert.equal(ran.code, 1, ran.stderr);
    const { error } = JSON.parse(await Deno.readTextFile(artifact)).outcome;
    assert.equal(error.code, "internal_error");
    assert.match(error.stack, /\.\/[\w.-]+\.js:\d+:\d+/);
    assert.doesNotMatch(error.stack, /src\//);

    const read = await run(Deno.execPath(), ["task", "--quiet", "stack", artifact]);
    assert.equal(read.code, 0, read.stderr);
    const frames = [...read.stdout.matchAll(/(src\/[\w/]+\.ts):(\d+):\d+\)?\n +(.+)/g)];
    assert.ok(frames.length >= 5, read.stdout);
    assert.match(frames[0]?.[3] ?? "", /crypto\.subtle\.digest/);
    for (const [, path = "", line, shown] of frames) {
      const lines = (await Deno.readTextFile(ROOT + path)).split("\n");
      assert.equal(lines[Number(line) - 1]?.trim(), shown, read.stdout);
    }
    const files = frames.map(([, path]) => path);
    for (
      const path of [
        "src/oauth/authorization/authorization.ts",
        "src/flow/token/code_grant.ts",
        "src/flow/token/grant.ts",
      ]
    ) {
      assert.ok(files.includes(path), read.stdout);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("every file of the program has a map, and no path of the build is in it", async () => {
  const { maps } = await readMaps(ROOT + MAPS_FILE);
  assert.deepEqual(Object.keys(maps).sort(), [...(await bundledTexts()).keys()].sort());
  const sources = Object.values(maps).flatMap((map) => (map as { sources: string[] }).sources);
  assert.deepEqual(
    sources.filter((it) => !/^(src\/|npm:|main\.ts$|deno\.json$|node:module$)/.test(it)),
    [],
  );
});

/** Each string of a file that its map leads to, and the text of the source at that place. */
function* stringsOf(code: string, map: TraceMap): Generator<readonly [string, string]> {
  const sources = map.sources.map((source) => sourceContentFor(map, source ?? "")?.split("\n"));
  const lines = code.split("\n");
  for (const [at, segments] of decodedMappings(map).entries()) {
    for (const [column, source, line, from] of segments) {
      const [literal = "", text] =
        /^["'`]([\w .:-]{12,40})["'`]/.exec(lines[at]?.slice(column, column + 50) ?? "") ?? [];
      if (text === undefined || source === undefined) continue;
      // Other packages bring maps of their own, to sources that they do not bring.
      if (!/^(src\/|npm:undici\/)/.test(map.sources[source] ?? "")) continue;
      const original = sources[source]?.[line ?? 0]?.slice((from ?? 0) + 1) ?? "";
      // In a string that the bundler joined to another one, the quotes are text.
      const expected = original.startsWith(literal) ? literal : text;
      yield [expected, original.slice(0, expected.length)];
    }
  }
}

Deno.test("the map of each file leads from a string to the same string", async () => {
  const { maps } = await readMaps(ROOT + MAPS_FILE);
  let strings = 0;
  for (const [name, code] of await bundledTexts()) {
    const found = [...stringsOf(code, new TraceMap(maps[name] ?? ""))];
    const wrong = found.filter(([text, source]) => text !== source);
    strings += found.length;
    // The bundler joins a few strings.
    assert.ok(
      wrong.length < Math.max(3, found.length / 20),
      `${name}: ${wrong.length} of ${found.length}: ${wrong.slice(0, 5).join("; ")}`,
    );
  }
  assert.ok(strings > 1000, `${strings}`);
});
