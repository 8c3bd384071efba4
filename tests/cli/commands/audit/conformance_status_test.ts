import assert from "node:assert/strict";
import { startAuditLab } from "../../../lab/audit/audit_lab.ts";
import { flat, openHome } from "../../real_run.ts";

Deno.test("an audit without a verdict has exit status 3, not that of a failed check", async () => {
  await using home = await openHome();
  const closed = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = closed.addr as Deno.NetAddr;
  closed.close();
  const url = `http://127.0.0.1:${port}/mcp`;
  const ran = await home.run(["oauth", "conformance", url, "--safe", "--format", "json"]);
  const { ok, error } = JSON.parse(ran.stdout);
  assert.deepEqual([ran.status, ok, error.code], [3, false, "network_connection_refused"]);
});

Deno.test("a page of the authorization server needs a person: exit status 4, and what to do", async () => {
  await using lab = await startAuditLab({ consent: "page" });
  await using home = await openHome();
  const args = ["oauth", "conformance", lab.mcpUrl, "--only", "exchange_good", "--no-input"];
  const ran = await home.run([...args, "--format", "json"]);
  const { verdict, error } = JSON.parse(ran.stdout);
  assert.deepEqual([ran.status, verdict, error.code], [4, "incomplete", "sign_in_needed"]);
  const { stdout } = await home.run([...args, "--format", "human"]);
  assert.match(flat(stdout), /Run the audit on a terminal, or add --consent-command <program>/);
});
