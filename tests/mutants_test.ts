import assert from "node:assert/strict";
import { applyMutant, mutantFinder } from "../scripts/mutants/find_mutants.ts";
import { judge } from "../scripts/mutants/judge.ts";
import { sampleOf } from "../scripts/mutants/sample.ts";
import { type Groups, testOrder } from "../scripts/mutants/tests_of.ts";

const finder = await mutantFinder();

/** Every program that a mutant makes of `source`. */
const programs = (source: string) =>
  finder.find("a.ts", source).filter((mutant) => finder.isProgram(source, mutant))
    .map((mutant) => applyMutant(source, mutant));

const CHANGES: Readonly<Record<string, readonly [source: string, ...programs: string[]]>> = {
  "a condition": ["if (a) b;", "if (true) b;", "if (false) b;"],
  "a choice": ["x = a ? b : c;", "x = true ? b : c;", "x = false ? b : c;"],
  "a negation": ["x = !a;", "x = a;"],
  "a comparison": ["x = a < b;", "x = a <= b;", "x = a >= b;"],
  "an equality": ["x = a !== b;", "x = a === b;"],
  "a conjunction": ["x = a && b;", "x = a;", "x = b;", "x = ((a) || (b));"],
  "a sum": ["x = a + b;", "x = a - b;"],
  "a fallback": ["x = a ?? b;", "x = a;", "x = b;"],
  "an optional member": ["x = a?.b;", "x = a.b;"],
  "a call": ["refuse(a);", ";"],
  "an exit that is not alone": [
    "if (a) {\n  b = c;\n  throw d;\n}",
    "if (true) {\n  b = c;\n  throw d;\n}",
    "if (false) {\n  b = c;\n  throw d;\n}",
    "if (a) {\n  b = c;\n  ;\n}",
  ],
  "an exit that is alone": ["if (a) throw d;", "if (true) throw d;", "if (false) throw d;"],
  "members of a list": [
    'x = ["a", "b c"];',
    'x = [ "b c"];',
    'x = ["", "b c"];',
  ],
  "rows of a table": ["const T = { a: b, c: d };", "const T = {  c: d };", "const T = { a: b,  };"],
  "a pattern": [
    "x = /^a$/i;",
    "x = /(?!)/i;",
    "x = /(?:)/i;",
    "x = /a$/i;",
    "x = /^a/i;",
    "x = /^a$/;",
  ],
  "a number": ["x = 1_000;", "x = 1001;"],
  "a method": ["x = a.some(b);", "x = a.every(b);"],
  "a filter": ["x = a.filter(b);", "x = a;"],
  "a severity": ['x = { severity: "error" };', 'x = { severity: "warning" };'],
  "a reference": ['x = "RFC 6749 §4.1";', 'x = "";'],
  "a sentence": ['x = "read by people";'],
  "a type": ['type A = "a" | 1; let x: "b"; const y = z as "c";'],
  "an import": [
    'import { a } from "./a.ts"; export { b } from "./b.ts"; import("./c.ts");',
    'import { a } from "./a.ts"; export { b } from "./b.ts"; ;',
  ],
};

for (const [what, [source, ...changed]] of Object.entries(CHANGES)) {
  Deno.test(`${what} has ${changed.length} mutants`, () => {
    assert.deepEqual(programs(source).sort(), [...changed].sort());
  });
}

Deno.test("a sample is the same for a seed, of several kinds, and of each line once", () => {
  const source = Array.from(
    { length: 50 },
    (_, at) => `if (a${at} < ${at} && b ?? c) f(["x"].map(g));`,
  ).join("\n");
  const mutants = finder.find("a.ts", source);
  const draw = (seed: number) => sampleOf(mutants, { size: 30, seed }, () => true);
  assert.deepEqual(draw(1), draw(1));
  assert.notDeepEqual(draw(1), draw(2));
  assert.equal(draw(1).length, 30);
  assert.equal(new Set(draw(1).map(({ line }) => line)).size, 30);
  assert.ok(new Set(draw(1).map(({ kind }) => kind)).size >= 4);
  assert.equal(sampleOf(mutants, { size: 30, seed: 1 }, ({ line }) => line > 45).length, 5);
});

const TREE = {
  "deno.json": "{}",
  "src/a/limit.ts": "export const fits = (n: number) => n < 3;\n",
  "src/b/use.ts": 'export { fits } from "../a/limit.ts";\n',
  "tests/a/limit_test.ts": `import { fits } from "../../src/a/limit.ts";
Deno.test("2 fits", () => { if (!fits(2)) throw new Error(); });
Deno.test("4 does not", () => { if (fits(4)) throw new Error(); });
`,
  "tests/b/use_test.ts": `import { fits } from "../../src/b/use.ts";
const SOON = { ["timeout"]: 500 };
Deno.test("waits for 2 to fit", SOON, async () => {
  while (!fits(2)) await new Promise((resolve) => setTimeout(resolve));
});
`,
  "tests/a/slow_test.ts": 'import "../../src/a/limit.ts"; // timeout: 1\n',
  "tests/c/other_test.ts": 'Deno.test("other", () => {});\n',
};

Deno.test("a mutant is killed, survives or makes a test wait, and leaves the file as it was", async () => {
  const root = `${await Deno.realPath(await Deno.makeTempDir({ prefix: "mcpass-mutants-" }))}/`;
  try {
    for (const [path, text] of Object.entries(TREE)) {
      await Deno.mkdir((root + path).replace(/\/[^/]*$/, ""), { recursive: true });
      await Deno.writeTextFile(root + path, text);
    }
    const tests = Object.keys(TREE).filter((path) => path.endsWith("_test.ts"));
    const groups = (await testOrder(root, tests))("src/a/limit.ts");
    assert.deepEqual(groups, [
      ["tests/a/limit_test.ts", "tests/b/use_test.ts"],
      [],
      [],
      ["tests/a/slow_test.ts", "tests/c/other_test.ts"],
    ]);

    const path = "src/a/limit.ts";
    const source = TREE[path];
    const runs = { root, args: ["test", "--no-check"], groupMs: 60_000 };
    const mutants = finder.find(path, source);
    const outcome = async (change: string, of: Groups = groups) => {
      const mutant = mutants.find((it) => it.change === change);
      assert.ok(mutant, change);
      const { outcome, failures } = await judge(mutant, of, runs);
      return [outcome, ...failures.map((line) => line.replace(/ =>.*/, ""))];
    };
    assert.deepEqual(await outcome("< is <="), ["survived"]);
    assert.deepEqual(await outcome("< is >="), ["killed", "2 fits"]);
    assert.deepEqual(await outcome("< is >=", [["tests/b/use_test.ts"]]), [
      "timed out",
      "waits for 2 to fit",
    ]);
    assert.equal(await Deno.readTextFile(root + path), source);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
});
