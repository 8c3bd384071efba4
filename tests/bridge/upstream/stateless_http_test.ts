/** The side of a stateless server: what is sent, and what each response leads to. @module */

import assert from "node:assert/strict";
import { Failure } from "../../../src/core/failure.ts";
import { openStatelessHttp } from "../../../src/bridge/upstream/stateless_http.ts";
import { type Conversation, converse, META, until } from "../map/conversation.ts";

interface Sent {
  readonly headers: Headers;
  readonly text: string;
  readonly method: string;
  /** As JSON text. */
  readonly id: string;
  readonly signal: AbortSignal;
}

type Answer = (sent: Sent, count: number) => Response | Promise<Response>;

interface Scripted {
  readonly client: Conversation;
  readonly sent: Sent[];
  methods(): string[];
}

/** A client at a server that answers as given. */
function scripted(answer: Answer, options: { repeatsCalls?: boolean; listsTools?: boolean } = {}) {
  const sent: Sent[] = [];
  const client = converse(
    (its) => openStatelessHttp({ ...its, ...options }),
    async (input, init) => {
      const request = new Request(input, init);
      const text = await request.text();
      const { method, id } = JSON.parse(text);
      const { headers, signal } = request;
      const it = { headers, text, method, id: JSON.stringify(id), signal };
      sent.push(it);
      return await answer(it, sent.length);
    },
  );
  const its: Scripted = { client, sent, methods: () => sent.map(({ method }) => method) };
  return its;
}

const json = (body: string, status = 200) =>
  new Response(body, { status, headers: { "content-type": "application/json" } });

const result = (id: string, members = '"resultType":"complete"') =>
  `{"jsonrpc":"2.0","id":${id},"result":{${members}}}`;

const failed = (id: string, code: number) =>
  `{"jsonrpc":"2.0","id":${id},"error":{"code":${code},"message":"m","data":{"big":1.0}}}`;

/** An event stream with these messages, which stays open if `ends` is false. */
function stream(texts: readonly string[], signal?: AbortSignal): Response {
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      const bytes = new TextEncoder().encode(texts.map((it) => `data: ${it}\n\n`).join(""));
      controller.enqueue(bytes);
      if (signal === undefined) return controller.close();
      signal.addEventListener("abort", () => controller.error(signal.reason));
    },
  });
  return new Response(body, { headers: { "content-type": "text/event-stream" } });
}

const CALL = { name: "t", _meta: META };

const TOOLS = (annotations = "{}", header = "Region") =>
  `"resultType":"complete","tools":[{"name":"t","annotations":${annotations},` +
  `"inputSchema":{"properties":{"a":{"type":"string","x-mcp-header":"${header}"}}}}]`;

Deno.test("texts pass as they are, with headers for what they say", async () => {
  const progress = '{"jsonrpc":"2.0","method":"notifications/progress","params":{"z":1.0}}';
  const answer = '{"id": 9007199254740993,"result":{"resultType":"complete","x":1e400},"more":[]}';
  const { client, sent } = scripted(({ method }) =>
    method === "tools/call" ? stream([progress, answer]) : json(answer.replace(",", ",\r\n"))
  );
  const text = '{"method":"tools/call","id":9007199254740993,"jsonrpc":"2.0",  "params":' +
    `{"name":"ä","_meta":${JSON.stringify(META)},"n":9007199254740993}}`;
  void client.send(text);
  assert.equal(await client.nextText(), progress);
  assert.equal(await client.nextText(), answer);
  assert.equal(sent[0]?.text, text);
  assert.deepEqual([...sent[0]?.headers ?? []], [
    ["accept", "application/json, text/event-stream"],
    ["content-type", "application/json"],
    ["mcp-method", "tools/call"],
    ["mcp-name", "=?base64?w6Q=?="],
    ["mcp-protocol-version", "2026-07-28"],
  ]);
  void client.send(text.replace("tools/call", "x/y"));
  assert.equal(await client.nextText(), answer.replace(",", ", "));
});

Deno.test("what a response without the answer leads to", async () => {
  const html = new Response("<html>", { status: 500, headers: { "content-type": "text/html" } });
  const cases: [cell: string, answer: Answer, code: number, status?: number][] = [
    ["accepted", () => new Response(null, { status: 202 }), -31905],
    ["an empty stream", () => stream([]), -31905],
    ["an empty body", () => json(""), -31905],
    ["no response", () => json("{}"), -31905],
    ["the response to something else", () => json(result('"x"')), -31905],
    ["another message only", () => stream(['{"jsonrpc":"2.0","method":"n"}']), -31905],
    ["a page", () => html.clone(), -31904, 500],
    ["a page with 200", () => new Response("<html>"), -31904, 200],
    ["429", () => json("", 429), -31909, 429],
    ["an error without an id", () => json(failed("null", -32021), 400), -32021],
    ["the version", ({ id }) => json(failed(id, -32022), 400), -32022],
    ["an unknown method", ({ id }) => json(failed(id, -32601), 404), -32601],
  ];
  for (const [cell, answer, code, status] of cases) {
    const { client, sent } = scripted(answer);
    void client.send({ id: "c", method: "tools/call", params: CALL });
    let response = await client.next();
    if (response.method === "n") response = await client.next();
    assert.deepEqual([response.id, response.error.code], ["c", code], cell);
    if (status !== undefined) assert.equal(response.error.data.status, status, cell);
    assert.equal(sent.length, 1, cell);
  }
});

Deno.test("a body that is cut is a lost response, and so is a connection that is reset", async () => {
  const cut = () =>
    new Response(
      new ReadableStream({
        start(controller) {
          controller.enqueue(new TextEncoder().encode('{"jsonrpc":"2.0",'));
        },
        pull: (controller) => controller.error(new TypeError("connection reset")),
      }),
      { headers: { "content-type": "application/json" } },
    );
  const reset = () => Promise.reject(new Failure("network_connection_reset", "reset"));
  for (const fault of [cut, reset]) {
    const { client, sent } = scripted(({ id }, count) => count < 3 ? fault() : json(result(id)));
    assert.equal((await client.ask("tools/call", CALL)).error.code, -31905);
    assert.equal((await client.ask("prompts/list", { _meta: META })).result.resultType, "complete");
    assert.equal(sent.length, 3);
  }
});

Deno.test("a call is sent although the tools cannot be listed", async () => {
  const { client, methods } = scripted(
    ({ id, method }) => method === "tools/list" ? json("", 500) : json(result(id)),
    { listsTools: true },
  );
  assert.equal((await client.ask("tools/call", CALL)).result.resultType, "complete");
  assert.deepEqual(methods(), ["tools/list", "tools/call"]);
});

Deno.test("a lost request is sent once more, with another id, if that changes nothing", async () => {
  const cases: [method: string, options: object, annotations: string, posts: number][] = [
    ["prompts/list", {}, "{}", 2],
    ["resources/read", {}, "{}", 2],
    ["tools/call", {}, "{}", 1],
    ["tools/call", {}, '{"readOnlyHint":true}', 2],
    ["tools/call", {}, '{"idempotentHint":true}', 2],
    ["tools/call", { repeatsCalls: true }, "{}", 2],
    ["own/method", {}, "{}", 1],
  ];
  for (const [method, options, annotations, posts] of cases) {
    const { client, sent } = scripted(({ id, method: its }) => {
      if (its === "tools/list") return json(result(id, TOOLS(annotations)));
      const isFirst = sent.filter((it) => it.method === its).length === 1;
      return isFirst ? stream([]) : json(result(id, '"resultType":"complete","n":1.0'));
    }, options);
    await client.ask("tools/list", { _meta: META });
    void client.send({ id: 5, method, params: { ...CALL, uri: "a:b" } });
    const answer = await client.nextText();
    const ids = sent.slice(1).map(({ id }) => id);
    assert.equal(ids.length, posts, method + annotations);
    if (posts === 1) assert.equal(JSON.parse(answer).error.code, -31905);
    else {
      assert.equal(answer, result("5", '"resultType":"complete","n":1.0'));
      assert.notEqual(ids[0], ids[1]);
    }
  }
});

Deno.test("-32020: the tools are listed again, and the call is sent once more", async () => {
  const { client, sent, methods } = scripted(({ id, method, headers }) => {
    if (method === "tools/list") return json(result(id, TOOLS()));
    return headers.get("mcp-param-region") === "eu"
      ? json(result(id))
      : json(failed(id, -32020), 400);
  });
  const params = { ...CALL, arguments: { a: "eu" }, _meta: { ...META, progressToken: 1 } };
  assert.equal((await client.ask("tools/call", params, 1)).result.resultType, "complete");
  assert.deepEqual(methods(), ["tools/call", "tools/list", "tools/call"]);
  assert.deepEqual(JSON.parse(sent[1]?.text ?? "").params, { _meta: META });
  assert.notEqual(sent[2]?.id, "1");
  await client.ask("tools/call", params);
  assert.equal(methods().length, 4);
  assert.equal(
    (await client.ask("tools/call", { ...params, arguments: {} }, 2)).error.code,
    -32020,
  );
  assert.deepEqual(methods().slice(4), ["tools/call", "tools/list", "tools/call"]);
});

Deno.test("a list of tools on several pages is read to its end", async () => {
  const { client, sent, methods } = scripted(({ id, text }) => {
    const { method, params } = JSON.parse(text);
    if (method !== "tools/list") return json(result(id));
    return json(
      result(id, params.cursor === undefined ? '"tools":[],"nextCursor":"2"' : TOOLS("{}", "R")),
    );
  }, { listsTools: true });
  await client.ask("tools/call", { ...CALL, arguments: { a: "x" } });
  assert.deepEqual(methods(), ["tools/list", "tools/list", "tools/call"]);
  assert.equal(sent[2]?.headers.get("mcp-param-r"), "x");
});

Deno.test("a tool with an invalid annotation is hidden, and no other byte changes", async () => {
  const tools = (bad: string) =>
    `{ "resultType":"complete","tools" : [ {"name":"a","n":1.0}${bad} , {"name":"b"} ],"x":1e400}`;
  const bad = ' ,{"name":"bad","inputSchema":{"properties":{"a":{"x-mcp-header":"A"}}}}';
  const { client } = scripted(({ id }) =>
    json(`{"jsonrpc":"2.0","id":${id},"result":${tools(bad)}}`)
  );
  void client.send({ id: 1, method: "tools/list", params: { _meta: META } });
  assert.equal(await client.nextText(), `{"jsonrpc":"2.0","id":1,"result":${tools("")}}`);
});

Deno.test("a busy server: the request is sent again after Retry-After", async () => {
  const { client, sent } = scripted(({ id }, count) =>
    count === 1
      ? new Response("", { status: 429, headers: { "retry-after": "7" } })
      : json(result(id))
  );
  assert.equal((await client.ask("tools/call", CALL)).result.resultType, "complete");
  assert.equal(sent.length, 2);
});

Deno.test("cancellation ends the stream, and nothing is posted", async () => {
  const note = '{"jsonrpc":"2.0","method":"notifications/message","params":{}}';
  const { client, sent } = scripted(({ signal }) => stream([note], signal));
  void client.send({ id: 1.0, method: "tools/call", params: CALL });
  await client.next();
  await client.send({ method: "notifications/cancelled", params: { requestId: 2 } });
  assert.equal(sent[0]?.signal.aborted, false);
  await client.send({ method: "notifications/cancelled", params: { requestId: 1 } });
  assert.equal(sent[0]?.signal.aborted, true);
  assert.equal(sent.length, 1);
  assert.deepEqual(client.unread(), []);
});

Deno.test("a subscription whose stream ends is opened again, and what may have changed is reported", async () => {
  const notice = (method: string, params = "{}") =>
    `{"jsonrpc":"2.0","method":"notifications/${method}","params":${params}}`;
  const acknowledged = notice(
    "subscriptions/acknowledged",
    '{"notifications":{"toolsListChanged":true,"resourceSubscriptions":["a:b"]}}',
  );
  const { client, sent } = scripted(({ id, signal }, count) => {
    if (count === 1) return stream([acknowledged, notice("tools/list_changed")]);
    if (count === 2) return json("", 502);
    if (count === 3) return stream([acknowledged]);
    return count === 4 ? stream([acknowledged, result(id)]) : stream([], signal);
  });
  const params = { _meta: META, notifications: { toolsListChanged: true } };
  void client.send({ id: "s", method: "subscriptions/listen", params });
  assert.equal(await client.nextText(), acknowledged);
  assert.equal(await client.nextText(), notice("tools/list_changed"));
  const subscription = { "io.modelcontextprotocol/subscriptionId": "s" };
  for (const _ of ["third", "fourth"]) {
    assert.deepEqual(await client.next(), {
      jsonrpc: "2.0",
      method: "notifications/tools/list_changed",
      params: { _meta: subscription },
    });
    assert.deepEqual((await client.next()).params, { uri: "a:b", _meta: subscription });
  }
  assert.equal((await client.next()).id, "s");
  assert.equal(new Set(sent.map(({ text }) => text)).size, 1);
  assert.equal(sent.length, 4);
});

Deno.test("a subscription that the server refuses is answered", async () => {
  const cases: [Answer, number][] = [
    [({ id }) => json(failed(id, -32603)), -32603],
    [() => json("", 502), -31904],
    [() => stream([]), -31905],
  ];
  for (const [answer, code] of cases) {
    const { client, sent } = scripted(answer);
    const { error } = await client.ask("subscriptions/listen", { _meta: META });
    assert.equal(error.code, code);
    assert.equal(sent.length, 1);
  }
});

Deno.test("closing ends open streams", async () => {
  const { client, sent } = scripted(({ signal }) => stream(["{}"], signal));
  const sending = client.send({ id: 1, method: "tools/call", params: CALL });
  await until(() => sent.length === 1);
  await client[Symbol.asyncDispose]();
  await sending;
  assert.equal(sent[0]?.signal.aborted, true);
  assert.deepEqual(client.unread(), []);
});
