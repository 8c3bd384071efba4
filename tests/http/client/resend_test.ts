import assert from "node:assert/strict";
import { mayBeSentAgain } from "../../../src/http/client/resend.ts";

const rpc = (method: string) => JSON.stringify({ jsonrpc: "2.0", id: 1, method, params: {} });

const ROWS = [
  ["mcp", "POST", rpc("tools/call"), false],
  ["mcp", "POST", rpc("resources/subscribe"), false],
  ["mcp", "POST", `[${rpc("tools/list")}]`, false],
  ["mcp", "POST", "", false],
  ["mcp", "DELETE", null, false],
  ["mcp", "POST", rpc("initialize"), true],
  ["mcp", "POST", rpc("server/discover"), true],
  ["mcp", "POST", rpc("tools/list"), true],
  ["mcp", "POST", rpc("resources/templates/list"), true],
  ["mcp", "GET", null, true],
  ["registration", "POST", "{}", false],
  ["registration", "DELETE", null, false],
  ["token", "POST", "grant_type=authorization_code", false],
  ["authorization", "GET", null, false],
  ["resource_metadata", "GET", null, true],
  ["authorization_server_metadata", "GET", null, true],
] as const;

for (const [purpose, method, body, expected] of ROWS) {
  const what = `${purpose} ${method} ${body ?? ""}`;
  Deno.test(`a request that stays without an answer is ${expected ? "" : "not "}sent again: ${what}`, () => {
    assert.equal(mayBeSentAgain({ purpose, method, body }), expected);
  });
}
