import assert from "node:assert/strict";
import { cancelledFailure } from "../../../../src/core/failure.ts";
import { documentFaults } from "../../document_faults.ts";
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

Deno.test("after Ctrl-C the document has the checks so far, and what was removed", async () => {
  await using lab = await startAuditLab();
  await using home = await openHome();
  for (const format of ["json", "md"]) {
    const stop = new AbortController();
    const ran = await home.run(
      ["oauth", "conformance", lab.mcpUrl, "--progress", "json", "--format", format],
      {
        signal: stop.signal,
        reads: (stderr) => {
          if (stderr.includes('"id":"authorize_scopes"')) stop.abort(cancelledFailure());
        },
      },
    );
    assert.equal(ran.status, 130, ran.stdout);
    if (format === "md") {
      assert.match(ran.stdout, /^<!-- mcpass:conformance -->[^]*: incomplete\n/);
      continue;
    }
    const document = JSON.parse(ran.stdout);
    const { ok, error, cancelled, verdict, checks, removal } = document;
    assert.deepEqual([ok, error.code, cancelled, verdict], [
      false,
      "cancelled",
      true,
      "incomplete",
    ]);
    assert.equal(checks.at(-1).id, "authorize_scopes");
    assert.ok(removal.clients.registered > 0);
    assert.equal(removal.clients.removed, removal.clients.registered);
    assert.deepEqual(documentFaults("oauth conformance", document), []);
  }
});
