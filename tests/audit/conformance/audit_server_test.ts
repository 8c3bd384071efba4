import assert from "node:assert/strict";
import { startLab } from "../../lab/shapes.ts";
import { audit, deviations } from "./audit_lab.ts";

Deno.test("an audit of a server on oidc-provider finds nothing and removes its client", async () => {
  await using lab = await startLab();
  const { result } = await audit(lab.mcpUrl);
  assert.equal(result.verdict, "conformant", deviations(result).join("\n"));
  const { registered, removed } = result.removal.clients;
  assert.equal(registered, removed);
});
