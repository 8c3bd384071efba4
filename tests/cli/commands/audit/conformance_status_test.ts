import assert from "node:assert/strict";
import { openHome } from "../../real_run.ts";

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
