import assert from "node:assert/strict";
import { SourceMap } from "node:module";
import { mergeGroups } from "../../scripts/build/merge.ts";
import { packFiles } from "../../scripts/build/pack.ts";
import { run } from "../../scripts/shell.ts";

const LOADER = new URL("../../scripts/build/loader.js", import.meta.url);

/** Three commands around one count: each of the four files shares something else with the others. */
const SOURCES = {
  "main.ts": `import { tick } from "./count.ts";
    if (import.meta.main) {
      (async () => {
        const { usual } = await import("./usual.ts");
        const { second } = await import("./second.ts");
        const { rare, deep } = await import("./rare.ts");
        console.log(tick("main"), usual(), second(), rare(), await deep());
      })();
    }`,
  "count.ts": `let count = 0; export const tick = (who: string) => who + (count += 1);`,
  "twice.ts":
    `import { tick } from "./count.ts"; export const twice = (who: string) => tick(tick(who));`,
  "usual.ts": `import { twice } from "./twice.ts"; export const usual = () => twice("usual");`,
  "second.ts": `import { tick } from "./count.ts"; import { only } from "./only.ts";
    export const second = () => tick("second" + only);`,
  "old.cjs": `module.exports = require("node:path").sep;`,
  "only.ts": `export const only = "!";`,
  "rare.ts": `import { twice } from "./twice.ts"; import { only } from "./only.ts";
    import sep from "./old.cjs";
    const mark = only + sep;
    export const rare = () => twice("rare" + mark);
    export const deep = async () => (await import("./second.ts")).second();`,
};

/** Bundles the sources; `work` gets the folder and the one to merge into. */
async function inBundle(work: (out: string, merged: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "mcpass-merge-" });
  try {
    for (const [name, text] of Object.entries(SOURCES)) {
      await Deno.writeTextFile(`${folder}/${name}`, text);
    }
    const flags = ["--quiet", "--code-splitting", "--minify", "--sourcemap=linked"];
    const bundled = await run(Deno.execPath(), [
      ...["bundle", ...flags, "--platform", "deno", "--outdir", `${folder}/out`],
      `${folder}/main.ts`,
    ]);
    assert.ok(bundled.success, bundled.stderr);
    await Deno.mkdir(`${folder}/program`);
    await Deno.copyFile(LOADER, `${folder}/program/main.js`);
    await work(`${folder}/out`, `${folder}/program/parts`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function namesIn(folder: string): Promise<string[]> {
  return (await Array.fromAsync(Deno.readDir(folder), ({ name }) => name)).sort();
}

/** What the program prints whose files are in this folder. */
async function printed(merged: string): Promise<string> {
  const ran = await run(Deno.execPath(), ["run", "-A", "--quiet", `${merged}/../main.js`]);
  return ran.stdout + ran.stderr;
}

const PRINTED = "main1 usual23 second!4 rare!/56 second!7\n";

const USUAL = [
  { name: "main", modules: ["main"] },
  { name: "work", modules: ["usual", "second"] },
];

Deno.test("what is loaded together becomes one file, and every module is still one", () =>
  inBundle(async (out, merged) => {
    await mergeGroups(out, merged, USUAL);
    const programs = (await namesIn(merged)).filter((name) => name.endsWith(".js"));
    assert.deepEqual(programs.map((name) => name.replace(/-.+(?=\.js$)/, "")), [
      "helpers.js",
      "main.js",
      "rare.js",
      "work.js",
    ]);
    const entry = await Deno.readTextFile(`${merged}/main.js`);
    assert.doesNotMatch(entry, /node:module/, "the bundler's helpers are loaded at every start");
    assert.equal(await printed(merged), PRINTED);
  }));

Deno.test("the map of a file still leads to the sources, though it is a function now", () =>
  inBundle(async (out, merged) => {
    await mergeGroups(out, merged, USUAL);
    const work = (await namesIn(merged)).find((name) => /^work-.*\.js$/.test(name)) ?? "";
    const lines = (await Deno.readTextFile(`${merged}/${work}`)).split("\n");
    const line = lines.findIndex((it) => it.includes('"usual"'));
    const column = lines[line]?.indexOf('"usual"') ?? -1;
    const map = new SourceMap(JSON.parse(await Deno.readTextFile(`${merged}/${work}.map`)));
    const found = map.findEntry(line, column);
    assert.match("originalSource" in found ? found.originalSource : "", /usual\.ts$/);
  }));

Deno.test("a group that names a module without a file of its own is refused", () =>
  inBundle(async (out, merged) => {
    const wrong = [...USUAL, { name: "more", modules: ["twice"] }];
    await assert.rejects(mergeGroups(out, merged, wrong), /no file of its own for "twice"/);
  }));

/** What only "rare" loads, and nothing else may import as it starts. */
const RARE = [{ name: "packed", modules: ["rare"] }];

Deno.test("what is packed is loaded when it is asked for, and every module is still one", () =>
  inBundle(async (out, merged) => {
    await packFiles(merged, await mergeGroups(out, merged, USUAL, RARE));
    const files = await namesIn(merged);
    const [packed, ...more] = files.filter((name) => name.endsWith(".deflate"));
    assert.match(packed ?? "", /^packed-.+\.js\.deflate$/);
    assert.deepEqual(more, []);
    assert.equal(files.some((name) => /^(packed|rare).*\.js$/.test(name)), false, `${files}`);
    assert.equal(await printed(merged), PRINTED);
  }));

Deno.test("a pack whose module is loaded with another file is refused", () =>
  inBundle(async (out, merged) => {
    const wrong = [{ name: "packed", modules: ["rare", "second"] }];
    await assert.rejects(
      mergeGroups(out, merged, USUAL, wrong),
      /second-.+ of the pack "packed" is loaded by others too/,
    );
  }));

Deno.test("a file that fails as it is loaded fails again, and gives no half of what it exports", () =>
  inBundle(async (_, merged) => {
    await Deno.mkdir(merged);
    const texts = {
      main: `const twice = async () => {
        for (const _ of "12") await require.load("./bad.js").catch(({ message }) => console.log(message));
      };
      twice();`,
      bad: `exports.early = 1; throw new Error("not loaded");`,
    };
    for (const [name, text] of Object.entries(texts)) {
      await Deno.writeTextFile(`${merged}/${name}.js`, `(function(require,exports){${text}})`);
    }
    assert.equal(await printed(merged), "not loaded\nnot loaded\n");
  }));
