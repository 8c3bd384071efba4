/** Breaks the rules of checks, in the lab and at published servers, and reports what the audit finds. @module */

import { isDeepStrictEqual, parseArgs } from "node:util";
import { matchesGlob } from "../src/core/glob.ts";
import type { AuditCheckId } from "../src/findings/mod.ts";
import { faultsOf, LISTED, UNBREAKABLE } from "../tests/audit/conformance/mutants.ts";
import { CONFIGURED_SERVERS } from "../tests/audit/servers/settings/servers.ts";
import { deviationsOf, expectedOf } from "../tests/audit/servers/settings/setting.ts";

const USAGE = `Usage: deno task audit:mutants [--settings <n>] [--complete] [<check>...]

Audits the lab once for each check, with the rule of that check broken: it must fail or warn, and
no other check may. Then audits published servers, each with one setting that breaks a rule: the
checks of its row in tests/audit/servers/settings/deviations.ts must deviate, and no other. * in a
check matches any text; by default all checks and all settings run.

  --settings <n>  every n-th setting, 0 for none
  --complete      each audit of a setting runs all checks, not only the groups of its row
`;

/** The settings of published servers that change one of these checks. */
async function trySettings(
  ids: ReadonlySet<string>,
  every: number,
  isComplete: boolean,
): Promise<{ readonly passed: number; readonly failed: number }> {
  // Published servers write what they refuse.
  // deno-lint-ignore no-console
  for (const name of ["log", "warn", "error", "info"] as const) console[name] = () => {};
  const found = new Set<string>();
  let [passed, failed] = [0, 0];
  const rows = CONFIGURED_SERVERS
    .flatMap((server) => server.settings.map((setting) => ({ server, setting })))
    .filter(({ server, setting }) =>
      Object.keys(expectedOf(server, setting)).some((id) => ids.has(id))
    )
    .filter((_, at) => every > 0 && at % every === 0);
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

async function main(words: readonly string[]): Promise<number> {
  const { values: { help, settings, complete }, positionals: args } = parseArgs({
    args: [...words],
    allowPositionals: true,
    options: {
      help: { type: "boolean", short: "h" },
      settings: { type: "string", default: "1" },
      complete: { type: "boolean", default: false },
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
  const tried = await trySettings(new Set(ids), Number(settings), complete);
  const passed = ids.length - failed + tried.passed;
  failed += tried.failed;
  print(`\n${passed} passed, ${failed} failed\n`);
  return failed === 0 ? 0 : 1;
}

function print(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(text));
}

Deno.exitCode = await main(Deno.args);
