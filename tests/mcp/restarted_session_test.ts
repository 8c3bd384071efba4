import assert from "node:assert/strict";
import { describeMcpError } from "../../src/mcp/mcp_error.ts";
import { headerOf, type RecordedRequest, rpcMethodOf } from "../lab/journal.ts";
import { startMcpServer } from "../lab/mcp_server.ts";
import { open } from "./support.ts";

const GONE = { status: 404, body: { jsonrpc: "2.0", id: null, error: { code: -32001 } } };

/** Answers the first `times` requests of a method with 404. */
function forgetting(method: string, times: number) {
  let left = times;
  return (request: RecordedRequest) =>
    rpcMethodOf(request) === method && left-- > 0 ? { ...GONE } : undefined;
}

function methods(requests: readonly RecordedRequest[]): string[] {
  return requests.map((it) => rpcMethodOf(it) ?? it.method).filter((it) => it !== "GET");
}

for (const lost of ["tools/list", "notifications/initialized"]) {
  Deno.test(`a session that is gone at ${lost} is started again once`, async () => {
    await using server = await startMcpServer({ era: "legacy", intercept: forgetting(lost, 1) });
    const connection = await open(server.url, { version: "2025-11-25" });
    const { items } = await connection.list("tools");
    assert.ok(items.length > 0);
    await connection.close();
    const opened = server.requests.filter((it) => rpcMethodOf(it) === "initialize");
    assert.equal(opened.length, 2);
    assert.ok(opened.every((it) => headerOf(it, "mcp-session-id") === undefined));
    // Only the session that is there is ended.
    assert.deepEqual(methods(server.requests).slice(-2), ["tools/list", "DELETE"]);
  });
}

Deno.test("a call is repeated in the new session", async () => {
  const intercept = forgetting("tools/call", 1);
  await using server = await startMcpServer({ era: "legacy", intercept });
  const connection = await open(server.url);
  const { text } = await connection.callTool("echo", { message: "hello" });
  assert.equal(text, "hello");
  await connection.close();
});

Deno.test("a session that is gone again is a failure that names the status", async () => {
  const intercept = forgetting("tools/list", 2);
  await using server = await startMcpServer({ era: "legacy", intercept });
  const connection = await open(server.url);
  const error = await connection.list("tools").catch((error) => error);
  assert.match(describeMcpError(error), /^HTTP 404/);
  assert.equal(methods(server.requests).filter((it) => it === "tools/list").length, 2);
  await connection.close();
});

Deno.test("404 without a session starts nothing again", async () => {
  await using server = await startMcpServer({
    era: "legacy",
    sessions: false,
    intercept: forgetting("tools/list", 1),
  });
  const connection = await open(server.url);
  await assert.rejects(connection.list("tools"));
  assert.equal(methods(server.requests).filter((it) => it === "initialize").length, 1);
  await connection.close();
});
