import assert from "node:assert/strict";
import { mergeGroups } from "../../scripts/build/merge.ts";
import { packFiles } from "../../scripts/build/pack.ts";
import { run } from "../../scripts/shell.ts";

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
    const mark = marked();
    function marked() { return only + sep + unknown(); }
    function unknown() { return [...counted(0)].length === 0 ? "" : "?"; }
    function* counted(to: number) { for (let at = 0; at < to; at++) yield at; }
    async function later() { return await mark; }
    later();
    export const rare = () => twice("rare" + mark);
    export const deep = async () => (await import("./second.ts")).second();`,
};

async function inBundle(work: (folder: string) => Promise<void>): Promise<void> {
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
    await work(`${folder}/out`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** The text of the file that a module became. */
async function fileOf(folder: string, module: string): Promise<string> {
  const files = await Array.fromAsync(Deno.readDir(folder), ({ name }) => name);
  const file = files.find((name) => name.startsWith(`${module}-`) && name.endsWith(".js"));
  return await Deno.readTextFile(`${folder}/${file}`);
}

const USUAL = [
  { name: "main", modules: ["main"] },
  { name: "work", modules: ["usual", "second"] },
];

Deno.test("what is loaded together becomes one file, and every module is still one", () =>
  inBundle(async (out) => {
    await mergeGroups(out, `${out}/merged`, USUAL);
    const files = await Array.fromAsync(Deno.readDir(`${out}/merged`), ({ name }) => name);
    const programs = files.filter((name) => name.endsWith(".js")).sort();
    assert.deepEqual(programs.map((name) => name.replace(/-.+(?=\.js$)/, "")), [
      "helpers.js",
      "main.js",
      "rare.js",
      "work.js",
    ]);
    const entry = await Deno.readTextFile(`${out}/merged/main.js`);
    assert.doesNotMatch(entry, /node:module/, "the bundler's helpers are loaded at every start");
    const ran = await run(Deno.execPath(), ["run", "--quiet", `${out}/merged/main.js`]);
    assert.equal(ran.stdout, "main1 usual23 second!4 rare!/56 second!7\n", ran.stderr);
  }));

Deno.test("a group that names a module without a file of its own is refused", () =>
  inBundle(async (out) => {
    const wrong = [...USUAL, { name: "more", modules: ["twice"] }];
    await assert.rejects(
      mergeGroups(out, `${out}/merged`, wrong),
      /no file of its own for "twice"/,
    );
  }));

/** What only "rare" loads, and nothing else may import as it starts. */
const RARE = [{ name: "packed", modules: ["rare"] }];

Deno.test("what is packed is loaded when it is asked for, and every module is still one", () =>
  inBundle(async (out) => {
    const merged = `${out}/merged`;
    await packFiles(merged, await mergeGroups(out, merged, USUAL, RARE));
    const files = await Array.fromAsync(Deno.readDir(merged), ({ name }) => name);
    const [packed, ...more] = files.filter((name) => name.endsWith(".deflate"));
    assert.match(packed ?? "", /^packed-.+\.js\.deflate$/);
    assert.deepEqual(more, []);
    assert.equal(files.some((name) => /^(packed|rare).*\.js$/.test(name)), false, `${files}`);
    const ran = await run(Deno.execPath(), ["run", "-A", "--quiet", `${merged}/main.js`]);
    assert.equal(ran.stdout, "main1 usual23 second!4 rare!/56 second!7\n", ran.stderr);
  }));

Deno.test("a pack whose module is loaded with another file is refused", () =>
  inBundle(async (out) => {
    const wrong = [{ name: "packed", modules: ["rare", "second"] }];
    await assert.rejects(
      mergeGroups(out, `${out}/merged`, USUAL, wrong),
      /second-.+ of the pack "packed" is loaded by others too/,
    );
  }));

Deno.test("a function that is known to be called is compiled where it stands, callable before it", () =>
  inBundle(async (out) => {
    const isCalled = (module: string, name: string) =>
      /(twice|rare)\.ts$/.test(module) && /^(twice|marked|later|counted)$/.test(name);
    await mergeGroups(out, `${out}/merged`, USUAL, [], isCalled);
    const ran = await run(Deno.execPath(), ["run", "--quiet", `${out}/merged/main.js`]);
    assert.equal(ran.stdout, "main1 usual23 second!4 rare!/56 second!7\n", ran.stderr);
    const rare = await fileOf(`${out}/merged`, "rare");
    // The one that is not known stays a declaration.
    assert.equal(rare.match(/=\((async )?function\*?\s*\(/g)?.length, 3, rare);
    assert.match(rare, /[;}]function \w+\(/);
  }));
