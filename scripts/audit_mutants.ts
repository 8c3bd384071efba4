/** Breaks the lab in the point of each check, and tells whether exactly that check finds it. @module */

import { matchesGlob } from "../src/audit/run/glob.ts";
import type { AuditCheckId } from "../src/findings/mod.ts";
import { faultsOf, LISTED, UNBREAKABLE } from "../tests/audit/conformance/mutants.ts";

const USAGE = `Usage: deno task audit:mutants [<check>...]

Runs an audit of the lab for each check, with the lab broken in its point: that check has to
deviate, and no other one. A check can be a pattern with *; by default all checks run.
`;

if (Deno.args.some((arg) => arg === "-h" || arg === "--help")) {
  console.log(USAGE);
  Deno.exit(0);
}
const patterns = Deno.args.length === 0 ? ["*"] : Deno.args;
const ids = [...LISTED.keys()].filter((id) => patterns.some((it) => matchesGlob(it, id)));
const unknown = patterns.filter((it) => ![...LISTED.keys()].some((id) => matchesGlob(it, id)));
if (unknown.length > 0) {
  console.error(`error: no check matches ${unknown.join(", ")}`);
  Deno.exit(2);
}
let failed = 0;
for (const id of ids) {
  const reason = UNBREAKABLE[id as AuditCheckId];
  if (reason !== undefined) {
    console.log(`not broken  ${id}: ${reason}`);
    continue;
  }
  const faults = await faultsOf(id as AuditCheckId);
  if (faults.length > 0) failed += 1;
  console.log(`${faults.length === 0 ? "detected   " : "NOT DETECTED"} ${id}`);
  for (const fault of faults) console.log(`             ${fault}`);
}
console.log(`\n${ids.length} checks, ${failed} not detected exactly`);
Deno.exit(failed === 0 ? 0 : 1);
