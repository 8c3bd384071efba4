import assert from "node:assert/strict";
import { readResidue, residueText } from "../../../src/audit/run/residue.ts";
import { type AuditLab, startAuditLab } from "../../lab/audit/audit_lab.ts";
import { auditUntil } from "./audit_lab.ts";

/** What the lab still accepts and the residue file does not have. */
function forgotten(lab: AuditLab, residue: Awaited<ReturnType<typeof auditUntil>>["residue"]) {
  const known = residue.map((it) => it.kind === "client" ? it.clientId : it.token);
  return [...lab.registeredClients(), ...lab.liveTokens()].filter((it) => !known.includes(it));
}

// A number without a common factor with the two events of a request: both are interrupted.
for (let at = 5; at < 455; at += 9) {
  Deno.test(`an audit that is interrupted at event ${at} leaves nothing behind`, async () => {
    await using lab = await startAuditLab();
    const { residue } = await auditUntil(lab.mcpUrl, at);
    assert.deepEqual(forgotten(lab, residue), []);
    assert.deepEqual(lab.registeredClients(), []);
  });
}

Deno.test("an audit that is interrupted reports what it has found so far", async () => {
  await using lab = await startAuditLab({ broken: ["challenge_present"] });
  const { soFar } = await auditUntil(lab.mcpUrl, 100);
  assert.equal(soFar?.verdict, "incomplete");
  assert.equal(soFar.counts.failed, 1);
  assert.ok(soFar.checks.length > 10 && soFar.checks.length < 200, String(soFar.checks.length));
});

Deno.test("what the server does not remove stays in the file", async () => {
  await using lab = await startAuditLab({
    supports: { management: false, revocation: false },
  });
  const { residue } = await auditUntil(lab.mcpUrl, Infinity);
  assert.ok(lab.registeredClients().length > 0);
  assert.ok(lab.liveTokens().length > 0);
  assert.deepEqual(forgotten(lab, residue), []);
  const document = { serverUrl: lab.mcpUrl, entries: residue };
  assert.deepEqual(readResidue(residueText(document), "residue.json"), document);
});

Deno.test("a file that no audit wrote is refused", () => {
  for (const text of ["", "{}", '{"format":"mcpass-residue-1","serverUrl":"x","entries":[{}]}']) {
    assert.throws(() => readResidue(text, "notes.json"), /is not the residue file/);
  }
});
