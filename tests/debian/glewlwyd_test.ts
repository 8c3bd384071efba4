import assert from "node:assert/strict";
import { AUDITED, auditPublished } from "../audit/servers/audited.ts";
import { deviationsOf, explainedIn } from "../audit/servers/explanation.ts";

Deno.test("the audit of Glewlwyd deviates exactly where its source says why", async () => {
  const row = AUDITED.find(({ name }) => name === "Glewlwyd");
  assert.ok(row);
  const { checks } = await auditPublished(row);
  assert.deepEqual(deviationsOf(checks), explainedIn(row.explanations));
});
