import assert from "node:assert/strict";
import { describeMcpError } from "../../src/mcp/mcp_error.ts";
import { headerOf, type RecordedRequest, rpcMethodOf } from "../lab/journal.ts";
import type { Answer } from "../lab/scripted_server.ts";
import { startMcpServer } from "../lab/mcp_server.ts";
import { open } from "./support.ts";

const error = (message: string) => ({ jsonrpc: "2.0", id: null, error: { code: -32000, message } });
const GONE = { status: 404, body: error("Not Found") };
const NO_SESSION = { status: 400, body: error("Bad Request: No valid session ID provided") };

/** Answers the first `times` requests of a method with 404, or otherwise. */
function forgetting(method: string, times: number, answer: Answer = GONE) {
  let left = times;
  return (request: RecordedRequest) =>
    rpcMethodOf(request) === method && left-- > 0 ? { ...answer } : undefined;
}

function methods(requests: readonly RecordedRequest[]): string[] {
  return requests.map((it) => rpcMethodOf(it) ?? it.method).filter((it) => it !== "GET");
}

const LOST = [
  ["tools/list", GONE],
  ["tools/list", NO_SESSION],
  ["notifications/initialized", GONE],
] as const;

for (const [lost, answer] of LOST) {
  Deno.test(`a session that is gone at ${lost} (${answer.status}) is started again once`, async () => {
    const intercept = forgetting(lost, 1, answer);
    await using server = await startMcpServer({ era: "legacy", intercept });
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

Deno.test("a session that is gone again is a failure that names status and load balancer", async () => {
  const intercept = forgetting("tools/list", 2);
  await using server = await startMcpServer({ era: "legacy", intercept });
  const connection = await open(server.url);
  const error = await connection.list("tools").catch((error) => error);
  assert.match(describeMcpError(error), /does not know the session .* started: HTTP 404/);
  assert.match(error.remedy, /load balancer .*\(Mcp-Session-Id\)/);
  assert.equal(methods(server.requests).filter((it) => it === "tools/list").length, 2);
  await connection.close();
});

Deno.test("400 about something else starts no other session", async () => {
  const invalid = { status: 400, body: error("Bad Request: cursor is not valid") };
  const intercept = forgetting("tools/list", 1, invalid);
  await using server = await startMcpServer({ era: "legacy", intercept });
  const connection = await open(server.url);
  await assert.rejects(connection.list("tools"));
  assert.equal(methods(server.requests).filter((it) => it === "initialize").length, 1);
  await connection.close();
});

Deno.test("400 after which a call may have run starts no other session", async () => {
  const failed = { status: 400, body: error("Booked; the session of the user has expired") };
  const intercept = forgetting("tools/call", 1, failed);
  await using server = await startMcpServer({ era: "legacy", intercept });
  const connection = await open(server.url);
  await assert.rejects(connection.callTool("echo", {}));
  assert.equal(methods(server.requests).filter((it) => it === "tools/call").length, 1);
  await connection.close();
});

const UNUSABLE: readonly Answer[] = [
  { status: 500, body: "TypeError: no such method" },
  { status: 501 },
  { body: { error: "unknown method" } },
  { headers: [["content-type", "text/plain"]], body: "unknown method" },
];

for (const answer of UNUSABLE) {
  Deno.test(`an answer to server/discover that says nothing leads to initialize: ${JSON.stringify(answer)}`, async () => {
    const intercept = (request: RecordedRequest) =>
      rpcMethodOf(request) === "server/discover" ? { ...answer } : undefined;
    await using server = await startMcpServer({ era: "legacy", intercept });
    const connection = await open(server.url);
    assert.equal(connection.era, "initialize");
    assert.ok((await connection.list("tools")).items.length > 0);
    await connection.close();
  });
}

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

Deno.test("a call that may have run is not repeated, whatever else is answered with 404", async () => {
  const event = (message: object) =>
    new TextEncoder().encode(`data: ${JSON.stringify({ jsonrpc: "2.0", ...message })}\n\n`);
  let fail = () => {};
  await using server = await startMcpServer({
    era: "legacy",
    intercept(request) {
      const { id, method } = JSON.parse(request.body || "{}");
      if (method === undefined && id === "p1") {
        setTimeout(() => fail(), 50);
        return { ...GONE };
      }
      if (method !== "tools/call") return undefined;
      const body = new ReadableStream<Uint8Array>({
        start(controller) {
          controller.enqueue(event({ id: "p1", method: "ping" }));
          fail = () =>
            controller.enqueue(event({ id, error: { code: -32603, message: "half done" } }));
        },
      });
      return new Response(body, { headers: { "content-type": "text/event-stream" } });
    },
  });
  const connection = await open(server.url, { version: "2025-11-25" });
  await assert.rejects(connection.callTool("echo", {}), /half done/);
  await connection.close();
  assert.equal(methods(server.requests).filter((it) => it === "tools/call").length, 1);
});
