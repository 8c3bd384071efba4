import assert from "node:assert/strict";
import { askWithoutToken } from "../../../src/flow/mcp/without_token.ts";
import type { StreamInit } from "../../../src/http/http_client.ts";

const URL_OF_SERVER = "https://server.example/mcp";

/** A request of an MCP client with a token. */
function sent(method: string, params: object): StreamInit {
  return {
    method: "POST",
    headers: { authorization: "Bearer t", cookie: "a=b", "mcp-name": "secret-thing" },
    body: JSON.stringify({ jsonrpc: "2.0", id: 7, method, params }),
  };
}

const NAMING = {
  "tools/call": [{ name: "secret-thing", arguments: { a: 1 } }, { name: "", arguments: {} }],
  "prompts/get": [{ name: "secret-thing", arguments: { a: 1 } }, { name: "", arguments: {} }],
  "resources/read": [{ uri: "file:///secret-thing" }, { uri: "" }],
} as const;

for (const [method, [params, nameless]] of Object.entries(NAMING)) {
  Deno.test(`${method} is compared without a token, and names nothing then`, async () => {
    const asked: Request[] = [];
    const answer = await askWithoutToken(
      (input, init) => {
        asked.push(new Request(input, init));
        return Promise.resolve(new Response(null, { status: 401 }));
      },
      URL_OF_SERVER,
      sent(method, params),
    );
    assert.deepEqual(answer, { status: 401, asksForToken: true });
    const [request, ...more] = asked;
    assert.deepEqual(more, []);
    const headers = ["authorization", "cookie", "mcp-name"].map((it) => request?.headers.get(it));
    assert.deepEqual(headers, [null, null, ""]);
    assert.deepEqual(await request?.json(), { jsonrpc: "2.0", id: 1, method, params: nameless });
  });
}

Deno.test("a request that may do something is not sent without a token", async () => {
  const answer = await askWithoutToken(
    () => Promise.reject(new Error("sent")),
    URL_OF_SERVER,
    sent("completion/complete", {}),
  );
  assert.equal(answer, undefined);
});
