/**
 * `deno task ok`: the gate. Format, lint, types, documentation lint, and the tests (with that of the
 * module graph) with a minimum for the line coverage of `src`.
 *
 * `--tested <folder>`: the tests were run on this tree, with `DENO_COVERAGE_DIR` set to this folder. The
 * gate does not run them again; it still judges their coverage.
 *
 * The last line is `N passed, N failed`, counting checks and tests.
 *
 * @module
 */

import { filesBelow, print, ROOT, run } from "./shell.ts";

/** Minimum share of the executable lines of `src` that the tests run, in percent. */
const FLOOR = 95;

const [flag, tested] = Deno.args;
if (flag !== undefined && (flag !== "--tested" || tested === undefined)) {
  print("usage: deno task ok [--tested <folder>]");
  Deno.exit(2);
}

const COVERAGE = tested ?? `${ROOT}coverage`;

interface Outcome {
  readonly passed: number;
  readonly failed: number;
  readonly note: string;
  readonly output: string;
}

type Part = readonly [name: string, part: () => Promise<Outcome>];

/** These run at the same time: the compiler uses one processor. */
const STATIC_PARTS: readonly Part[] = [
  ["format", () => deno("fmt", "--check", "--quiet")],
  ["lint", () => deno("lint", "--quiet")],
  ["types", () => deno("check", "--quiet", "main.ts", "src", "scripts", "tests")],
  ["documentation", async () => deno("doc", "--lint", "main.ts", ...await entryFiles())],
];

const TESTS: readonly Part[] = [
  ...tested === undefined ? [["tests", tests] as const] : [],
  ["coverage", coverage],
];

let passed = 0;
let failed = 0;
await Promise.all(STATIC_PARTS.map(report));
for (const part of TESTS) await report(part);
print(`${passed} passed, ${failed} failed`);
Deno.exit(failed === 0 ? 0 : 1);

async function report([name, part]: Part): Promise<void> {
  const started = performance.now();
  const outcome = await part();
  passed += outcome.passed;
  failed += outcome.failed;
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  const word = outcome.failed === 0 ? "ok  " : "FAIL";
  print(`${word}  ${name}${outcome.note} (${seconds} s)`);
  if (outcome.failed > 0) print(outcome.output.replace(/^.*?(?=\n ERRORS \n)/s, "").trimEnd());
}

async function deno(...args: string[]): Promise<Outcome> {
  const result = await run(Deno.execPath(), args);
  return {
    passed: result.success ? 1 : 0,
    failed: result.success ? 0 : 1,
    note: "",
    output: result.stdout + result.stderr,
  };
}

/** Runs what `deno task test` runs; programs that the tests start are not measured. */
async function tests(): Promise<Outcome> {
  await Deno.remove(COVERAGE, { recursive: true }).catch(() => {});
  const args = ["task", "--quiet", "test", "--coverage-raw-data-only"];
  const result = await run(Deno.execPath(), args, { env: { DENO_COVERAGE_DIR: COVERAGE } });
  const output = result.stdout + result.stderr;
  const [, good = "0", bad = "0"] = /(\d+) passed.* \| (\d+) failed/.exec(output) ?? [];
  const failures = Number(bad) > 0 || result.success ? Number(bad) : 1;
  return {
    passed: Number(good),
    failed: failures,
    note: ` ${good} passed, ${failures} failed`,
    output,
  };
}

async function coverage(): Promise<Outcome> {
  const result = await run(Deno.execPath(), [
    "coverage",
    "--lcov",
    `--include=^${RegExp.escape(new URL("../src/", import.meta.url).href)}`,
    COVERAGE,
  ]);
  const lines = sum(result.stdout, "LF");
  const share = lines === 0 ? 0 : 100 * sum(result.stdout, "LH") / lines;
  const good = share >= FLOOR;
  return {
    passed: good ? 1 : 0,
    failed: good ? 0 : 1,
    note: ` ${share.toFixed(1)} % of ${lines} lines of src, at least ${FLOOR} % required`,
    output: result.stderr,
  };
}

function sum(lcov: string, key: string): number {
  return lcov.matchAll(new RegExp(`^${key}:(\\d+)$`, "gm"))
    .reduce((total, [, count]) => total + Number(count), 0);
}

/** The public entry file of each layer: what it exports needs documentation. */
async function entryFiles(): Promise<string[]> {
  const files = await filesBelow(`${ROOT}src`);
  return files.filter((path) => path.endsWith("/mod.ts")).map((path) => `src/${path}`);
}
