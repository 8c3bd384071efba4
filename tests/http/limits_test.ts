import { deepEqual, equal, match, ok } from "node:assert/strict";
import { MAX_ERROR_BYTES, MAX_RECORDED_BYTES, POLICY } from "../../src/http/policy.ts";
import { holdTimers } from "../held_timers.ts";
import { openClient, readHead, request, serve, serveRaw, untilClosed, write } from "./support.ts";

const KIB = 1024;
const LIMIT = POLICY.token.maxBodyBytes;

/** A body without an end, and whether somebody stopped reading it. */
function endless(
  chunk: Uint8Array,
): { readonly body: ReadableStream; readonly stopped: Promise<void> } {
  const { promise, resolve } = Promise.withResolvers<void>();
  const body = new ReadableStream({ pull: (c) => c.enqueue(chunk), cancel: () => resolve() });
  return { body, stopped: promise };
}

Deno.test("an endless body is cut at the limit and its connection is given up", async () => {
  const { body, stopped } = endless(new Uint8Array(16 * KIB).fill(97));
  await using server = serve(() => new Response(body));
  await using client = openClient();
  const failure = await client.failure({ purpose: "token", method: "POST", url: server.origin });
  equal(failure.code, "response_too_large");
  await stopped;
  const [exchange] = client.exchanges;
  equal(exchange?.fault?.code, "body_too_large");
  equal(exchange?.response?.status, 200);
  equal(exchange?.response?.body.length, LIMIT);
  equal(exchange?.response?.truncated, true);
  ok((exchange?.response?.bodyBytes ?? 0) < LIMIT + 128 * KIB);
});

Deno.test("of a 50 MB body little more than the limit is read", async () => {
  await using server = serve(() => new Response(new Uint8Array(50_000_000)));
  await using client = openClient();
  const failure = await client.failure({ url: server.origin });
  equal(failure.code, "response_too_large");
  ok((client.exchanges[0]?.response?.bodyBytes ?? 0) < LIMIT + 256 * KIB);
});

Deno.test("a compressed body is measured after expansion", async () => {
  const zeros = new Blob([new Uint8Array(30_000_000)]).stream();
  const bomb = await new Response(zeros.pipeThrough(new CompressionStream("gzip"))).bytes();
  ok(bomb.length < LIMIT);
  await using server = serve(() =>
    new Response(bomb, {
      headers: { "content-encoding": "gzip", "content-type": "application/json" },
    })
  );
  await using client = openClient();
  const failure = await client.failure({ url: server.origin });
  equal(failure.code, "response_too_large");
  ok((client.exchanges[0]?.response?.bodyBytes ?? 0) < LIMIT + 256 * KIB);
});

Deno.test("a body of exactly the limit is whole", async () => {
  await using server = serve(() => new Response("a".repeat(LIMIT)));
  await using client = openClient();
  const answer = await client.http.send(request({ url: server.origin }));
  equal(answer.body.length, LIMIT);
  equal(client.exchanges[0]?.response?.truncated, false);
});

Deno.test("an MCP answer may be larger than a document", async () => {
  await using server = serve(() => new Response("a".repeat(LIMIT + 1)));
  await using client = openClient();
  const answer = await client.http.send(
    request({ purpose: "mcp", method: "POST", url: server.origin }),
  );
  equal(answer.body.length, LIMIT + 1);
});

Deno.test("an error of the MCP server is read up to its own limit, and is no failure", async () => {
  const { body, stopped } = endless(new Uint8Array(16 * KIB).fill(97));
  const streamed = endless(new Uint8Array(16 * KIB).fill(97));
  const bodies = [body, streamed.body];
  await using server = serve(() => new Response(bodies.shift() ?? null, { status: 403 }));
  await using client = openClient();
  const sent = { purpose: "mcp", method: "POST", url: server.origin } as const;
  const { body: text, status } = await client.http.send(request(sent));
  deepEqual([status, text.length], [403, MAX_ERROR_BYTES]);
  await stopped;
  const response = await client.http.streaming(() => "request")(server.origin, { method: "POST" });
  deepEqual([response.status, (await response.text()).length], [403, MAX_ERROR_BYTES]);
  await streamed.stopped;
  deepEqual(
    client.exchanges.map((it) => [it.response?.truncated, it.fault]),
    [[true, null], [true, null]],
  );
});

Deno.test("a server that never answers runs into the time limit", async () => {
  const left = Promise.withResolvers<void>();
  await using server = serveRaw(async (conn) => {
    await readHead(conn);
    await untilClosed(conn);
    left.resolve();
  });
  await using client = openClient({ stepTimeoutMs: 50 });
  const failure = await client.failure({ url: `${server.origin}/silent?state=x` });
  equal(failure.code, "network_timeout");
  match(failure.message, /^GET http:\/\/127.0.0.1:\d+\/silent: .*50 ms/);
  deepEqual(failure.commandFlags, { stepTimeout: "120000" });
  equal(client.exchanges[0]?.response, null);
  equal(client.exchanges[0]?.fault?.code, "timeout");
  await left.promise;
});

Deno.test("of a body that is read at once and ends early, nothing is recorded as complete", async () => {
  await using server = serveRaw(async (conn) => {
    await readHead(conn);
    await write(conn, "HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\nbeginning");
  });
  await using client = openClient({ keepsPartialBodies: false });
  const failure = await client.failure({ url: server.origin });
  match(failure.code, /^network_/);
  const [exchange] = client.exchanges;
  equal(exchange?.response?.status, 200);
  equal(exchange?.response?.body, "");
  equal(exchange?.response?.truncated, true);
});

Deno.test("the time limit covers the body", async () => {
  using limit = holdTimers(20_000);
  await using server = serveRaw(async (conn) => {
    await readHead(conn);
    await write(conn, "HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\nbeginning");
    await untilClosed(conn);
  });
  await using client = openClient({
    stepTimeoutMs: 20_000,
    async fetch(url, init) {
      const response = await fetch(url, init);
      const reader = response.body?.getReader();
      let pulls = 0;
      const body = new ReadableStream({
        async pull(controller) {
          // A second read means that the first chunk was received.
          if (++pulls === 2) limit.fire();
          controller.enqueue((await reader?.read())?.value);
        },
      }, { highWaterMark: 0 });
      return new Response(body, response);
    },
  });
  const failure = await client.failure({ url: server.origin });
  equal(failure.code, "network_timeout");
  const [exchange] = client.exchanges;
  equal(exchange?.fault?.code, "timeout");
  equal(exchange?.response?.status, 200);
  equal(exchange?.response?.body, "beginning");
  equal(exchange?.response?.truncated, true);
});

Deno.test("the time limit covers the whole chain of redirects", async () => {
  using limit = holdTimers(20_000);
  await using server = serve((request) => {
    if (!request.url.endsWith("/end")) {
      return new Response(null, { status: 302, headers: { location: "/end" } });
    }
    limit.fire();
    return new Promise(() => {});
  });
  await using client = openClient({ stepTimeoutMs: 20_000 });
  equal((await client.failure({ url: `${server.origin}/start` })).code, "network_timeout");
  equal(client.exchanges[1]?.redirectOf, 1);
  equal(client.exchanges[1]?.fault?.code, "timeout");
});

Deno.test("Ctrl-C ends a request that waits for its answer", async () => {
  const asked = Promise.withResolvers<void>();
  await using server = serve(() => {
    asked.resolve();
    return new Promise(() => {});
  });
  await using client = openClient();
  const failing = client.failure({ url: server.origin });
  await Promise.race([asked.promise, failing]);
  client.interrupt.abort();
  const failure = await failing;
  equal(failure.code, "cancelled");
  equal(failure.kind, "cancelled");
  equal(client.exchanges[0]?.fault?.code, "aborted");
});

Deno.test("after Ctrl-C nothing more is sent", async () => {
  await using server = serve(() => new Response());
  await using client = openClient();
  client.interrupt.abort();
  equal((await client.failure({ url: server.origin })).code, "cancelled");
  equal(server.requests.length, 0);
});

Deno.test("a caller can end its own request", async () => {
  const asked = Promise.withResolvers<void>();
  await using server = serve(() => {
    asked.resolve();
    return new Promise(() => {});
  });
  await using client = openClient();
  const caller = new AbortController();
  const failing = client.failure({ url: server.origin, signal: caller.signal });
  await Promise.race([asked.promise, failing]);
  caller.abort();
  equal((await failing).code, "cancelled");
});

Deno.test("closing the HTTP client ends and records what is under way", async () => {
  const asked = Promise.withResolvers<void>();
  await using server = serve(() => {
    asked.resolve();
    return new Promise(() => {});
  });
  const client = openClient();
  const failing = client.failure({ url: server.origin });
  await Promise.race([asked.promise, failing]);
  await client.http.close();
  equal(client.exchanges[0]?.fault?.code, "aborted");
  equal((await failing).code, "cancelled");
  equal((await client.failure({ url: server.origin })).code, "cancelled");
});

Deno.test("an event stream is read until there is enough of it", async () => {
  const left = Promise.withResolvers<void>();
  await using server = serve(() => {
    const body = new ReadableStream({
      start: (c) => c.enqueue(new TextEncoder().encode("data: one\n\n")),
      cancel: () => left.resolve(),
    });
    return new Response(body, { headers: { "content-type": "text/event-stream; charset=utf-8" } });
  });
  await using client = openClient();
  const answer = await client.http.send(request({
    purpose: "mcp",
    url: server.origin,
    enough: () => (text) => text.includes("\n\n"),
  }));
  equal(answer.body, "data: one\n\n");
  equal(client.exchanges[0]?.fault, null);
  await left.promise;
});

Deno.test("a response of the MCP server is complete up to its own limit, and recorded in part", async () => {
  const body = "a".repeat(MAX_RECORDED_BYTES + 5);
  await using server = serve(() => new Response(body));
  await using client = openClient({ serverUrl: server.origin });
  const answer = await client.http.send(request({ purpose: "mcp", url: server.origin }));
  equal(answer.body.length, body.length);
  const streamed = await client.http.streaming(() => "request")(server.origin);
  equal((await streamed.text()).length, body.length);
  for (const { response, fault } of client.exchanges) {
    equal(fault, null);
    equal(response?.body.length, MAX_RECORDED_BYTES);
    equal(response?.bodyBytes, body.length);
    equal(response?.truncated, true);
  }
});

Deno.test("the limit of the MCP server's responses can be changed, and no other", async () => {
  await using server = serve(() => new Response("a".repeat(3000)));
  await using client = openClient({ serverUrl: server.origin, maxResponseBytes: 2000 });
  await client.http.send(request({ url: server.origin }));
  const failure = await client.failure({ purpose: "mcp", url: server.origin });
  equal(failure.code, "response_too_large");
  match(failure.message, /limit 2000 bytes/);
  deepEqual(failure.commandFlags, { maxResponseSize: "256" });
});
