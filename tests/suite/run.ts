/**
 * `deno task suite`: the official conformance suite with `mcpass` as the client.
 *
 *     deno task suite [--binary dist/mcpass | --client "<shell words>"] [--bridge] [--only <part of an id>]
 *
 * With `--bridge`, an official client calls tools through `mcpass bridge`.
 *
 * The last line is `N passed, N failed, N not supported yet`.
 *
 * @module
 */

import { parseArgs } from "node:util";
import { print, ROOT, run } from "../../scripts/shell.ts";
import { runOnce, SUITE } from "./one_run.ts";
import {
  BRIDGE_SCENARIOS,
  bridgeScript,
  clientScript,
  differences,
  type Scenario,
  SCENARIOS,
  suiteId,
} from "./scenarios.ts";

const JOBS = 2;

const { values: options } = parseArgs({
  args: Deno.args,
  options: {
    binary: { type: "string" },
    client: { type: "string" },
    bridge: { type: "boolean", default: false },
    only: { type: "string", default: "" },
  },
});

const client = options.client ?? await clientWords();
let failed = 0;
for (const line of differences(await listing())) {
  failed++;
  print(`FAIL  ${line}`);
}

const scenarios = options.bridge ? BRIDGE_SCENARIOS : SCENARIOS;
const rows = scenarios.filter((row) => suiteId(row).includes(options.only));
const runs = rows.flatMap((row) => row.wires.map((wire): [Scenario, string] => [row, wire]));
const due = runs.filter(([row]) => row.later === undefined);
const later = runs.filter(([row]) => row.later !== undefined);

const denoDir = await ownDenoDir();
const waiting = due.values();
let passed = 0;
await Promise.all(Array.from({ length: JOBS }, async () => {
  for (const [row, wire] of waiting) {
    const verdict = await runOnce(scriptOf(row, wire), row, wire, denoDir);
    verdict.passed ? passed++ : failed++;
    const seconds = (verdict.durationMs / 1000).toFixed(1);
    const word = verdict.passed ? "ok  " : "FAIL";
    print(`${word}  ${suiteId(row)} ${wire} (${verdict.checks} checks, ${seconds} s)`);
    for (const line of verdict.complaints) print(`      ${line}`);
  }
}));

for (const [row, wire] of later) print(`NOT SUPPORTED YET  ${suiteId(row)} ${wire}: ${row.later}`);
if (due.length === 0 && later.length === 0) {
  failed++;
  print(`FAIL  no scenario's id contains "${options.only}"`);
}
print(`${passed} passed, ${failed} failed, ${later.length} not supported yet`);
Deno.exit(failed === 0 ? 0 : 1);

function scriptOf(row: Scenario, wire: string): string {
  if (!options.bridge) return clientScript(client, row, wire);
  const words = [Deno.execPath(), "run", "-A", "--quiet", "--config", `${ROOT}deno.json`];
  const driver = [...words, `${ROOT}tests/suite/bridge_client.ts`].map(quoted).join(" ");
  return bridgeScript(client, row, wire, driver);
}

/** The program under test: an executable, or the source, whose modules are fetched beforehand. */
async function clientWords(): Promise<string> {
  if (options.binary !== undefined) {
    const path = await Deno.realPath(options.binary).catch(() => undefined);
    if (path === undefined) return giveUp(`no "${options.binary}": run "deno task build"`);
    return quoted(path);
  }
  const main = `${ROOT}main.ts`;
  const fetched = await run(Deno.execPath(), ["cache", "--quiet", main]);
  if (!fetched.success) giveUp(`cannot load "${main}":\n${fetched.stderr}`);
  return `${quoted(Deno.execPath())} run -A --quiet ${quoted(main)}`;
}

function giveUp(reason: string): never {
  print(`FAIL  ${reason}`);
  print("0 passed, 1 failed, 0 not supported yet");
  Deno.exit(1);
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}

async function listing(): Promise<string> {
  const listed = await run(Deno.execPath(), [...SUITE, "list", "--client"]);
  if (!listed.success) giveUp(`the suite does not start:\n${listed.stderr}`);
  return listed.stdout;
}

async function ownDenoDir(): Promise<string> {
  const info = await run(Deno.execPath(), ["info", "--json"]);
  return JSON.parse(info.stdout).denoDir;
}
