import assert from "node:assert/strict";
import { headerOf } from "../lab/journal.ts";
import type { Answer } from "../lab/scripted_server.ts";
import { startBridge } from "./bridge_pipes.ts";
import {
  event,
  type FaultServerOptions,
  JSON_TYPE,
  resultText,
  startFaultServer,
  STREAM_TYPE,
} from "./fault_server.ts";
import { createRawClient } from "./raw_client.ts";

const now = () => Promise.resolve();

function open(options: FaultServerOptions = {}) {
  const server = startFaultServer(options);
  const bridge = startBridge(server.mcpUrl, [], { sleep: now });
  const client = createRawClient(bridge);
  return {
    server,
    client,
    bridge,
    async [Symbol.asyncDispose]() {
      await client.close();
      await bridge[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}

const NO_STREAM = () => ({ status: 405 });

const ENDED: readonly (readonly [what: string, answer: Answer | undefined])[] = [
  ["404", undefined],
  ["404 with a page", { status: 404, headers: [["content-type", "text/html"]], body: "Not found" }],
  ["400 about the session", {
    status: 400,
    headers: [JSON_TYPE],
    body: '{"jsonrpc":"2.0","error":{"code":-32000,"message":"No valid session ID"},"id":9}',
  }],
  ["400 of a server that was not initialized", { status: 400, body: "Server not initialized" }],
  ["503 about the session", { status: 503, body: "unknown session" }],
];

for (const [what, sessionEnded] of ENDED) {
  Deno.test(`a session that the server ended (${what}) starts again once, for all that wait`, async () => {
    await using test = open({ onGet: NO_STREAM, ...sessionEnded && { sessionEnded } });
    const { client, server } = test;
    await client.initialize();
    await client.call("before");
    server.forget();
    const lines = await Promise.all(["a", "b", "c"].map((tool) => client.call(tool)));
    assert.deepEqual(
      lines,
      ["a", "b", "c"].map((tool) => resultText(`"${tool}"`, `{"ran":"${tool}"}`)),
    );
    assert.deepEqual(server.ran.toSorted(), ["a", "b", "before", "c"]);
    const methods = server.methods();
    assert.equal(methods.filter((method) => method === "initialize").length, 2);
    assert.equal(methods.filter((method) => method === "notifications/initialized").length, 2);
    const [first, second] = server.requests
      .filter(({ body }) => body.includes('"initialize"')).map(({ body }) => JSON.parse(body));
    assert.deepEqual(second.params, first.params);
    assert.notEqual(second.id, first.id);
    assert.equal(client.lines.filter((line) => line.includes(second.id)).length, 0);
  });
}

Deno.test("a new session has the subscriptions and the log level of the former one", async () => {
  await using test = open({
    onGet: NO_STREAM,
    capabilities: (session) => session === 1 ? { tools: {}, prompts: {} } : { tools: { a: 1 } },
  });
  const { client, server } = test;
  await client.initialize();
  await client.ask("1", "resources/subscribe", { uri: "a:1" });
  await client.ask("2", "resources/subscribe", { uri: "a:2" });
  await client.ask("3", "resources/unsubscribe", { uri: "a:1" });
  await client.ask("4", "logging/setLevel", { level: "debug" });
  server.forget();
  const before = server.requests.length;
  await client.call("x");
  const restored = server.requests.slice(before)
    .filter(({ body }) => body !== "")
    .filter((request) => headerOf(request, "mcp-session-id") === "s2")
    .map(({ body }) => JSON.parse(body)).map(({ method, params }) => [method, params]);
  assert.deepEqual(restored, [
    ["notifications/initialized", undefined],
    ["resources/subscribe", { uri: "a:2" }],
    ["logging/setLevel", { level: "debug" }],
    ["tools/call", { name: "x" }],
  ]);
  const notified = client.lines.filter((line) => line.includes("list_changed"));
  assert.deepEqual(notified.map((line) => JSON.parse(line).method), [
    "notifications/tools/list_changed",
    "notifications/prompts/list_changed",
  ]);
});

Deno.test("a server that refuses another session is reported, and asked again by the next request", async () => {
  let refuses = false;
  await using test = open({
    onGet: NO_STREAM,
    intercept: ({ body }) =>
      refuses && body.includes('"initialize"') ? { status: 500, body: "starting" } : undefined,
  });
  const { client, server } = test;
  await client.initialize();
  server.forget();
  refuses = true;
  const { error } = JSON.parse(await client.call("a"));
  assert.equal(error.code, -31904);
  refuses = false;
  assert.equal(await client.call("b"), resultText('"b"', '{"ran":"b"}'));
  assert.deepEqual(server.ran, ["b"]);
});

Deno.test("the stream of the server is opened again where it ended, and with a new session", async () => {
  const streams: (string | undefined)[][] = [];
  await using test = open({
    async onGet(request, raw) {
      const session = headerOf(request, "mcp-session-id");
      streams.push([session, headerOf(request, "last-event-id")]);
      await raw.head(200, [STREAM_TYPE]);
      const note = (n: number) => event(`{"jsonrpc":"2.0","method":"n${n}"}`, `id: ${n}\n`);
      if (streams.length === 1) return await raw.write(`retry: 5\n${note(1)}`);
      if (streams.length === 2) {
        await raw.write(note(2));
        test.server.forget();
        return;
      }
      // The third one gets 404, so this is the one of the new session.
      await raw.write(note(3));
      await new Promise((resolve) => raw.gone.addEventListener("abort", resolve));
      return;
    },
  });
  const { client } = test;
  await client.initialize();
  await client.find((line) => line.includes('"n3"'));
  assert.deepEqual(streams, [["s1", undefined], ["s1", "1"], ["s2", undefined]]);
  assert.equal(client.lines.filter((line) => /"n[123]"/.test(line)).length, 3);
});

Deno.test("a question of a session that has ended is not answered in the new one", async () => {
  await using test = open({
    faults: {
      async asks({ id, raw, server }) {
        await raw.head(200, [STREAM_TYPE]);
        await raw.write(event('{"jsonrpc":"2.0","id":77,"method":"roots/list"}'));
        server.forget();
        await asked.promise;
        await raw.write(event(resultText(id)));
      },
    },
    onGet: NO_STREAM,
  });
  const asked = Promise.withResolvers<void>();
  const { client, server } = test;
  await client.initialize();
  const call = client.call("asks");
  await client.find((line) => line.includes("roots/list"));
  await client.call("renews");
  await client.write('{"jsonrpc":"2.0","id":77,"result":{"roots":[]}}');
  await client.call("later");
  asked.resolve();
  await call;
  assert.ok(server.requests.every(({ body }) => !body.includes('"roots":[]')));
});

Deno.test("the revision decides whether requests name it", async () => {
  for (const version of ["2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"]) {
    await using test = open({ onGet: NO_STREAM });
    await test.client.initialize(version);
    await test.client.call("a");
    const call = test.server.requests.find(({ body }) => body.includes("tools/call"));
    const expected = version < "2025-06-18" ? undefined : version;
    assert.equal(call && headerOf(call, "mcp-protocol-version"), expected, version);
  }
});

Deno.test("without a session there is no DELETE, and with one there is", async () => {
  for (const sessions of [true, false]) {
    await using test = open({ sessions, onGet: NO_STREAM });
    await test.client.initialize();
    await test.client.call("a");
    await test.client.close();
    await test.bridge.ended;
    assert.equal(test.server.methods().includes("DELETE"), sessions);
    assert.equal(test.server.sessions.size, sessions ? 0 : 1);
  }
});

Deno.test("cookies of a load balancer are sent again", async () => {
  await using test = open({
    onGet: NO_STREAM,
    faults: {
      sets: ({ id }) => ({
        headers: [JSON_TYPE, ["set-cookie", "node=a; Path=/; HttpOnly"]],
        body: resultText(id),
      }),
    },
  });
  const { client, server } = test;
  await client.initialize();
  await client.call("sets");
  await client.call("next");
  assert.equal(
    headerOf(server.requests.findLast(({ body }) => body !== "") as never, "cookie"),
    "node=a",
  );
});

Deno.test("a cancelled request has no response, and its stream is closed", async () => {
  const gone = Promise.withResolvers<void>();
  const received = Promise.withResolvers<void>();
  await using test = open({
    onGet: NO_STREAM,
    faults: {
      async never({ raw }) {
        await raw.head(200, [STREAM_TYPE]);
        await raw.write(": \n\n");
        raw.gone.addEventListener("abort", () => gone.resolve());
        received.resolve();
        await gone.promise;
      },
    },
  });
  const { client, server } = test;
  await client.initialize();
  void client.call("never", "5").catch(() => {});
  await received.promise;
  const cancelled =
    '{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":5,"x":1.0}}';
  await client.write(cancelled);
  await gone.promise;
  await client.call("after");
  assert.ok(server.requests.some(({ body }) => body === cancelled));
  assert.ok(client.lines.every((line) => !line.includes('"id":5')));
});

Deno.test("a server that is started again is waited for, and what was not sent is sent", async () => {
  const first = startFaultServer({ onGet: NO_STREAM });
  let second: ReturnType<typeof startFaultServer> | undefined;
  const { port } = new URL(first.origin);
  const started = Promise.withResolvers<void>();
  await using bridge = startBridge(first.mcpUrl, [], {
    sleep() {
      second ??= startFaultServer({ onGet: NO_STREAM, port: Number(port) });
      started.resolve();
      return Promise.resolve();
    },
  });
  const client = createRawClient(bridge);
  await client.initialize();
  await client.call("a");
  await first[Symbol.asyncDispose]();
  await client.ask('"list"', "tools/list");
  assert.equal(await client.call("b"), resultText('"b"', '{"ran":"b"}'));
  await started.promise;
  await client.close();
  assert.deepEqual([first.ran, second?.ran], [["a"], ["b"]]);
  await second?.[Symbol.asyncDispose]();
});
