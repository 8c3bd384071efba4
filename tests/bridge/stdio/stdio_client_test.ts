import assert from "node:assert/strict";
import { createBacklog } from "../../../src/bridge/message/backlog.ts";
import { messageOf } from "../../../src/bridge/message/message.ts";
import { openStdio } from "../../../src/bridge/stdio/stdio_client.ts";
import { type BridgeSetup, startBridge } from "../bridge_pipes.ts";
import { event, JSON_TYPE, resultText, startFaultServer, STREAM_TYPE } from "../fault_server.ts";
import { createRawClient } from "../raw_client.ts";

const NO_STREAM = () => ({ status: 405 });

/** The answer of the tool `held` waits for `release`. */
function heldServer() {
  const received = Promise.withResolvers<void>();
  const release = Promise.withResolvers<void>();
  const server = startFaultServer({
    onGet: NO_STREAM,
    faults: {
      async held({ id, raw }) {
        await raw.head(200, [STREAM_TYPE]);
        await raw.write(": \n\n");
        received.resolve();
        const gone = new Promise((resolve) => raw.gone.addEventListener("abort", resolve));
        await Promise.race([release.promise, gone]);
        await raw.write(event(resultText(id))).catch(() => {});
      },
    },
  });
  return { server, received: received.promise, release: release.resolve };
}

type Started = Awaited<ReturnType<typeof startHeld>>;

async function startHeld(setup: BridgeSetup = {}, args: readonly string[] = []) {
  const held = heldServer();
  const bridge = startBridge(held.server.mcpUrl, args, setup);
  const client = createRawClient(bridge);
  await client.initialize();
  void client.call("held").catch(() => {});
  await held.received;
  return { ...held, bridge, client };
}

const ENDS: Readonly<Record<string, (started: Started, clientEnded: AbortController) => unknown>> =
  {
    "the end of the input": ({ client }) => client.close(),
    "a signal": ({ bridge }) => bridge.interrupt.abort(),
    "the end of the client": (_, clientEnded) => clientEnded.abort(),
    "a closed output": ({ client }) => client.write("{"),
  };

for (const [what, end] of Object.entries(ENDS)) {
  Deno.test(`after ${what} the bridge ends, and deletes the session`, async () => {
    const clientEnded = new AbortController();
    let isClosed = false;
    const started = await startHeld({
      clientEnded: clientEnded.signal,
      onOutput: () => isClosed ? Promise.reject(new Deno.errors.BrokenPipe()) : Promise.resolve(),
    }, ["--drain", "1"]);
    await using server = started.server;
    isClosed = what === "a closed output";
    await end(started, clientEnded);
    await started.bridge.ended;
    assert.equal(server.methods().at(-1), "DELETE");
    assert.equal(server.sessions.size, 0);
  });
}

Deno.test("after the end of the input, a request without an answer gets a response", async () => {
  const received = Promise.withResolvers<void>();
  await using server = startFaultServer({
    onGet: NO_STREAM,
    faults: {
      async silent({ raw }) {
        received.resolve();
        await new Promise((resolve) => raw.gone.addEventListener("abort", resolve));
      },
    },
  });
  await using bridge = startBridge(server.mcpUrl, ["--drain", "1"]);
  const client = createRawClient(bridge);
  await client.initialize();
  const response = client.call("silent");
  await received.promise;
  await client.close();
  const { error } = JSON.parse(await response);
  assert.equal(error.code, -31905);
  assert.match(error.message, /^mcpass ended before the response to tools\/call/);
});

Deno.test("after the end of the input, --drain waits for open requests", async () => {
  const started = await startHeld({}, ["--drain", "50000"]);
  await using _ = started.server;
  const closing = started.client.close();
  started.release();
  await closing;
  assert.ok(started.client.lines.includes(resultText('"held"')));
});

Deno.test("only a line that looks like a message gets a parse error", async () => {
  await using server = startFaultServer({ onGet: NO_STREAM });
  await using bridge = startBridge(server.mcpUrl);
  const client = createRawClient(bridge);
  await client.initialize();
  for (
    const line of ["hello", '"text"', '{"a":', "[1,", "[]", '[{"method":"initialize","id":1}]']
  ) {
    await client.write(line);
  }
  await client.call("after");
  const errors = client.lines.filter((line) => line.includes('"error"')).map((line) =>
    JSON.parse(line)
  );
  assert.deepEqual(errors.map(({ error }) => error.code), [-32700, -32700, -32600, -32600]);
  assert.ok(errors.every(({ id }) => id === null));
  await client.close();
});

Deno.test("standard error says once that other text was ignored", async () => {
  await using server = startFaultServer({ onGet: NO_STREAM });
  await using bridge = startBridge(server.mcpUrl);
  const client = createRawClient(bridge);
  await client.initialize();
  for (const line of ["npm warn old package", "hello again"]) await client.write(line);
  await client.call("after");
  await client.close();
  const { stderr } = await bridge.ended;
  assert.equal(stderr.match(/not a JSON-RPC message/g)?.length, 1);
  assert.doesNotMatch(stderr, /npm/);
});

const STATELESS_META = JSON.stringify({
  "io.modelcontextprotocol/protocolVersion": "2026-07-28",
  "io.modelcontextprotocol/clientCapabilities": {},
});

for (const [when, first] of [["of 2026-07-28", false], ["after such a request", true]] as const) {
  Deno.test(`a batch ${when} is refused with one error, and not sent`, async () => {
    await using server = startFaultServer({ onGet: NO_STREAM });
    await using bridge = startBridge(server.mcpUrl);
    const client = createRawClient(bridge);
    const params = `{"name":"a","_meta":${STATELESS_META}}`;
    const call = (id: number) =>
      `{"jsonrpc":"2.0","id":${id},"method":"tools/call","params":${params}}`;
    if (first) {
      await client.write(call(1));
      await client.find((line) => line.includes('"id":1'));
    }
    const calls = () => server.methods().filter((method) => method === "tools/call").length;
    const before = calls();
    const plain = '{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"a"}}';
    await client.write(first ? `[${plain}]` : `[${plain},${call(8)}]`);
    const refusal = JSON.parse(await client.find((line) => line.includes("-32600")));
    assert.equal("id" in refusal, false);
    assert.match(refusal.error.message, /does not allow batches/);
    await client.close();
    assert.equal(calls(), before);
  });
}

Deno.test("the requests of a batch are sent, and their responses are one array", async () => {
  await using server = startFaultServer({
    onGet: NO_STREAM,
    faults: {
      late: async ({ id }) => {
        await ran.promise;
        return { headers: [JSON_TYPE], body: resultText(id, '{"n":1.0}') };
      },
      early: ({ id }) => {
        ran.resolve();
        return { status: 500, body: id };
      },
    },
  });
  const ran = Promise.withResolvers<void>();
  await using bridge = startBridge(server.mcpUrl);
  const client = createRawClient(bridge);
  await client.initialize("2025-03-26");
  const call = (id: string, name: string) =>
    `{"id": ${id}, "method":"tools/call","params":{"name":"${name}"}}`;
  const note = '{"jsonrpc":"2.0","method":"notifications/roots/list_changed"}';
  await client.write(`[${call("1.0", "late")}, ${note},${call('"2"', "early")}]`);
  const line = await client.find((text) => text.startsWith("["));
  const responses = JSON.parse(line) as { id: unknown; error?: { code: number } }[];
  assert.deepEqual(
    new Map(responses.map(({ id, error }) => [id, error?.code])),
    new Map<unknown, unknown>([
      ["2", -31904],
      [1, undefined],
    ]),
  );
  assert.ok(line.includes(resultText("1.0", '{"n":1.0}')));
  assert.ok(server.requests.some(({ body }) => body === note));
  await client.write(`[${call("7", "a")},${call("7", "b")}]`);
  const twice = await client.find((text) => text.startsWith("[") && text !== line);
  const ranTools = JSON.parse(twice).map(({ result }: { result: { ran: string } }) => result.ran);
  assert.deepEqual(ranTools.sort(), ["a", "b"]);
  await client.write(`[${note}]`);
  await client.call("after");
  assert.equal(client.lines.filter((text) => text.startsWith("[")).length, 2);
  await client.close();
});

Deno.test("the end of the input is seen behind a message that the server does not read", async () => {
  const message = `{"id":1,"method":"m","params":"${"x".repeat(1000)}"}\n`;
  const backlog = createBacklog(100);
  const stdio = openStdio({
    input: ReadableStream.from([new TextEncoder().encode(message)]),
    write: () => Promise.resolve(),
    backlog,
    drainMs: 1,
    signal: new AbortController().signal,
  });
  const closed = Promise.withResolvers<void>();
  await stdio.run({
    send({ text }) {
      backlog.add(text.length);
      return closed.promise;
    },
    close: () => Promise.resolve(closed.resolve()),
  });
  await closed.promise;
});

Deno.test("the input is not read while the output is blocked, and nothing is lost", async () => {
  const count = 100;
  const limit = 10;
  let read = 0;
  const input = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (read === count) return controller.close();
      read += 1;
      const padding = " ".repeat(64 * 1024);
      controller.enqueue(new TextEncoder().encode(`{"id":${read},"method":"m"}${padding}\n`));
    },
  }, { highWaterMark: 0 });
  const unblocked = Promise.withResolvers<void>();
  const written: string[] = [];
  const stdio = openStdio({
    input,
    async write(bytes) {
      await unblocked.promise;
      written.push(new TextDecoder().decode(bytes));
    },
    backlog: createBacklog(limit * 1000),
    drainMs: 50_000,
    signal: new AbortController().signal,
  });
  const response = messageOf(`{"id":1,"result":"${"x".repeat(1000)}"}`);
  const running = stdio.run({
    send: () => stdio.write(response),
    close: () => Promise.resolve(),
  });
  for (let turn = 0; turn < 1000; turn += 1) await Promise.resolve();
  // One chunk is read ahead, to notice the end of the input.
  assert.equal(read, limit + 1);
  unblocked.resolve();
  await running;
  assert.equal(written.length, count);
});
