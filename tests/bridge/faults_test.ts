import assert from "node:assert/strict";
import { AFTER_RESPONSE_MS } from "../../src/bridge/upstream/answer.ts";
import { IDLE_BODY_MS } from "../../src/bridge/upstream/response_body.ts";
import { until } from "../cli/real_process.ts";
import { holdTimers } from "../held_timers.ts";
import { headerOf } from "../lab/journal.ts";
import { startBridge } from "./bridge_pipes.ts";
import {
  event,
  type Fault,
  JSON_TYPE,
  resultText,
  startFaultServer,
  STREAM_TYPE,
  streamOf,
} from "./fault_server.ts";
import { createRawClient } from "./raw_client.ts";

const HTML = ["content-type", "text/html"] as const;

const PROGRESS = '{"jsonrpc":"2.0","method":"notifications/progress","params":{"a":1.0}}';

/** What the client gets: the text of the result or error, or members of an error of mcpass. */
type Expected = string | {
  readonly code: number;
  readonly status?: number;
  readonly type?: string;
  readonly retryAfter?: number;
  readonly says?: RegExp;
};

interface Row {
  readonly fault: Fault;
  readonly expected: Expected;
  /** How often the server received the call; default 1. */
  readonly count?: number;
  /** Milliseconds that the bridge has to wait. */
  readonly waits?: number;
}

const LOST = { code: -31905, says: /may have executed it/ };

/** Answers the first calls, and the one after them with a result. */
const first = (count: number, fault: Fault): Fault => (call) =>
  call.before < count ? fault(call) : { headers: [JSON_TYPE], body: resultText(call.id) };

const busy = (status: number, retryAfter?: string): Fault => () => ({
  status,
  headers: retryAfter === undefined ? [] : [["retry-after", retryAfter]],
  body: "slow down",
});

/** Ends the stream, in the middle of an event or between two. */
const cut = (...texts: string[]): Fault => async ({ raw }) => {
  await raw.head(200, [STREAM_TYPE, ["transfer-encoding", "chunked"]]);
  for (const text of texts) {
    await raw.write(`${new TextEncoder().encode(text).length.toString(16)}\r\n${text}\r\n`);
  }
};

const ROWS: Readonly<Record<string, Row>> = {
  "a stream cut in a message": { fault: cut('data: {"jsonrpc":"2.0","id"'), expected: LOST },
  "a stream cut after a message": { fault: cut(event(PROGRESS)), expected: LOST },
  "a stream without a response": { fault: () => streamOf(": ping\n\n"), expected: LOST },
  "202 to a request": { fault: () => ({ status: 202 }), expected: { ...LOST, status: 202 } },
  "200 without a body": { fault: () => ({ status: 200 }), expected: { ...LOST, status: 200 } },
  "no response": { fault: async () => {}, expected: LOST },
  "a cut JSON body": {
    fault: async ({ id, raw }) => {
      await raw.head(200, [JSON_TYPE, ["content-length", "500"]]);
      await raw.write(resultText(id).slice(0, 30));
    },
    expected: LOST,
  },
  "an HTML page with 500": {
    fault: () => ({ status: 500, headers: [HTML], body: "<h1>Oops</h1>\n<p>down</p>" }),
    expected: { code: -31904, status: 500, type: "text/html", says: /<h1>Oops<\/h1> <p>down/ },
  },
  "an error page that does not end": {
    fault: async ({ raw }) => {
      await raw.head(500, [HTML, ["content-length", "500"]]);
      await raw.write("<h1>Oops");
      await new Promise((resolve) => raw.gone.addEventListener("abort", resolve));
    },
    expected: { code: -31904, status: 500, says: /<h1>Oops/ },
  },
  "a secret in the type of an error": {
    fault: ({ request }) => ({
      status: 500,
      headers: [["content-type", `${headerOf(request, "x-key")}/html`]],
    }),
    expected: { code: -31904, status: 500, says: /^((?!sesame).)*$/ },
  },
  "an HTML page with 200": {
    fault: () => ({ headers: [HTML], body: "<h1>Sign in</h1>" }),
    expected: { code: -31904, status: 200, type: "text/html" },
  },
  "a long page": {
    fault: () => ({ status: 502, headers: [HTML], body: "word ".repeat(20_000) }),
    expected: { code: -31904, status: 502, says: /^.{200,400}$/ },
  },
  "JSON that is no message": {
    fault: () => ({ headers: [JSON_TYPE], body: '"hello"' }),
    expected: { code: -31904, status: 200 },
  },
  "an error without an id": {
    fault: () => ({
      headers: [JSON_TYPE],
      body: '{"jsonrpc":"2.0","id":null,"error":{"code":-32603.5,"message":"x","more":1.0}}',
    }),
    expected: '{"code":-32603.5,"message":"x","more":1.0}',
  },
  "an error in 400": {
    fault: ({ id }) => ({
      status: 400,
      headers: [JSON_TYPE],
      body: `{"jsonrpc":"2.0","id":${id},"error":{"code":-32602,"message":"m"}}`,
    }),
    expected: '{"code":-32602,"message":"m"}',
  },
  "an unknown method in 404": {
    fault: ({ id }) => ({
      status: 404,
      headers: [JSON_TYPE],
      body: `{"jsonrpc":"2.0","id":${id},"error":{"code":-32601,"message":"Method not found"}}`,
    }),
    expected: '{"code":-32601,"message":"Method not found"}',
  },
  "429 with seconds": { fault: first(1, busy(429, "7")), expected: "{}", count: 2, waits: 7000 },
  "429 three times": { fault: first(3, busy(429, "2")), expected: "{}", count: 4, waits: 2000 },
  "429 with a date": {
    fault: first(1, busy(429, new Date(Date.now() - 9e9).toUTCString())),
    expected: "{}",
    count: 2,
    waits: 0,
  },
  "429 without Retry-After": { fault: busy(429), expected: { code: -31909, status: 429 } },
  "429 with a long time": {
    fault: busy(429, "3600"),
    expected: { code: -31909, retryAfter: 3600, says: /Try again in 3600 s/ },
  },
  "503 to a tool call": {
    fault: busy(503, "5"),
    expected: { code: -31904, status: 503, retryAfter: 5 },
  },
  "members in any order, odd numbers, and several lines": {
    fault: ({ id }) => ({
      headers: [["content-type", "Application/JSON; charset=utf-8"]],
      body: `{\r\n "result" : {"b":9007199254740993, "a":1.0},\n "x":1e400,"id":${id}}`,
    }),
    expected: '{"b":9007199254740993, "a":1.0}',
  },
  "an event of several lines": {
    fault: ({ id }) => streamOf(`data: {"id":${id},\ndata: "result":{"z":1}}\n\n`),
    expected: '{"z":1}',
  },
  "other events": {
    fault: ({ id }) => streamOf("event: endpoint\ndata: /x\n\n", event(resultText(id))),
    expected: "{}",
  },
  "a slow body": {
    fault: async ({ id, raw }) => {
      const text = resultText(id, '{"slow":true}');
      await raw.head(200, [JSON_TYPE, ["content-length", String(text.length)]]);
      for (const part of text) await raw.write(part);
    },
    expected: '{"slow":true}',
  },
  "a batch with the response": {
    fault: ({ id }) => streamOf(event(`[${PROGRESS},${resultText(id, '{"in":"batch"}')}]`)),
    expected: '{"in":"batch"}',
  },
  "a response to another request": {
    fault: () => ({ headers: [JSON_TYPE], body: resultText('"nobody"') }),
    expected: LOST,
  },
  "two responses": {
    fault: ({ id }) => streamOf(event(resultText(id, '{"n":1}')), event(resultText(id, '{"n":2}'))),
    expected: '{"n":1}',
  },
  "an early end after a priming event": {
    fault: cut("id: early\nretry: 111\ndata: \n\n"),
    expected: '{"resumed":"early"}',
    waits: 111,
  },
  "an early end that asks for no pause": {
    fault: cut("id: hasty\nretry: 0\ndata: \n\n"),
    expected: '{"resumed":"hasty"}',
    waits: 100,
  },
  "an early end that asks for years": {
    fault: cut("id: lazy\nretry: 99999999999999\ndata: \n\n"),
    expected: '{"resumed":"lazy"}',
    waits: 300_000,
  },
  "a cut stream with ids": {
    fault: cut(event(PROGRESS, "id: e1\n"), 'id: e2\ndata: {"jsonr'),
    expected: '{"resumed":"e1"}',
  },
  "a cut stream that cannot be resumed": {
    fault: cut(event(PROGRESS, "id: unknown\n")),
    expected: LOST,
  },
};

function partOf(line: string, name: string): string {
  const found = line.indexOf(`"${name}"`);
  assert.notEqual(found, -1, line);
  return line.slice(line.indexOf(":", found) + 1).trim();
}

function check(line: string, expected: Expected): void {
  if (typeof expected === "string") {
    const name = line.includes('"result"') ? "result" : "error";
    assert.ok(partOf(line, name).startsWith(expected), line);
    return;
  }
  const { error } = JSON.parse(line);
  assert.equal(error.code, expected.code, line);
  assert.equal(error.data.source, "mcpass");
  if (expected.says) assert.match(error.message, expected.says);
  for (const name of ["status", "type", "retryAfter"] as const) {
    if (expected[name] !== undefined) assert.equal(error.data[name], expected[name], line);
  }
}

Deno.test("each fault of a server leads to one response", async (t) => {
  await using server = startFaultServer({
    faults: Object.fromEntries(Object.entries(ROWS).map(([tool, { fault }]) => [tool, fault])),
    async onGet(request, raw) {
      const id = headerOf(request, "last-event-id");
      if (id === undefined) return { status: 405 };
      const tool = Object.keys(ROWS).find((name) =>
        JSON.stringify(ROWS[name]?.expected).includes(`resumed\\":\\"${id}`)
      );
      if (tool === undefined) return { status: 400, body: "unknown event id" };
      await raw.head(200, [STREAM_TYPE]);
      await raw.write(event(resultText(JSON.stringify(tool), `{"resumed":"${id}"}`), "id: z\n"));
      return;
    },
  });
  const waits: number[] = [];
  await using bridge = startBridge(server.mcpUrl, [...["--header", "x-key: open-sesame"], ...[
    "--step-timeout",
    "1000",
  ]], {
    sleep: (milliseconds) => Promise.resolve(void waits.push(milliseconds)),
  });
  const client = createRawClient(bridge);
  await client.initialize();
  const tools = Object.keys(ROWS);
  const lines = await Promise.all(tools.map((tool) => client.call(tool)));
  await client.call("after all");
  for (const [at, tool] of tools.entries()) {
    await t.step(tool, () => {
      const { expected, count = 1, waits: wait } = ROWS[tool] as Row;
      check(lines[at] ?? "", expected);
      const id = `"id":${JSON.stringify(tool)}`;
      assert.equal(server.requests.filter(({ body }) => body.includes(id)).length, count);
      assert.equal(client.lines.filter((line) => line.includes(id)).length, 1);
      if (wait !== undefined) assert.ok(waits.includes(wait), String(waits));
    });
  }
  const progress = client.lines.filter((line) => line === PROGRESS);
  assert.equal(progress.length, 4, "every notification arrives, and once");
  assert.equal(server.methods().filter((method) => method === "initialize").length, 1);
  await client.close();
});

/** Resolves when the server has seen the connection of a request close. */
const isGone = (raw: { readonly gone: AbortSignal }) =>
  new Promise<void>((resolve) => raw.gone.addEventListener("abort", () => resolve()));

Deno.test("a JSON body that stalls is given up, with an error, and its connection is closed", async () => {
  using idle = holdTimers(IDLE_BODY_MS);
  const gone = Promise.withResolvers<void>();
  const more = Promise.withResolvers<void>();
  const began = Promise.withResolvers<void>();
  await using server = startFaultServer({
    onGet: () => ({ status: 405 }),
    faults: {
      async stall({ raw }) {
        isGone(raw).then(gone.resolve);
        await raw.head(200, [JSON_TYPE, ["content-length", "500"]]);
        began.resolve();
        await more.promise;
        await raw.write('{"jsonrpc":');
        await gone.promise;
      },
    },
  });
  await using bridge = startBridge(server.mcpUrl);
  const client = createRawClient(bridge);
  await client.initialize();
  const answer = client.call("stall");
  await began.promise;
  await until(() => idle.waiting === 1);
  const first = idle.last;
  more.resolve();
  // Each part of the body begins the time again.
  await until(() => idle.last !== first);
  idle.fire();
  const { error } = JSON.parse(await answer);
  assert.equal(error.code, -31905);
  assert.deepEqual([error.data.status, error.data.reason], [200, "response_lost"]);
  assert.match(
    error.message,
    /then nothing was received for 5 minutes\. The server may have executed it/,
  );
  await gone.promise;
  await client.close();
});

Deno.test("a stream that the server leaves open after the response is closed", async () => {
  using linger = holdTimers(AFTER_RESPONSE_MS);
  const gone = Promise.withResolvers<void>();
  await using server = startFaultServer({
    onGet: () => ({ status: 405 }),
    faults: {
      async open({ id, raw }) {
        isGone(raw).then(gone.resolve);
        await raw.head(200, [STREAM_TYPE]);
        await raw.write(event(resultText(id)));
        await gone.promise;
      },
      closed: ({ id }) => streamOf(event(resultText(id))),
    },
  });
  await using bridge = startBridge(server.mcpUrl);
  const client = createRawClient(bridge);
  await client.initialize();
  await client.call("open");
  await until(() => linger.waiting === 1);
  linger.fire();
  await gone.promise;
  await client.call("closed");
  await until(() => linger.waiting === 0);
  await client.close();
});
