import assert from "node:assert/strict";
import { run } from "../cli/fake_runtime.ts";
import { REAL_SERVERS } from "./servers.ts";
import { testServers } from "./test_servers.ts";

testServers(REAL_SERVERS);

Deno.test("explain answers for each published server", async () => {
  for (const { name } of REAL_SERVERS) {
    const [product = ""] = name.split(",");
    const { status, stdout } = await run(["explain", product]);
    assert.equal(status, 0, stdout);
  }
});
