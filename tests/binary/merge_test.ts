import assert from "node:assert/strict";
import { SourceMap } from "node:module";
import { mergeFiles } from "../../scripts/build/merge.ts";
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
  "usual.ts": `import { twice } from "./twice.ts";
    export const usual = () => {
      using _end = { [Symbol.dispose]: () => console.log("disposed") };
      return twice("usual");
    };`,
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
    await Deno.mkdir(`${folder}/program/parts`, { recursive: true });
    await Deno.copyFile(LOADER, `${folder}/program/main.js`);
    await Deno.writeTextFile(`${folder}/program/parts/archives.json`, "{}");
    await work(`${folder}/out`, `${folder}/program/parts`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function namesIn(folder: string): Promise<string[]> {
  return (await Array.fromAsync(Deno.readDir(folder), ({ name }) => name)).sort();
}

/** Merges what all commands load, and what "usual" and "second" load; "rare" is loaded by no command. */
async function merge(out: string, merged: string): Promise<void> {
  const groups = new Map<string, string>();
  for (const name of await namesIn(out)) {
    if (!name.endsWith(".js") || name.startsWith("rare")) continue;
    groups.set(name, /^(usual|second)/.test(name) ? "work" : "main");
  }
  for (const { fileName: name, code, map } of await mergeFiles(out, merged, groups)) {
    await Deno.writeTextFile(`${merged}/${name}`, code);
    await Deno.writeTextFile(`${merged}/${name}.map`, String(map));
  }
}

/** What the program prints whose files are in this folder. */
async function printed(merged: string): Promise<string> {
  const ran = await run(Deno.execPath(), ["run", "-A", "--quiet", `${merged}/../main.js`]);
  return ran.stdout + ran.stderr;
}

Deno.test("files of a group become one file, and every module still exists once", () =>
  inBundle(async (out, merged) => {
    await merge(out, merged);
    const programs = (await namesIn(merged)).filter((name) => name.endsWith(".js"));
    assert.deepEqual(programs.map((name) => name.replace(/-.+(?=\.js$)/, "")), [
      "main.js",
      "rare.js",
      "work.js",
    ]);
    const entry = await Deno.readTextFile(`${merged}/main.js`);
    assert.doesNotMatch(entry, /node:module/, "the bundler's helpers load a module at every start");
    assert.equal(await printed(merged), "disposed\nmain1 usual23 second!4 rare!/56 second!7\n");
  }));

Deno.test("the map of a merged file leads to the sources", () =>
  inBundle(async (out, merged) => {
    await merge(out, merged);
    const work = (await namesIn(merged)).find((name) => /^work-.*\.js$/.test(name)) ?? "";
    const lines = (await Deno.readTextFile(`${merged}/${work}`)).split("\n");
    const line = lines.findIndex((it) => it.includes('"usual"'));
    const column = lines[line]?.indexOf('"usual"') ?? -1;
    const map = new SourceMap(JSON.parse(await Deno.readTextFile(`${merged}/${work}.map`)));
    const found = map.findEntry(line, column);
    assert.match("originalSource" in found ? found.originalSource : "", /usual\.ts$/);
  }));

Deno.test("a file that fails as it is loaded fails again, and has no exports", () =>
  inBundle(async (_, merged) => {
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
