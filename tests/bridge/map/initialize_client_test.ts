/** Every message of a client of the `initialize` era at a stateless server. @module */

import assert from "node:assert/strict";
import { openAnyEra } from "../../../src/bridge/map/any_era.ts";
import { openStreamableHttp } from "../../../src/bridge/upstream/streamable_http.ts";
import { type Conversation, converse, until } from "./conversation.ts";
import { type EraServer, startStatelessServer } from "./era_servers.ts";

// deno-lint-ignore no-explicit-any
type Value = any;

const CAPABILITIES = { elicitation: { form: {}, url: {} }, sampling: {}, roots: {} };

const open = openAnyEra({
  openOlder: openStreamableHttp,
  era: "same",
});

async function withClient(
  use: (client: Conversation, server: EraServer, opened: Value) => Promise<void>,
  capabilities: object = CAPABILITIES,
): Promise<void> {
  await using server = await startStatelessServer();
  await using client = converse(open, server.fetch);
  const params = {
    protocolVersion: "2025-06-18",
    capabilities,
    clientInfo: { name: "host", version: "1" },
  };
  const opened = await client.ask("initialize", params, 0);
  await client.send({ method: "notifications/initialized" });
  await use(client, server, opened);
  assert.deepEqual(client.unread(), []);
}

const lastOf = (server: EraServer, method: string) =>
  server.requests.findLast(({ body }) => body?.method === method)?.body;

/** A request, what the client gets, and what the server got if that is checked. */
interface Row {
  readonly cell: string;
  readonly method: string;
  readonly params?: object;
  readonly expected: Value;
  readonly sent?: (server: EraServer) => unknown;
  readonly expectedSent?: unknown;
}

const META = {
  "io.modelcontextprotocol/protocolVersion": "2026-07-28",
  "io.modelcontextprotocol/clientCapabilities": CAPABILITIES,
  "io.modelcontextprotocol/clientInfo": { name: "host", version: "1" },
};

const notFound = (method: string) => ({
  error: { code: -32601, message: `Method not found: ${method}` },
});

const text = (value: string) => ({ content: [{ type: "text", text: value }] });

/** Members that the stateless era adds to results, which remain. */
const STORED = {
  ttlMs: 0,
  cacheScope: "private",
  _meta: { "io.modelcontextprotocol/serverInfo": { name: "eras", version: "1.0.0" } },
};
const SERVER = { _meta: STORED._meta };

const ROWS: readonly Row[] = [
  { cell: "ping", method: "ping", expected: { result: {} } },
  {
    cell: "a list; the client's own members of _meta win",
    method: "prompts/list",
    params: {
      _meta: {
        progressToken: 1,
        "io.modelcontextprotocol/clientInfo": { name: "own", version: "2" },
      },
    },
    expected: { result: { prompts: [{ name: "hello" }], ...STORED } },
    sent: (server) => lastOf(server, "prompts/list").params,
    expectedSent: {
      _meta: {
        ...META,
        progressToken: 1,
        "io.modelcontextprotocol/clientInfo": { name: "own", version: "2" },
      },
    },
  },
  {
    cell: "prompts/get",
    method: "prompts/get",
    params: { name: "hello" },
    expected: {
      result: { messages: [{ role: "user", content: { type: "text", text: "hello" } }], ...SERVER },
    },
    sent: (server) => server.requests.at(-1)?.headers.get("mcp-name"),
    expectedSent: "hello",
  },
  {
    cell: "resources/read",
    method: "resources/read",
    params: { uri: "lab://a" },
    expected: { result: { contents: [{ uri: "lab://a", text: "a" }], ...STORED } },
    sent: (server) => server.requests.at(-1)?.headers.get("mcp-name"),
    expectedSent: "lab://a",
  },
  {
    cell: "resources/templates/list",
    method: "resources/templates/list",
    expected: { result: { resourceTemplates: [], ...STORED } },
  },
  {
    cell: "completion/complete",
    method: "completion/complete",
    params: { ref: { type: "ref/prompt", name: "hello" }, argument: { name: "a", value: "" } },
    expected: { result: { completion: { values: ["x"] }, ...SERVER } },
  },
  {
    cell: "an error in a result",
    method: "resources/read",
    params: { uri: "lab://b" },
    expected: { error: { code: -32602, message: "no such resource" } },
  },
  {
    cell: "a call of a tool that was not listed has its headers; params.task is dropped",
    method: "tools/call",
    params: { name: "echo", arguments: { region: "é" }, task: { ttl: 1 } },
    expected: { result: { ...text('{"region":"é"}'), ...SERVER } },
    sent: (server) => [
      server.methods().slice(-2),
      server.requests.at(-1)?.headers.get("mcp-param-region"),
      server.requests.at(-1)?.body.params.task,
    ],
    expectedSent: [["tools/list", "tools/call"], "=?base64?w6k=?=", undefined],
  },
  {
    cell: "structured content that is no object",
    method: "tools/call",
    params: { name: "rows" },
    expected: {
      result: { ...text("[1,2]"), structuredContent: { result: [1, 2] }, ...SERVER },
    },
  },
  {
    cell: "an unknown method: its 404 is the server's answer",
    method: "nothing/here",
    expected: { error: { code: -32601, message: "Method not found" } },
    sent: (server) => lastOf(server, "nothing/here").params._meta,
    expectedSent: META,
  },
  ...["tasks/get", "tasks/result", "tasks/list", "tasks/cancel"].map((method) => ({
    cell: method,
    method,
    expected: notFound(method),
    sent: (server: EraServer) => lastOf(server, method),
    expectedSent: undefined,
  })),
  {
    cell: "state only: the request is sent again",
    method: "tools/call",
    params: { name: "state" },
    expected: { result: { ...text("done"), ...SERVER } },
    sent: (server) => lastOf(server, "tools/call").params.requestState,
    expectedSent: "later",
  },
];

Deno.test("requests of an older client, and their results", async () => {
  await withClient(async (client, server) => {
    for (const { cell, method, params, expected, sent, expectedSent } of ROWS) {
      const id = `id of ${cell}`;
      assert.deepEqual(
        await client.ask(method, params, id),
        { jsonrpc: "2.0", id, ...expected },
        cell,
      );
      assert.deepEqual(sent?.(server), expectedSent, cell);
    }
  });
});

Deno.test("initialize is answered from server/discover", async () => {
  await withClient((_client, server, { id, result }) => {
    assert.equal(id, 0);
    assert.deepEqual(result, {
      protocolVersion: "2025-06-18",
      capabilities: {
        tools: { listChanged: true },
        resources: { subscribe: true },
        prompts: {},
        logging: {},
        completions: {},
      },
      serverInfo: { name: "eras", version: "1.0.0" },
      instructions: "Be brief.",
    });
    assert.deepEqual(server.methods().slice(0, 2), ["initialize", "server/discover"]);
    return Promise.resolve();
  });
});

Deno.test("tools: invalid ones are hidden, an output schema is an object, the rest is as sent", async () => {
  await withClient(async (client) => {
    const { result } = await client.ask("tools/list");
    assert.equal(result.tools.some((it: Value) => it.name === "hidden"), false);
    assert.deepEqual(result.tools[0].inputSchema.properties.region["x-mcp-header"], "Region");
    const { outputSchema } = result.tools.find((it: Value) => it.name === "rows");
    assert.deepEqual(outputSchema, {
      type: "object",
      properties: {
        result: {
          type: "array",
          items: { $ref: "#/properties/result/$defs/n" },
          $defs: { n: { type: "integer" } },
        },
      },
      required: ["result"],
    });
  });
});

/** A tool that asks, the question as the client gets it, its answer, and the result. */
const QUESTIONS: readonly [tool: string, method: string, params: Value, answer: object][] = [
  ["ask", "elicitation/create", {
    mode: "form",
    message: "Which city?",
    requestedSchema: { type: "object", properties: { city: { type: "string" } } },
  }, { action: "accept", content: { city: "Rome" } }],
  ["sample", "sampling/createMessage", {
    messages: [{ role: "user", content: { type: "text", text: "hi" } }],
    maxTokens: 9,
  }, { role: "assistant", content: { type: "text", text: "yes" }, model: "m" }],
  ["roots", "roots/list", {}, { roots: [{ uri: "file:///a" }] }],
];

Deno.test("questions of a stateless server are requests to the client", async () => {
  await withClient(async (client, server) => {
    for (const [tool, method, params, answer] of QUESTIONS) {
      const question = await client.ask("tools/call", { name: tool }, tool);
      assert.equal(question.method, method);
      assert.deepEqual(question.params, params);
      void client.send({ id: question.id, result: answer });
      const { id, result } = await client.next();
      assert.equal(id, tool);
      assert.deepEqual(result.content, text(`${JSON.stringify(answer)} s-1`).content);
      const [first, retry] = server.requests.slice(-2).map(({ body }) => body);
      assert.notEqual(retry.id, first.id);
      assert.deepEqual(retry.params, {
        ...first.params,
        inputResponses: { q: answer },
        requestState: "s-1",
      });
    }
  });
});

Deno.test("a page to open has an identifier in the older era", async () => {
  await withClient(async (client) => {
    const question = await client.ask("tools/call", { name: "ask_url" });
    assert.equal(question.params.url, "https://example.com/pay");
    assert.match(question.params.elicitationId, /^mcpass-/);
    void client.send({ id: question.id, result: { action: "accept" } });
    assert.deepEqual((await client.next()).result.content, text('{"action":"accept"} s-1').content);
  });
});

Deno.test("a client that answers with an error gets it as the result of its request", async () => {
  await withClient(async (client) => {
    const question = await client.ask("tools/call", { name: "ask" }, 5);
    const error = { code: -1, message: "The user refused" };
    void client.send({ id: question.id, error });
    assert.deepEqual(await client.next(), { jsonrpc: "2.0", id: 5, error });
  });
});

Deno.test("questions that the client did not declare have an error with what the server asked", async () => {
  const unmappable = (message: string, data: object = {}) => ({
    code: -31906,
    message,
    data: { source: "mcpass", reason: "bridge_unmappable", ...data },
  });
  // The SDK asks only what a request declares: these do, the client did not.
  const _meta = { "io.modelcontextprotocol/clientCapabilities": CAPABILITIES };
  await withClient(async (client) => {
    const url = await client.ask("tools/call", { name: "ask_url", _meta });
    assert.deepEqual(
      url.error,
      unmappable(
        "the server asks to open https://example.com/pay, and this client cannot open pages",
        { url: "https://example.com/pay" },
      ),
    );
    const { error } = await client.ask("tools/call", { name: "sample", _meta });
    assert.deepEqual(
      error,
      unmappable("the server asks for sampling/createMessage, which this client cannot answer"),
    );
  }, { elicitation: {} });
});

Deno.test("a cancelled request: its stream ends, nothing is posted, and its question is withdrawn", async () => {
  await withClient(async (client, server) => {
    const level = await client.ask("logging/setLevel", { level: "error" });
    assert.deepEqual(level.result, {});
    const shown = await client.ask("tools/call", { name: "hang" }, 7);
    assert.equal(shown.params.data, "hangs");
    const { signal } = server.requests.at(-1) ?? {};
    await client.send({ method: "notifications/cancelled", params: { requestId: 7 } });
    assert.equal(signal?.aborted, true);

    const question = await client.ask("tools/call", { name: "ask" }, 8);
    await client.send({ method: "notifications/cancelled", params: { requestId: 8 } });
    const withdrawn = await client.next();
    assert.equal(withdrawn.method, "notifications/cancelled");
    assert.deepEqual(withdrawn.params, { requestId: question.id });
    assert.equal(server.methods().includes("notifications/cancelled"), false);
    assert.deepEqual((await client.ask("ping")).result, {});
  });
});

Deno.test("log messages: none before a level is set, then those of that level, in their request", async () => {
  await withClient(async (client, server) => {
    assert.equal(
      (await client.ask("tools/call", { name: "log" })).result.content[0].text,
      "logged",
    );
    assert.deepEqual((await client.ask("logging/setLevel", { level: "warning" })).result, {});
    const message = await client.ask("tools/call", { name: "log" });
    assert.deepEqual(message.params, { level: "error", data: "loud" });
    assert.equal((await client.next()).result.content[0].text, "logged");
    assert.equal(
      lastOf(server, "tools/call").params._meta["io.modelcontextprotocol/logLevel"],
      "warning",
    );
  });
});

Deno.test("--log-level is the level of a client that chose none", async () => {
  await using server = await startStatelessServer();
  const its = openAnyEra({ openOlder: openStreamableHttp, era: "same", logLevel: "warning" });
  await using client = converse(its, server.fetch);
  const clientInfo = { name: "host", version: "1" };
  const params = { protocolVersion: "2025-06-18", capabilities: {}, clientInfo };
  await client.ask("initialize", params, 0);
  const message = await client.ask("tools/call", { name: "log" });
  assert.deepEqual(message.params, { level: "error", data: "loud" });
  assert.equal((await client.next()).result.content[0].text, "logged");
});

Deno.test("progress has the token of the client, as text", async () => {
  await withClient(async (client) => {
    const params = '{"name":"steps","_meta":{"progressToken":9007199254740991}}';
    void client.send(`{"jsonrpc":"2.0","id":"p","method":"tools/call","params":${params}}`);
    for (const progress of [1, 2]) {
      const { method, params } = await client.next();
      assert.equal(method, "notifications/progress");
      assert.deepEqual(params, { progressToken: 9007199254740991, progress });
    }
    assert.equal((await client.next()).id, "p");
  });
});

Deno.test("list changes and resource updates: one subscription, without its identifier", async () => {
  await withClient(async (client, server) => {
    const listens = () =>
      server.requests.filter(({ body }) => body?.method === "subscriptions/listen");
    await until(() => listens()[0]?.status === 200);
    await server.toolsChanged();
    assert.deepEqual((await client.next()).method, "notifications/tools/list_changed");
    assert.deepEqual((await client.ask("resources/subscribe", { uri: "lab://a" })).result, {});
    await until(() => listens()[0]?.signal.aborted === true);
    assert.deepEqual(listens().at(-1)?.body.params.notifications, {
      toolsListChanged: true,
      resourceSubscriptions: ["lab://a"],
    });
    await server.resourceUpdated("lab://a");
    assert.deepEqual(await client.next(), {
      jsonrpc: "2.0",
      method: "notifications/resources/updated",
      params: { uri: "lab://a", _meta: {} },
    });
    assert.deepEqual((await client.ask("resources/unsubscribe", { uri: "lab://a" })).result, {});
    await until(() => listens()[1]?.signal.aborted === true);
    await server.toolsChanged();
    assert.equal((await client.next()).method, "notifications/tools/list_changed");
  });
});

Deno.test("notifications that a stateless server does not know are dropped", async () => {
  await withClient(async (client, server) => {
    const before = server.methods().length;
    await client.send({ method: "notifications/roots/list_changed" });
    await client.send({
      method: "notifications/progress",
      params: { progressToken: 1, progress: 1 },
    });
    assert.equal(server.methods().length, before);
  });
});

Deno.test("numbers, order and unknown members remain as written, in both directions", async () => {
  const sent: string[] = [];
  await using client = converse(open, (_input, init) => {
    const body = String(init?.body);
    sent.push(body);
    const { id, method } = JSON.parse(body);
    const result = method === "server/discover"
      ? '{"resultType":"complete","supportedVersions":["2026-07-28"],"capabilities":{"x":1.0}}'
      : '{ "odd" :9007199254740993,"resultType" : "complete", "content":[] , "z":1e400}';
    const isOld = method === "initialize";
    return Promise.resolve(
      new Response(
        isOld
          ? '{"jsonrpc":"2.0","id":null,"error":{"code":-32022,"message":"no"}}'
          : `{"odd":1.0,"jsonrpc":"2.0","id":${JSON.stringify(id)},"result":${result}}`,
        { status: isOld ? 400 : 200, headers: { "content-type": "application/json" } },
      ),
    );
  });
  const opened = await client.ask("initialize", { capabilities: {}, clientInfo: { name: "x" } }, 1);
  assert.deepEqual(opened.result.serverInfo, { name: "localhost", version: "" });
  const line = '{"id":9007199254740993, "method":"tools/list","jsonrpc":"2.0",' +
    '"params":{"big":9007199254740993,"_meta":{}},"more":1.0}';
  void client.send(line);
  assert.equal(
    await client.nextText(),
    '{"odd":1.0,"jsonrpc":"2.0","id":9007199254740993,' +
      '"result":{ "odd" :9007199254740993, "content":[] , "z":1e400}}',
  );
  const added = '"io.modelcontextprotocol/protocolVersion":"2026-07-28",' +
    '"io.modelcontextprotocol/clientCapabilities":{},' +
    '"io.modelcontextprotocol/clientInfo":{"name":"x"}';
  assert.equal(sent.at(-1), line.replace('"_meta":{', `"_meta":{${added}`));
});

Deno.test("messages that the client sends before the response to initialize wait for it", async () => {
  await using server = await startStatelessServer();
  await using client = converse(open, server.fetch);
  const params = {
    protocolVersion: "2025-06-18",
    capabilities: {},
    clientInfo: { name: "x", version: "1" },
  };
  void client.send({ id: 0, method: "initialize", params });
  void client.send({ method: "notifications/initialized" });
  void client.send({ id: 1, method: "prompts/list" });
  assert.deepEqual([(await client.next()).id, (await client.next()).result.prompts.length], [0, 1]);
});

Deno.test("a server that has another version: the client learns which", async () => {
  await using client = converse(open, (_input, init) => {
    const { id, method } = JSON.parse(String(init?.body));
    const data = { supported: ["2027-01-01"] };
    const error = { code: method === "initialize" ? -32601 : -32022, message: "no", data };
    return Promise.resolve(Response.json({ jsonrpc: "2.0", id, error }, { status: 400 }));
  });
  const { error } = await client.ask("initialize", { capabilities: {} }, 1);
  assert.deepEqual(error, {
    code: -31906,
    message: "the server does not support MCP 2026-07-28",
    data: { source: "mcpass", reason: "bridge_unmappable", supported: ["2027-01-01"] },
  });
});

/** A client at a server that answers requests with results, and event streams as given. */
function atServer(answer: (method: string, count: number) => string[] | string): Conversation {
  const counts = new Map<string, number>();
  return converse(open, (_input, init) => {
    const { id, method } = JSON.parse(String(init?.body));
    const count = (counts.get(method) ?? 0) + 1;
    counts.set(method, count);
    if (method === "initialize") return Promise.resolve(new Response("", { status: 400 }));
    const body = answer(method, count);
    const respond = (text: string) => text.replaceAll('"ID"', JSON.stringify(id));
    return Promise.resolve(
      typeof body === "string"
        ? Response.json({ jsonrpc: "2.0", id, result: JSON.parse(body) })
        : new Response(body.map((it) => `data: ${respond(it)}\n\n`).join(""), {
          headers: { "content-type": "text/event-stream" },
        }),
    );
  });
}

const DISCOVERED = JSON.stringify({
  resultType: "complete",
  supportedVersions: ["2026-07-28"],
  capabilities: { tools: { listChanged: true } },
});

Deno.test("a server that never has enough input: the request ends after 16 rounds", async () => {
  let calls = 0;
  await using client = atServer((method, count) => {
    if (method === "server/discover") return DISCOVERED;
    calls = count;
    return '{"resultType":"input_required","requestState":"s"}';
  });
  await client.ask("initialize", { capabilities: {} });
  const { error } = await client.ask("tools/call", { name: "t" });
  assert.deepEqual([error.code, calls], [-31906, 16]);
});

Deno.test("a subscription that the server ends is opened again, and changes may have been missed", async () => {
  const acknowledged = '{"jsonrpc":"2.0","method":"notifications/subscriptions/acknowledged",' +
    '"params":{"notifications":{"toolsListChanged":true}}}';
  const ended = '{"jsonrpc":"2.0","id":"ID","result":{"resultType":"complete"}}';
  const refused = '{"jsonrpc":"2.0","id":"ID","error":{"code":-32603,"message":"no"}}';
  await using client = atServer((method, count) =>
    method === "server/discover" ? DISCOVERED : count < 3 ? [acknowledged, ended] : [refused]
  );
  await client.ask("initialize", { capabilities: {} });
  await client.send({ method: "notifications/initialized" });
  assert.deepEqual(await client.next(), {
    jsonrpc: "2.0",
    method: "notifications/tools/list_changed",
    params: { _meta: {} },
  });
});
