import assert from "node:assert/strict";
import { AUDIT_TOPICS } from "../../../src/findings/audit/topics.ts";
import { startAuditLab, SWITCHES } from "./audit_lab.ts";

/** Ids that the sources of the lab ask for, once for each place. */
function asked(): string[] {
  const folder = new URL(".", import.meta.url);
  return [...Deno.readDirSync(folder)]
    .filter(({ name }) => name.endsWith(".ts") && !name.endsWith("_test.ts"))
    .flatMap(({ name }) => {
      const source = Deno.readTextFileSync(new URL(name, folder));
      return [...source.matchAll(/(?:breaks|_SWITCHES\))\("([a-z0-9_]+)"\)/g)];
    })
    .map(([, id = ""]) => id);
}

Deno.test("each check of the audit has a switch", () => {
  const checks = AUDIT_TOPICS.flatMap(([, pages]) => Object.keys(pages));
  assert.deepEqual(checks.filter((id) => !SWITCHES.includes(id)), []);
  assert.equal(new Set(SWITCHES).size, SWITCHES.length);
});

Deno.test("each switch of the audit lab is asked in one place", () => {
  assert.deepEqual(asked().sort(), [...SWITCHES].sort());
});

Deno.test("the audit lab refuses a switch that it does not have", async () => {
  await assert.rejects(startAuditLab({ broken: ["asm_founded"] }), /no switch for: asm_founded/);
});
