import assert from "node:assert/strict";
import { Failure } from "../../src/core/failure.ts";
import { describeMcpError } from "../../src/mcp/mcp_error.ts";
import { rpcMethodOf } from "../lab/journal.ts";
import { startMcpServer } from "../lab/mcp_server.ts";
import { open } from "./support.ts";

for (const postStatus of [400, 404, 405]) {
  for (const version of ["auto", "2025-03-26", "2025-11-25"] as const) {
    Deno.test(`a server that answers POST with ${postStatus} is asked for HTTP+SSE (${version})`, async () => {
      await using server = await startMcpServer({ era: "sse", path: "/sse", sse: { postStatus } });
      const connection = await open(server.url, { version });
      assert.equal(connection.transport, "sse");
      assert.deepEqual(connection.findings.map(({ code }) => code), ["http_sse_transport"]);
      const { items } = await connection.list("tools");
      assert.ok(items.length > 0);
      assert.equal((await connection.callTool("echo", { message: "hi" })).text, "hi");
      await connection.close();
    });
  }
}

Deno.test("a server that speaks Streamable HTTP is not asked for HTTP+SSE", async () => {
  await using server = await startMcpServer({
    era: "legacy",
    intercept: (request) =>
      rpcMethodOf(request) === "initialize" ? { status: 401, body: "no" } : undefined,
  });
  await assert.rejects(open(server.url));
  assert.deepEqual(server.requests.filter(({ method }) => method === "GET"), []);
});

Deno.test("2026-07-28 has no HTTP+SSE", async () => {
  await using server = await startMcpServer({ era: "sse" });
  await assert.rejects(open(server.url, { version: "2026-07-28" }));
  assert.deepEqual(server.requests.filter(({ method }) => method === "GET"), []);
});

Deno.test("messages go to the origin of the event stream only", async () => {
  for (const endpoint of ["https://other.example/messages", "//other.example/m", "http://["]) {
    await using server = await startMcpServer({ era: "sse", sse: { endpoint: () => endpoint } });
    const error = await open(server.url).catch((error) => error);
    assert.ok(error instanceof Failure && error.code === "transport_not_supported");
    assert.match(error.message, /HTTP\+SSE \(2024-11-05\)/);
  }
});

Deno.test("an absolute URL of the same origin is an endpoint", async () => {
  await using server = await startMcpServer({
    era: "sse",
    sse: { endpoint: (path) => new URL(path, server.url).href },
  });
  const connection = await open(server.url);
  assert.ok((await connection.list("tools")).items.length > 0);
  await connection.close();
});

Deno.test("a failure at the endpoint says that the server uses HTTP+SSE, and the status", async () => {
  await using server = await startMcpServer({
    era: "sse",
    intercept: ({ target, method }) =>
      method === "POST" && target.includes("sessionId") ? { status: 404, body: "nf" } : undefined,
  });
  const error = await open(server.url).catch((error) => error);
  assert.match(
    describeMcpError(error),
    /uses HTTP\+SSE \(2024-11-05\), and .* failed: HTTP 404; it says "nf"/,
  );
});

Deno.test("an event stream without an endpoint ends with the time limit", async () => {
  const stream = (first: string) =>
    new Response(`${first}\n\n`, { headers: { "content-type": "text/event-stream" } });
  for (const first of [": nothing", "event: message\ndata: {}"]) {
    await using server = await startMcpServer({
      era: "sse",
      intercept: ({ method }) => method === "GET" ? stream(first) : undefined,
    });
    const error = await open(server.url, { timeoutMs: 300 }).catch((error) => error);
    assert.ok(error instanceof Failure);
    assert.match(error.message, /and its event stream (ended|names no endpoint)/);
  }
});

Deno.test("a GET that brings a page leaves the first error", async () => {
  await using server = await startMcpServer({
    intercept: ({ method }) =>
      method === "GET" ? { body: "<p>hello" } : { status: 405, body: "no" },
  });
  const error = await open(server.url).catch((error) => error);
  assert.match(describeMcpError(error), /HTTP 405; it says "no"/);
});
