import { deepEqual, equal, match, rejects } from "node:assert/strict";
import { holdTimers } from "../../held_timers.ts";
import type { StepId } from "../../../src/core/step.ts";
import { MAX_RECORDED_BYTES } from "../../../src/http/policy.ts";
import {
  failureOf,
  openClient,
  readHead,
  serve,
  serveRaw,
  untilClosed,
  write,
} from "../support.ts";

const STEP = (): StepId => "verify_list_tools";
const EVENTS = { "content-type": "text/event-stream" };
const bytes = (text: string) => new TextEncoder().encode(text);

/** A response whose chunks the test sends one by one. */
function byHand(headers: Record<string, string> = EVENTS, status = 200) {
  const left = Promise.withResolvers<void>();
  let controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  const body = new ReadableStream<Uint8Array>({
    start: (given) => {
      controller = given;
    },
    cancel: () => left.resolve(),
  });
  return {
    response: new Response(body, { headers, status }),
    send: (text: string) => controller?.enqueue(bytes(text)),
    end: () => controller?.close(),
    /** Settles when the client has given the body up. */
    left: left.promise,
  };
}

Deno.test("a streaming fetch hands on what it gets and records it once, when it ends", async () => {
  await using server = serve(() =>
    Response.json({ ok: true }, { status: 201, headers: { "mcp-session-id": "session-one" } })
  );
  await using client = openClient({
    serverUrl: `${server.origin}/mcp`,
    customHeaders: [["X-Api-Key", "personal-key"]],
  });
  const fetch = client.http.streaming(STEP);
  const response = await fetch(new URL(`${server.origin}/mcp`), {
    method: "POST",
    headers: { Authorization: "Bearer access-token-1" },
    body: '{"method":"tools/list"}',
  });
  equal(response.status, 201);
  equal(response.url, `${server.origin}/mcp`);
  deepEqual(await response.json(), { ok: true });
  equal(server.requests[0]?.headers.get("x-api-key"), "personal-key");

  equal(client.exchanges.length, 1);
  const [exchange] = client.exchanges;
  equal(exchange?.purpose, "mcp");
  equal(exchange?.step, "verify_list_tools");
  deepEqual(exchange?.request.headers.filter(([name]) => /key|authorization/i.test(name)), [
    ["authorization", "Bearer access-token-1"],
    ["X-Api-Key", "personal-key"],
  ]);
  equal(exchange?.request.body, '{"method":"tools/list"}');
  equal(exchange?.response?.body, '{"ok":true}');
  equal(exchange?.response?.truncated, false);
  equal(exchange?.fault, null);
  equal(client.secrets.mask("access-token-1 session-one personal-key").includes("one"), false);
});

Deno.test("an event arrives while its stream is still open", async () => {
  const stream = byHand();
  await using server = serve(() => stream.response);
  await using client = openClient();
  const response = await client.http.streaming(STEP)(server.origin);
  const reader = response.body?.getReader();
  stream.send("data: one\n\n");
  deepEqual((await reader?.read())?.value, bytes("data: one\n\n"));
  equal(client.exchanges.length, 0);
  stream.send("data: two\n\n");
  deepEqual((await reader?.read())?.value, bytes("data: two\n\n"));
  stream.end();
  equal((await reader?.read())?.done, true);
  equal(client.exchanges.length, 1);
  equal(client.exchanges[0]?.response?.body, "data: one\n\ndata: two\n\n");
});

const post = (body: string) => ({ method: "POST", body });

const OPEN: Readonly<Record<string, RequestInit>> = {
  "a GET": {},
  "a request with an id": post('{"id":0,"method":"tools/call"}'),
};

for (const [what, init] of Object.entries(OPEN)) {
  Deno.test(`an event stream that answers ${what} may stay open longer than the time limit`, async () => {
    using limit = holdTimers(20_000);
    const events = byHand();
    await using server = serve(() => events.response);
    await using client = openClient({ stepTimeoutMs: 20_000 });
    const stream = (await client.http.streaming(STEP)(server.origin, init)).body?.getReader();
    limit.fire();
    events.send("data: late\n\n");
    deepEqual((await stream?.read())?.value, bytes("data: late\n\n"));
    events.end();
    await stream?.read();
  });
}

const CLOSED: Readonly<
  Record<string, readonly [type: string, init: RequestInit, status?: number]>
> = {
  "another body than an event stream": ["application/json", {}],
  "a stream that answers a notification": ["text/event-stream", post('{"method":"x"}')],
  "a stream that answers a batch": ["text/event-stream", post('[{"id":1}]')],
  "a stream that answers a DELETE": ["text/event-stream", { method: "DELETE" }],
  "a stream of a refusal": ["text/event-stream", {}, 401],
};

for (const [what, [type, init, status]] of Object.entries(CLOSED)) {
  Deno.test(`${what} ends at the time limit`, async () => {
    using limit = holdTimers(20_000);
    const answer = byHand({ "content-type": type }, status);
    await using server = serve(() => answer.response);
    await using client = openClient({ stepTimeoutMs: 20_000 });
    const response = await client.http.streaming(STEP)(server.origin, init);
    const failure = failureOf(response.text());
    equal(limit.waiting, 1);
    limit.fire();
    equal((await failure).code, "network_timeout");
  });
}

Deno.test("a server that never answers a streaming fetch runs into the time limit", async () => {
  await using server = serveRaw(async (conn) => {
    await readHead(conn);
    await untilClosed(conn);
  });
  await using client = openClient({ stepTimeoutMs: 50 });
  const failure = await failureOf(client.http.streaming(STEP)(server.origin));
  equal(failure.code, "network_timeout");
  equal(client.exchanges.length, 1);
});

Deno.test("a stream that its reader cancels is recorded once and given up", async () => {
  const stream = byHand();
  await using server = serve(() => stream.response);
  await using client = openClient();
  const response = await client.http.streaming(STEP)(server.origin);
  stream.send("data: one\n\n");
  const reader = response.body?.getReader();
  await reader?.read();
  await reader?.cancel();
  await stream.left;
  equal(client.exchanges[0]?.fault?.code, "aborted");
  await client.http.close();
  equal(client.exchanges.length, 1);
  equal(client.exchanges[0]?.response?.truncated, true);
  equal(client.exchanges[0]?.response?.body, "data: one\n\n");
});

Deno.test("a stream that its caller aborts fails with the caller's reason", async () => {
  const stream = byHand();
  await using server = serve(() => stream.response);
  await using client = openClient();
  const caller = new AbortController();
  const response = await client.http.streaming(STEP)(server.origin, { signal: caller.signal });
  const reading = response.text();
  caller.abort(new Error("enough"));
  await rejects(reading, /enough/);
  await stream.left;
  equal(client.exchanges.length, 1);
  await rejects(client.http.streaming(STEP)(server.origin, { signal: caller.signal }), /enough/);
});

Deno.test("closing the HTTP client ends open streams and records them, read or not", async () => {
  const read = byHand();
  const unread = byHand();
  await using server = serve((request) =>
    request.url.endsWith("/read") ? read.response : unread.response
  );
  const client = openClient();
  const fetch = client.http.streaming(STEP);
  const reader = (await fetch(`${server.origin}/read`)).body?.getReader();
  await fetch(`${server.origin}/unread`);
  read.send("data: one\n\n");
  await reader?.read();
  await client.http.close();
  deepEqual(client.exchanges.map(({ id, fault }) => [id, fault?.code]), [
    [1, "aborted"],
    [2, "aborted"],
  ]);
  equal((await failureOf(reader?.read() ?? Promise.resolve())).code, "cancelled");
  await Promise.all([read.left, unread.left]);
});

Deno.test("Ctrl-C ends an open stream", async () => {
  const stream = byHand();
  await using server = serve(() => stream.response);
  await using client = openClient();
  const reading = failureOf((await client.http.streaming(STEP)(server.origin)).text());
  client.interrupt.abort();
  equal((await reading).code, "cancelled");
  await stream.left;
});

Deno.test("an endless stream ends with a failure at the limit", async () => {
  const chunk = new Uint8Array(256 * 1024).fill(97);
  const left = Promise.withResolvers<void>();
  await using server = serve(() => {
    const body = new ReadableStream({
      pull: (c) => c.enqueue(chunk),
      cancel: () => left.resolve(),
    });
    return new Response(body, { headers: EVENTS });
  });
  await using client = openClient({ maxResponseBytes: 8 * 1024 * 1024 });
  const failure = await failureOf((await client.http.streaming(STEP)(server.origin)).text());
  equal(failure.code, "response_too_large");
  match(failure.message, /limit 8 MB/);
  deepEqual(failure.commandFlags, { maxResponseSize: "256" });
  await left.promise;
  equal(client.exchanges[0]?.response?.body.length, MAX_RECORDED_BYTES);
});

Deno.test("a caller that measures the messages itself gets a stream of any length", async () => {
  const chunk = new Uint8Array(256 * 1024).fill(0x2c);
  let left = 10;
  await using server = serve(() => {
    const body = new ReadableStream({
      pull: (c) => left-- === 0 ? c.close() : c.enqueue(chunk),
    });
    return new Response(body, { headers: EVENTS });
  });
  await using client = openClient({ maxResponseBytes: 1024 });
  const response = await client.http.streaming(STEP)(server.origin, { isMeasured: true });
  equal((await response.bytes()).length, 10 * chunk.length);
});

Deno.test("a request that is sent once says when its body has left", async () => {
  const answered: string[] = [];
  await using server = serve(async (request) => {
    const text = await request.text();
    answered.push("received");
    return new Response(text);
  });
  await using client = openClient();
  const body = JSON.stringify({ id: 1, method: "tools/call", params: "ü".repeat(300_000) });
  const response = await client.http.streaming(STEP)(server.origin, {
    method: "POST",
    body,
    onSent: () => answered.push("sent"),
  });
  equal(await response.text(), body);
  deepEqual(answered.toSorted(), ["received", "sent"]);
});

Deno.test("a connection that breaks inside a stream is a failure with its reason", async () => {
  await using server = serveRaw(async (conn) => {
    await readHead(conn);
    await write(conn, "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nbeginning");
  });
  await using client = openClient();
  const failure = await failureOf((await client.http.streaming(STEP)(server.origin)).text());
  equal(failure.code, "network_connection_reset");
  equal(client.exchanges[0]?.response?.body, "beginning");
  equal(client.exchanges[0]?.fault?.code, "connection_reset");
});

Deno.test("a streaming fetch follows no redirect, not even one of its own origin", async () => {
  await using server = serve(() => Response.redirect(`${server.origin}/mcp/`, 307));
  await using client = openClient();
  const posting = client.http.streaming(STEP)(`${server.origin}/mcp`, {
    method: "POST",
    body: "{}",
  });
  equal((await posting).status, 307);
  equal(server.requests.length, 1);
  equal(client.exchanges.length, 1);
  equal(client.exchanges[0]?.response?.status, 307);
});

Deno.test("an answer without a body is recorded at once", async () => {
  await using server = serve((request) =>
    new Response(null, { status: request.method === "POST" ? 202 : 204 })
  );
  await using client = openClient();
  const fetch = client.http.streaming(STEP);
  equal((await fetch(server.origin, { method: "POST", body: "{}" })).status, 202);
  equal((await fetch(server.origin, { method: "DELETE" })).status, 204);
  deepEqual(client.exchanges.map(({ response }) => [response?.status, response?.truncated]), [
    [202, false],
    [204, false],
  ]);
});

Deno.test("an answer that says it is empty, or has no body at all, is complete at once", async () => {
  const empty = () => new Response(byHand().response.body, { headers: { "content-length": "0" } });
  for (const answer of [empty, () => new Response(null)]) {
    using limit = holdTimers(20_000);
    await using client = openClient({ fetch: () => Promise.resolve(answer()) });
    const response = await client.http.streaming(STEP)("http://127.0.0.1/mcp");
    equal(response.body, null);
    deepEqual(client.exchanges.map((it) => it.response?.truncated), [false]);
    equal(limit.waiting, 0);
  }
});

for (const status of [101, 999]) {
  Deno.test(`status ${status} is no answer to a streaming fetch`, async () => {
    await using server = serveRaw(async (conn) => {
      await readHead(conn);
      await write(conn, `HTTP/1.1 ${status} Odd\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n`);
    });
    await using client = openClient();
    const failure = await failureOf(client.http.streaming(STEP)(server.origin));
    equal(failure.code, "network_protocol");
    equal(client.exchanges[0]?.response?.status, status);
  });
}

Deno.test("a streaming fetch takes what fetch takes", async () => {
  await using server = serve(async (request) => new Response(await request.text()));
  await using client = openClient();
  const fetch = client.http.streaming(STEP);
  const form = new URLSearchParams({ a: "b c" });
  equal(await (await fetch(server.origin, { method: "POST", body: form })).text(), "a=b+c");
  const given = new Request(server.origin, {
    method: "POST",
    body: "text",
    headers: { "x-a": "1" },
  });
  equal(await (await fetch(given)).text(), "text");
  equal(
    server.requests[0]?.headers.get("content-type"),
    "application/x-www-form-urlencoded;charset=UTF-8",
  );
  equal(server.requests[1]?.headers.get("x-a"), "1");
  deepEqual(client.exchanges.map(({ request }) => request.body), ["a=b+c", "text"]);
});
