/**
 * `deno task mutants`: makes one small change in the sources at a time (a mutant) and lists the changes
 * that no test detects.
 *
 * @module
 */

import { parseArgs } from "node:util";
import { type Mutant, mutantFinder } from "./mutants/find_mutants.ts";
import { judge, type TestRuns } from "./mutants/judge.ts";
import { sampleOf } from "./mutants/sample.ts";
import { NEAR_GROUPS, testOrder } from "./mutants/tests_of.ts";
import { filesBelow, print, ROOT, run, say } from "./shell.ts";
import { TEST_ARGS, testFiles } from "./tests/files.ts";

const FOLDERS = ["src/oauth", "src/http", "src/store", "src/consent"];

const USAGE =
  `Mutation testing: makes one small change in the sources at a time (a mutant), and lists
the changes that no test detects.

Usage: deno task mutants [options] [<folder or file> ...]

  <folder or file>       where to make changes (default: ${FOLDERS.join(", ")})
  --sample <n>           number of mutants to draw at random (default: 60)
  --seed <n>             the same seed and sources give the same sample (default: 1)
  --at <file>[:<line>]   every mutant of a file or a line, instead of a sample (repeatable)
  --near                 run the nearest tests only: other tests take minutes for each mutant and
                         rarely detect more
  --list                 list the mutants without running tests

The changes are made in a temporary copy of the working tree. The last line has the totals:
killed (a test failed), survived (no test failed) and timed out (a test never ended).`;

const { values: options, positionals } = parseArgs({
  args: Deno.args,
  allowPositionals: true,
  options: {
    sample: { type: "string", default: "60" },
    seed: { type: "string", default: "1" },
    at: { type: "string", multiple: true },
    near: { type: "boolean", default: false },
    list: { type: "boolean", default: false },
    help: { type: "boolean", short: "h", default: false },
  },
});

if (options.help) {
  print(USAGE);
  Deno.exit(0);
}
const mutants = options.at === undefined
  ? await sampleMutants(positionals.length === 0 ? FOLDERS : positionals)
  : await mutantsAtLines(options.at);
const folder = await Deno.makeTempDir({ prefix: "mcpass-mutants-" });
try {
  if (options.list) { for (const mutant of mutants) print(await describeMutant(mutant, ROOT)); }
  else await judgeAll(mutants);
} finally {
  await Deno.remove(folder, { recursive: true });
}

async function sourceFiles(place: string): Promise<string[]> {
  if (place.endsWith(".ts")) return [place];
  // Pages of the catalogue are text for people.
  return (await filesBelow(ROOT + place)).map((path) => `${place}/${path}`)
    .filter((path) => path.endsWith(".ts") && !path.includes("/pages/"));
}

async function findMutants(paths: readonly string[]) {
  const finder = await mutantFinder();
  const sources = new Map<string, string>();
  for (const path of paths) sources.set(path, await Deno.readTextFile(ROOT + path));
  return {
    mutants: [...sources].flatMap(([path, source]) => finder.find(path, source)),
    isProgram: (mutant: Mutant) => finder.isProgram(sources.get(mutant.path) ?? "", mutant),
  };
}

async function sampleMutants(places: readonly string[]): Promise<Mutant[]> {
  const paths = (await Promise.all(places.map(sourceFiles))).flat();
  const { mutants, isProgram } = await findMutants(paths);
  const choice = { size: Number(options.sample), seed: Number(options.seed) };
  return sampleOf(mutants, choice, isProgram);
}

async function mutantsAtLines(places: readonly string[]): Promise<Mutant[]> {
  const paths = [...new Set(places.map((place) => place.replace(/:\d+$/, "")))];
  const { mutants, isProgram } = await findMutants(paths);
  return mutants.filter((mutant) =>
    (places.includes(mutant.path) || places.includes(`${mutant.path}:${mutant.line}`)) &&
    isProgram(mutant)
  );
}

async function describeMutant(mutant: Mutant, root: string): Promise<string> {
  const { path, line, change, from, to, text } = mutant;
  const source = await Deno.readTextFile(root + path);
  const short = (code: string) => code.replace(/\s+/g, " ").slice(0, 120);
  return `${path}:${line}  ${change}: ${short(source.slice(from, to))}  ->  ${short(text)}`;
}

/** Copies what git knows or would add, as it is in the working tree. */
async function copyTree(): Promise<string> {
  const listed = await run("git", ["ls-files", "-z", "-co", "--exclude-standard"]);
  const root = `${await Deno.realPath(folder)}/tree/`;
  for (const path of listed.stdout.split("\0").filter((it) => it !== "")) {
    await Deno.mkdir((root + path).replace(/\/[^/]*$/, ""), { recursive: true });
    await Deno.copyFile(ROOT + path, root + path);
  }
  return root;
}

async function judgeAll(mutants: readonly Mutant[]): Promise<void> {
  const root = await copyTree();
  const groupsOf = await testOrder(root, await testFiles(root));
  const runs: TestRuns = { root, args: ["test", ...TEST_ARGS], groupMs: 600_000 };
  const counts = { killed: 0, survived: 0, "timed out": 0 };
  for (const [index, mutant] of mutants.entries()) {
    const text = await describeMutant(mutant, root);
    const groups = groupsOf(mutant.path);
    const chosen = options.near ? groups.slice(0, NEAR_GROUPS) : groups;
    const { outcome, failures } = await judge(mutant, chosen, runs);
    counts[outcome]++;
    say(`${index + 1}/${mutants.length} ${outcome}  ${text}`);
    for (const failure of failures) say(`    ${failure}`);
    if (outcome !== "killed") print(`${outcome}  ${text}`);
  }
  print(Object.entries(counts).map(([outcome, count]) => `${count} ${outcome}`).join(", "));
}
