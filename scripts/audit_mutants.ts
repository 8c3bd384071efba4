/** Breaks the rule of one check in the lab, and reports whether exactly that check finds it. @module */

import { matchesGlob } from "../src/core/glob.ts";
import type { AuditCheckId } from "../src/findings/mod.ts";
import { faultsOf, LISTED, UNBREAKABLE } from "../tests/audit/conformance/mutants.ts";

const USAGE = `Usage: deno task audit:mutants [<check>...]

Audits the lab once for each check, with the rule of that check broken: it must fail or warn, and
no other check may. * in a check matches any text; by default all checks run.
`;

async function main(args: readonly string[]): Promise<number> {
  if (args.some((arg) => arg === "-h" || arg === "--help")) {
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
  print(`\n${ids.length - failed} passed, ${failed} failed\n`);
  return failed === 0 ? 0 : 1;
}

function print(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(text));
}

Deno.exitCode = await main(Deno.args);
