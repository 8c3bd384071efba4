/** Breaks the rules of checks, in the lab and at published servers, and reports what the audit finds. @module */

import { createInterface } from "node:readline/promises";
import { Readable } from "node:stream";
import { isDeepStrictEqual, parseArgs } from "node:util";
import { matchesGlob } from "../src/core/glob.ts";
import type { AuditCheckId } from "../src/findings/mod.ts";
import { faultsOf, LISTED, UNBREAKABLE } from "../tests/audit/conformance/mutants.ts";
import { CONFIGURED_SERVERS } from "../tests/audit/servers/settings/servers.ts";
import { deviationsOf, expectedOf } from "../tests/audit/servers/settings/setting.ts";

const USAGE = `Usage: deno task audit:mutants [options] [<check>...]

Audits the lab once for each check, with the rule of that check broken: it must fail or warn, and
no other check may. Then audits published servers, each with one setting that breaks a rule: the
checks of its row in tests/audit/servers/settings/deviations.ts must deviate, and no other. * in a
check matches any text; by default all checks and all settings run.

  --settings <n>  every n-th setting, 0 for none
  --complete      each audit of a setting runs all checks, not only the groups of its row
  --jobs <n>      processes that share the work (default: one for each processor)
`;

/** Those of one of several processes. */
interface Part {
  readonly index: number;
  readonly count: number;
}

const inPart = <T>(items: readonly T[], { index, count }: Part): T[] =>
  items.filter((_, at) => at % count === index);

/** The settings of published servers that change one of these checks. */
async function trySettings(
  ids: ReadonlySet<string>,
  every: number,
  isComplete: boolean,
  part: Part,
): Promise<{ readonly passed: number; readonly failed: number }> {
  // Published servers write what they refuse.
  // deno-lint-ignore no-console
  for (const name of ["log", "warn", "error", "info"] as const) console[name] = () => {};
  const found = new Set<string>();
  let [passed, failed] = [0, 0];
  const all = CONFIGURED_SERVERS
    .flatMap((server) => server.settings.map((setting) => ({ server, setting })))
    .filter(({ server, setting }) =>
      Object.keys(expectedOf(server, setting)).some((id) => ids.has(id))
    )
    .filter((_, at) => every > 0 && at % every === 0);
  const rows = inPart(all, part);
  for (const { server, setting } of rows) {
    const expected = expectedOf(server, setting);
    const verdicts = await deviationsOf(server, setting, isComplete);
    const isRight = isDeepStrictEqual(verdicts, expected);
    if (isRight) passed += 1;
    else failed += 1;
    for (const id of Object.keys(expected)) found.add(id);
    print(`${isRight ? "detected" : "NOT DETECTED"}  ${server.name}: ${setting.name}\n`);
    if (!isRight) {
      print(`              expected ${JSON.stringify(expected)}\n`);
      print(`              found    ${JSON.stringify(verdicts)}\n`);
    }
  }
  print(`\n${rows.length} settings of published servers, which ${found.size} checks find\n`);
  return { passed, failed };
}

/** Breaks the rule of each check in the lab. */
async function tryChecks(ids: readonly AuditCheckId[]): Promise<number> {
  let failed = 0;
  for (const id of ids) {
    const reason = UNBREAKABLE[id];
    if (reason !== undefined) {
      print(`not broken    ${id}: ${reason}\n`);
      continue;
    }
    const faults = await faultsOf(id);
    if (faults.length > 0) failed += 1;
    print(`${faults.length === 0 ? "detected" : "NOT DETECTED"}  ${id}\n`);
    for (const fault of faults) print(`              ${fault}\n`);
  }
  return failed;
}

const SUMMARY = /^(\d+) passed, (\d+) failed$/;

/** Runs parts in processes of their own, prints their lines as they arrive, and adds up. */
async function runParts(words: readonly string[], count: number): Promise<number> {
  let [passed, failed] = [0, 0];
  const statuses = await Promise.all(Array.from({ length: count }, async (_, index) => {
    const child = new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "-A",
        "--quiet",
        import.meta.filename ?? "",
        `--part=${index}/${count}`,
        ...words,
      ],
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    const input = Readable.fromWeb(child.stdout);
    for await (const line of createInterface({ input })) {
      const summary = SUMMARY.exec(line);
      if (summary === null) {
        print(line === "" ? "" : `${line}\n`);
        continue;
      }
      passed += Number(summary[1]);
      failed += Number(summary[2]);
    }
    return (await child.status).code;
  }));
  print(`\n${passed} passed, ${failed} failed\n`);
  return statuses.every((status) => status === 0) ? 0 : 1;
}

async function main(words: readonly string[]): Promise<number> {
  const { values: { help, settings, complete, jobs, part }, positionals: args } = parseArgs({
    args: [...words],
    allowPositionals: true,
    options: {
      help: { type: "boolean", short: "h" },
      settings: { type: "string", default: "1" },
      complete: { type: "boolean", default: false },
      jobs: { type: "string", default: String(navigator.hardwareConcurrency) },
      part: { type: "string" },
    },
  });
  if (help) {
    print(USAGE);
    return 0;
  }
  const all = [...LISTED.keys()];
  const patterns = args.length === 0 ? ["*"] : args;
  const unknown = patterns.filter((it) => !all.some((id) => matchesGlob(it, id)));
  if (unknown.length > 0) {
    print(`error: no check matches ${unknown.join(", ")}\n`);
    return 2;
  }
  const ids = all.filter((id) => patterns.some((it) => matchesGlob(it, id))) as AuditCheckId[];
  const count = Math.min(Number(jobs), ids.length);
  if (part === undefined && count > 1) return await runParts(words, count);
  const [index = 0, parts = 1] = part?.split("/").map(Number) ?? [];
  const own = { index, count: parts };
  const ownIds = inPart(ids, own);
  const failed = await tryChecks(ownIds);
  const tried = await trySettings(new Set(ids), Number(settings), complete, own);
  print(`\n${ownIds.length - failed + tried.passed} passed, ${failed + tried.failed} failed\n`);
  return failed + tried.failed === 0 ? 0 : 1;
}

function print(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(text));
}

Deno.exitCode = await main(Deno.args);
