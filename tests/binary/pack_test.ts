import assert from "node:assert/strict";
import type { OutputChunk } from "@rollup/wasm-node";
import { gunzipSync } from "fflate";
import { pack } from "../../scripts/build/pack.ts";
import { filesBelow } from "../../scripts/shell.ts";

const LARGE = "//".padEnd(200_000, "x");

/** Chunks by name: what they import, and the file whose code they have. */
const CHUNKS: readonly [name: string, from: string, code: string, ...imports: string[]][] = [
  ["main.js", "main.js", LARGE],
  ["rare.js", "rare.js", LARGE],
  ["uses_rare.js", "uses.js", "//", "rare.js", "node:fs"],
  ["uses_it_too.js", "too.js", "//", "uses_rare.js"],
  ["circle.js", "circle.js", LARGE, "main.js", "round.js"],
  ["round.js", "round.js", "//", "circle.js"],
  ["small.js", "small.js", "//", "main.js"],
  ["uses_small.js", "uses_small.js", "//", "small.js"],
];

/** Files that another one loads later. */
const LOADED_LATER = ["rare.js", "uses_it_too.js", "main.js", "small.js"];

/** Small files with code of these are not compressed. */
const RECORDED = new Set(["main.js", "rare.js", "uses.js", "too.js", "round.js"]);

Deno.test("files that no recorded command loads are compressed, and named for all that need them", async () => {
  const folder = await Deno.makeTempDir({ prefix: "mcpass-pack-" });
  try {
    for (const [name, , code] of CHUNKS) await Deno.writeTextFile(`${folder}/${name}`, code);
    const chunks = CHUNKS.map(([fileName, from, code, ...imports]) =>
      ({
        ...{ fileName, code, imports, moduleIds: [`/split/${from}`] },
        dynamicImports: fileName === "main.js" ? LOADED_LATER : [],
      }) as unknown as OutputChunk
    );
    assert.deepEqual(await pack(folder, chunks, new Set(["main.js"]), RECORDED), ["./main.js"]);
    assert.deepEqual(JSON.parse(await Deno.readTextFile(`${folder}/archives.json`)), {
      "./rare.js": ["rare.js"],
      "./uses_rare.js": ["rare.js"],
      "./uses_it_too.js": ["rare.js"],
      "./circle.js": ["circle.js"],
      "./round.js": ["circle.js"],
      "./small.js": ["rest"],
      "./uses_small.js": ["rest"],
    });
    assert.deepEqual(
      await filesBelow(folder),
      [
        "archives.json",
        "circle.js.gz",
        "main.js",
        "rare.js.gz",
        "rest.gz",
        "round.js",
        "uses_it_too.js",
        "uses_rare.js",
      ],
    );
    const unpacked = async (archive: string) =>
      JSON.parse(new TextDecoder().decode(gunzipSync(await Deno.readFile(`${folder}/${archive}`))));
    assert.deepEqual(await unpacked("rare.js.gz"), { "./rare.js": LARGE });
    assert.deepEqual(await unpacked("rest.gz"), { "./small.js": "//", "./uses_small.js": "//" });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
