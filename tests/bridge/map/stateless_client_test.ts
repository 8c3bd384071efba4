/** Every message of a stateless client at a server of the `initialize` era. @module */

import assert from "node:assert/strict";
import { openAnyEra } from "../../../src/bridge/map/any_era.ts";
import { openLegacy } from "../../../src/bridge/upstream/legacy.ts";
import { type Conversation, converse, META, until } from "./conversation.ts";
import { type EraServer, startInitializeServer } from "./era_servers.ts";

// deno-lint-ignore no-explicit-any
type Value = any;

const open = openAnyEra({ openOlder: openLegacy, era: "map" });

async function withClient(
  use: (client: Conversation, server: EraServer) => Promise<void>,
): Promise<void> {
  await using server = await startInitializeServer();
  await using client = converse(open, server.fetch);
  await use(client, server);
  assert.deepEqual(client.unread(), []);
}

const text = (value: string) => ({ content: [{ type: "text", text: value }] });

const notFound = (method: string) => ({
  error: { code: -32601, message: `Method not found: ${method}` },
});

/** What each result of this era has. */
const COMPLETE = {
  resultType: "complete",
  _meta: { "io.modelcontextprotocol/serverInfo": { name: "eras", version: "1.0.0" } },
};
const STORED = { ...COMPLETE, ttlMs: 0, cacheScope: "private" };

interface Row {
  readonly cell: string;
  readonly method: string;
  readonly params?: object;
  readonly expected: Value;
  readonly sent?: (server: EraServer) => unknown;
  readonly expectedSent?: unknown;
}

const ROWS: readonly Row[] = [
  {
    cell: "server/discover",
    method: "server/discover",
    expected: {
      result: {
        supportedVersions: ["2026-07-28"],
        capabilities: {
          tools: { listChanged: true },
          resources: { subscribe: true },
          prompts: {},
          logging: {},
          completions: {},
        },
        instructions: "Be brief.",
        ...STORED,
      },
    },
    sent: (server) =>
      server.requests.find(({ body }) => body?.method === "initialize")?.body.params,
    expectedSent: {
      protocolVersion: "2025-11-25",
      capabilities: META["io.modelcontextprotocol/clientCapabilities"],
      clientInfo: META["io.modelcontextprotocol/clientInfo"],
    },
  },
  {
    cell: "a list: only the keys of the era are dropped from _meta",
    method: "prompts/list",
    params: { _meta: { ...META, progressToken: 1, "example.com/own": 2 } },
    expected: { result: { prompts: [{ name: "hello" }], ...STORED } },
    sent: (server) => server.requests.findLast(({ method }) => method === "POST")?.body.params,
    expectedSent: { _meta: { progressToken: 1, "example.com/own": 2 } },
  },
  {
    cell: "prompts/get",
    method: "prompts/get",
    params: { name: "hello" },
    expected: {
      result: {
        messages: [{ role: "user", content: { type: "text", text: "hello" } }],
        ...COMPLETE,
      },
    },
  },
  {
    cell: "resources/read",
    method: "resources/read",
    params: { uri: "lab://a" },
    expected: { result: { contents: [{ uri: "lab://a", text: "a" }], ...STORED } },
  },
  {
    cell: "-32002 is -32602",
    method: "resources/read",
    params: { uri: "lab://b" },
    expected: { error: { code: -32602, message: "no such resource" } },
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
    expected: { result: { completion: { values: ["x"] }, ...COMPLETE } },
  },
  {
    cell: "tools/call",
    method: "tools/call",
    params: { name: "echo", arguments: { region: "é" } },
    expected: { result: { ...text('{"region":"é"}'), ...COMPLETE } },
  },
  {
    cell: "an unknown method goes to the server",
    method: "nothing/here",
    expected: { error: { code: -32601, message: "Method not found" } },
    sent: (server) => server.methods().at(-1),
    expectedSent: "nothing/here",
  },
  {
    cell: "-32042 is a question",
    method: "tools/call",
    params: { name: "url_error" },
    expected: {
      result: {
        resultType: "input_required",
        inputRequests: {
          "url-1": {
            method: "elicitation/create",
            params: { mode: "url", message: "Open", url: "https://example.com/pay" },
          },
        },
      },
    },
  },
  {
    cell: "another version",
    method: "tools/list",
    params: { _meta: { ...META, "io.modelcontextprotocol/protocolVersion": "2027-01-01" } },
    expected: {
      error: {
        code: -32022,
        message: "Unsupported protocol version",
        data: { supported: ["2026-07-28"], requested: "2027-01-01" },
      },
    },
  },
  {
    cell: "a request that does not say what the client can do",
    method: "tools/list",
    params: { _meta: { "io.modelcontextprotocol/protocolVersion": "2026-07-28" } },
    expected: {
      error: { code: -32602, message: "_meta has no io.modelcontextprotocol/clientCapabilities" },
    },
  },
  ...[
    "ping",
    "logging/setLevel",
    "resources/subscribe",
    "resources/unsubscribe",
    "tasks/get",
    "tasks/update",
    "tasks/cancel",
  ].map((method) => ({
    cell: method,
    method,
    expected: notFound(method),
    sent: (server: EraServer) => server.methods().includes(method),
    expectedSent: false,
  })),
];

Deno.test("requests of a stateless client, and their results", async () => {
  await withClient(async (client, server) => {
    for (const { cell, method, params, expected, sent, expectedSent } of ROWS) {
      const id = `id of ${cell}`;
      const found = await client.ask(method, { _meta: META, ...params }, id);
      assert.deepEqual(found, { jsonrpc: "2.0", id, ...expected }, cell);
      assert.deepEqual(sent?.(server), expectedSent, cell);
    }
    assert.equal(server.methods().filter((it) => it === "initialize").length, 1);
  });
});

const QUESTIONS: readonly [tool: string, question: Value, answer: object][] = [
  ["ask", {
    method: "elicitation/create",
    params: {
      mode: "form",
      message: "Which city?",
      requestedSchema: { type: "object", properties: { city: { type: "string" } } },
    },
  }, { action: "accept", content: { city: "Rome" } }],
  ["ask_url", {
    method: "elicitation/create",
    params: { mode: "url", message: "Open", url: "https://example.com/pay" },
  }, { action: "accept" }],
  ["sample", {
    method: "sampling/createMessage",
    params: {
      messages: [{ role: "user", content: { type: "text", text: "hi" } }],
      maxTokens: 9,
    },
  }, { model: "m", role: "assistant", content: { type: "text", text: "yes" } }],
  ["roots", { method: "roots/list" }, { roots: [{ uri: "file:///a" }] }],
];

Deno.test("questions of an older server park the call until the client answers", async () => {
  await withClient(async (client, server) => {
    for (const [tool, question, answer] of QUESTIONS) {
      const params = { name: tool, arguments: { a: 1 }, _meta: META };
      const { id, result } = await client.ask("tools/call", params, tool);
      assert.equal(id, tool);
      assert.equal(result.resultType, "input_required");
      const [[key, asked]] = Object.entries(result.inputRequests) as [[string, unknown]];
      assert.deepEqual(asked, question);
      const retry = {
        _meta: META,
        arguments: { a: 1 },
        inputResponses: { [key]: answer },
        name: tool,
        requestState: result.requestState,
      };
      const other = await client.ask("tools/call", { ...retry, arguments: { a: 2 } });
      assert.equal(other.error.code, -32602);
      const done = await client.ask("tools/call", retry, `${tool} again`);
      assert.equal(done.id, `${tool} again`);
      assert.deepEqual(done.result, { ...text(`${JSON.stringify(answer)} s-1`), ...COMPLETE });
      assert.equal((await client.ask("tools/call", retry)).error.code, -32602);
    }
    // And the first request, which shows the era of the server.
    const calls = server.methods().filter((it) => it === "tools/call");
    assert.equal(calls.length, QUESTIONS.length + 1);
  });
});

Deno.test("an answer that is missing is asked for again", async () => {
  await withClient(async (client) => {
    const params = { name: "ask", _meta: META };
    const first = await client.ask("tools/call", params);
    const again = await client.ask("tools/call", {
      ...params,
      inputResponses: {},
      requestState: first.result.requestState,
    });
    assert.deepEqual(again.result.inputRequests, first.result.inputRequests);
    assert.notEqual(again.result.requestState, first.result.requestState);
  });
});

Deno.test("a page that was opened: the call is sent again; one that was declined is an error", async () => {
  await withClient(async (client, server) => {
    const params = { name: "url_error", _meta: META };
    const answers = (action: string) => ({ ...params, inputResponses: { "url-1": { action } } });
    assert.equal((await client.ask("tools/call", answers("decline"))).error.code, -31906);
    const again = await client.ask("tools/call", answers("accept"));
    assert.equal(again.result.resultType, "input_required");
    // The first request shows the era of the server.
    const calls = server.requests.filter(({ body }) => body?.method === "tools/call").slice(1);
    assert.deepEqual(calls.map(({ body }) => body.params), [{ name: "url_error", _meta: {} }]);
  });
});

Deno.test("clients with other capabilities have a session of their own; four at most", async () => {
  await withClient(async (client, server) => {
    const list = async (name: string) => {
      const info = { "io.modelcontextprotocol/clientInfo": { name, version: "1" } };
      await client.ask("tools/list", { _meta: { ...META, ...info } });
    };
    const opened = () =>
      server.requests.filter(({ body }) => body?.method === "initialize")
        .map(({ body }) => body.params.clientInfo.name).join("");
    for (const name of "abacadae") await list(name);
    assert.equal(opened(), "abcde");
    // The one that was not used for the longest time had to end.
    await until(() => server.requests.some(({ method }) => method === "DELETE"));
    await list("a");
    assert.equal(opened(), "abcde");
    await list("b");
    assert.equal(opened(), "abcdeb");
  });
});

Deno.test("a question that the client did not declare is refused", async () => {
  await withClient(async (client, server) => {
    const none = { "io.modelcontextprotocol/clientCapabilities": {} };
    const { result, error } = await client.ask("tools/call", {
      name: "sample",
      _meta: { ...META, ...none },
    });
    assert.equal(result?.resultType === "input_required", false);
    assert.ok(error ?? result.isError);
    assert.equal(server.methods().at(-1), "tools/call");
  });
});

Deno.test("progress has the token of the request; log messages need a level", async () => {
  await withClient(async (client, server) => {
    const call = { method: "tools/call", id: 1 };
    void client.send({
      ...call,
      params: { name: "steps", _meta: { ...META, progressToken: "t" } },
    });
    for (const progress of [1, 2]) {
      assert.deepEqual((await client.next()).params, { progressToken: "t", progress });
    }
    assert.equal((await client.next()).id, 1);

    const level = (logLevel: string) => ({
      name: "log",
      _meta: { ...META, "io.modelcontextprotocol/logLevel": logLevel },
    });
    assert.equal((await client.ask("tools/call", { name: "log", _meta: META }, 2)).id, 2);
    assert.equal((await client.ask("tools/call", level("error"), 3)).params.data, "loud");
    assert.equal((await client.next()).id, 3);
    assert.equal((await client.ask("tools/call", level("info"), 4)).params.data, "quiet");
    assert.equal((await client.next()).params.data, "loud");
    assert.equal((await client.next()).id, 4);
    // The server logs for both now; each request gets what it asked for.
    assert.equal((await client.ask("tools/call", level("error"), 5)).params.data, "loud");
    assert.equal((await client.next()).id, 5);
    const levels = server.requests.filter(({ body }) => body?.method === "logging/setLevel");
    assert.deepEqual(levels.map(({ body }) => body.params.level), ["error", "info"]);
  });
});

Deno.test("a cancelled request is cancelled at the server by its own identifier", async () => {
  await withClient(async (client, server) => {
    const _meta = { ...META, "io.modelcontextprotocol/logLevel": "error" };
    const shown = await client.ask("tools/call", { name: "hang", _meta }, 7);
    assert.equal(shown.params.data, "hangs");
    await client.send({ method: "notifications/cancelled", params: { requestId: 7 } });
    await until(() => server.methods().at(-1) === "notifications/cancelled");
    const [call, cancelled] = server.requests.filter(({ method }) => method === "POST").slice(-2);
    assert.equal(cancelled?.body.params.requestId, call?.body.id);
    assert.equal((await client.ask("prompts/list", { _meta: META }, 8)).id, 8);
  });
});

Deno.test("subscriptions: acknowledged as far as the server can, counted, and ended", async () => {
  await withClient(async (client, server) => {
    const listen = async (id: string, uris: string[]) => {
      void client.send({
        id,
        method: "subscriptions/listen",
        params: {
          _meta: META,
          notifications: {
            toolsListChanged: true,
            promptsListChanged: true,
            resourceSubscriptions: uris,
          },
        },
      });
      const acknowledged = await client.next();
      assert.deepEqual(acknowledged, {
        jsonrpc: "2.0",
        method: "notifications/subscriptions/acknowledged",
        params: {
          notifications: { toolsListChanged: true, resourceSubscriptions: uris },
          _meta: { "io.modelcontextprotocol/subscriptionId": id },
        },
      });
    };
    await listen("one", ["lab://a"]);
    await until(() =>
      server.requests.some(({ method, status }) => method === "GET" && status === 200)
    );
    await listen("two", ["lab://a", "lab://b"]);
    const subscribed = () =>
      server.requests.filter(({ body }) => /subscribe$/.test(body?.method ?? ""))
        .map(({ body }) => `${body.method} ${body.params.uri}`);
    assert.deepEqual(subscribed(), ["resources/subscribe lab://a", "resources/subscribe lab://b"]);

    await server.toolsChanged();
    for (const id of ["one", "two"]) {
      const { method, params } = await client.next();
      assert.equal(method, "notifications/tools/list_changed");
      assert.equal(params._meta["io.modelcontextprotocol/subscriptionId"], id);
    }
    await server.resourceUpdated("lab://b/part");
    assert.deepEqual((await client.next()).params, {
      uri: "lab://b/part",
      _meta: { "io.modelcontextprotocol/subscriptionId": "two" },
    });
    await client.send({ method: "notifications/cancelled", params: { requestId: "one" } });
    await client.send({ method: "notifications/cancelled", params: { requestId: "two" } });
    assert.deepEqual(subscribed().slice(2), [
      "resources/unsubscribe lab://a",
      "resources/unsubscribe lab://b",
    ]);
    await server.toolsChanged();
  });
});

const REFUSED = /the client has no open request, so it cannot be asked/;

const SAMPLING = {
  messages: [{ role: "user" as const, content: { type: "text" as const, text: "hi" } }],
  maxTokens: 9,
};

Deno.test("questions outside of a request: they park the one call that is open, or are refused", async () => {
  await withClient(async (client, server) => {
    await client.ask("prompts/list", { _meta: META });
    const [session] = server.sessions();
    if (session === undefined) throw new Error("no session");
    await until(() =>
      server.requests.some(({ method, status }) => method === "GET" && status === 200)
    );
    assert.deepEqual(await session.ping(), {});
    await assert.rejects(session.createMessage(SAMPLING), REFUSED);

    const _meta = { ...META, "io.modelcontextprotocol/logLevel": "error" };
    assert.equal((await client.ask("tools/call", { name: "hang", _meta }, 1)).params.data, "hangs");
    const asking = session.createMessage(SAMPLING);
    const { id, result } = await client.next();
    assert.deepEqual([id, result.resultType], [1, "input_required"]);
    const answer = { model: "m", role: "assistant", content: { type: "text", text: "yes" } };
    const [key = ""] = Object.keys(result.inputRequests);
    void client.send({
      id: 2,
      method: "tools/call",
      params: {
        name: "hang",
        _meta,
        inputResponses: { [key]: answer },
        requestState: result.requestState,
      },
    });
    assert.deepEqual((await asking).content, answer.content);
    await client.send({ method: "notifications/cancelled", params: { requestId: 2 } });
  });
});

Deno.test("progress after an answer has the token of the request with the answer", async () => {
  await withClient(async (client) => {
    for (const token of ["second", undefined]) {
      const params = { name: "ask_steps", _meta: { ...META, progressToken: "first" } };
      const { result } = await client.ask("tools/call", params, 1);
      const [key = ""] = Object.keys(result.inputRequests);
      const retry = {
        name: "ask_steps",
        _meta: { ...META, ...token !== undefined && { progressToken: token } },
        inputResponses: { [key]: { action: "accept", content: {} } },
        requestState: result.requestState,
      };
      const first = await client.ask("tools/call", retry, 2);
      if (token === undefined) assert.equal(first.id, 2);
      else {
        assert.deepEqual(first.params, { progressToken: "second", progress: 1 });
        assert.equal((await client.next()).id, 2);
      }
    }
  });
});

Deno.test("what an older server says that has no place in 2026-07-28 is dropped", async () => {
  await withClient(async (client, server) => {
    await client.ask("prompts/list", { _meta: META });
    await until(() =>
      server.requests.some(({ method, status }) => method === "GET" && status === 200)
    );
    const [session] = server.sessions();
    await session?.notification({
      method: "notifications/elicitation/complete",
      params: { elicitationId: "e-1" },
    });
    await session?.notification({
      method: "notifications/message",
      params: { level: "error", data: "of no request" },
    });
    assert.deepEqual(await session?.ping(), {});
  });
});
