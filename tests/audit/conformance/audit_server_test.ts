import assert from "node:assert/strict";
import { startLab } from "../../lab/shapes.ts";
import { audit, deviations } from "./audit_lab.ts";

Deno.test("an audit of a server on oidc-provider finds nothing and removes its clients", async () => {
  await using lab = await startLab();
  const { result } = await audit(lab.mcpUrl);
  assert.equal(result.verdict, "conformant", deviations(result).join("\n"));
  const { registered, removed } = result.removal.clients;
  // A registration token that is sent to the URI of another client is revoked (RFC 7592 §2.1).
  const left = result.removal.left.filter(({ what }) => what.startsWith("client "));
  assert.equal(left.length, 1);
  assert.match(left[0]?.why ?? "", /^HTTP 401/);
  assert.equal(registered - removed, 1);
});
