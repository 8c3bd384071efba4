import assert from "node:assert/strict";
import { Failure } from "../../src/core/failure.ts";
import type { JsonObject } from "../../src/core/json.ts";
import type { Answer } from "../lab/scripted_server.ts";
import { type RecordedRequest, rpcMethodOf } from "../lab/journal.ts";
import { startMcpServer } from "../lab/mcp_server.ts";
import { connect } from "../../src/mcp/connection.ts";
import { openClient } from "../http/support.ts";
import { open } from "./support.ts";

const QUESTION = {
  message: "Which city?",
  requestedSchema: { type: "object", properties: { city: { type: "string" } } },
};

const ASKED = { method: "elicitation/create", params: QUESTION };

const params = ({ body }: RecordedRequest) => JSON.parse(body).params;

/** Answers calls with `results`, one after the other. */
async function startAsking(...results: readonly JsonObject[]) {
  let at = 0;
  return await startMcpServer({
    era: "modern",
    intercept(request) {
      if (rpcMethodOf(request) !== "tools/call") return undefined;
      const result = results[at++] ?? { resultType: "complete", content: [] };
      return { body: { jsonrpc: "2.0", id: JSON.parse(request.body).id, result } };
    },
  });
}

const inputRequired = (inputRequests: JsonObject, requestState = "s1") => ({
  resultType: "input_required",
  inputRequests,
  requestState,
});

Deno.test("input that a result asks for is asked, and sent with the state of the server", async () => {
  await using server = await startAsking(inputRequired({ a: ASKED, b: ASKED }), inputRequired({}));
  const asked: JsonObject[] = [];
  const connection = await open(server.url, {
    ask(question) {
      asked.push(question);
      return Promise.resolve({ action: "accept", content: { city: `Oslo ${asked.length}` } });
    },
  });
  const { result } = await connection.callTool("where", { day: 1 });
  assert.equal(result["resultType"], "complete");
  assert.deepEqual(asked, [QUESTION, QUESTION]);
  const calls = server.requests.filter((it) => rpcMethodOf(it) === "tools/call").map(params);
  assert.equal(calls.length, 3);
  assert.deepEqual(calls[0]._meta["io.modelcontextprotocol/clientCapabilities"], {
    elicitation: { form: {}, url: {} },
  });
  assert.deepEqual(calls[1].inputResponses, {
    a: { action: "accept", content: { city: "Oslo 1" } },
    b: { action: "accept", content: { city: "Oslo 2" } },
  });
  assert.deepEqual([calls[1].requestState, calls[1].arguments], ["s1", { day: 1 }]);
  assert.deepEqual([calls[2].requestState, calls[2].inputResponses], ["s1", undefined]);
  await connection.close();
});

Deno.test("without a person, a result that asks for input is a failure with the question", async () => {
  await using server = await startAsking(inputRequired({ a: ASKED }));
  const connection = await open(server.url);
  const error = await connection.callTool("where", {}).catch((error) => error);
  assert.ok(error instanceof Failure);
  assert.equal(error.code, "input_required");
  assert.equal(error.kind, "operation");
  assert.match(error.message, /"Which city\?"/);
  const calls = server.requests.filter((it) => rpcMethodOf(it) === "tools/call").map(params);
  assert.deepEqual(calls.map((it) => it._meta["io.modelcontextprotocol/clientCapabilities"]), [{}]);
  await connection.close();
});

Deno.test("input of another kind, and too much of it, is a failure", async () => {
  const ask = () => Promise.resolve({ action: "accept" });
  await using sampling = await startAsking(
    inputRequired({ a: { method: "sampling/createMessage" } }),
  );
  const first = await open(sampling.url, { ask });
  await assert.rejects(first.callTool("x", {}), /asks for "sampling\/createMessage"/);
  await first.close();
  const always = Array.from({ length: 20 }, () => inputRequired({ a: ASKED }));
  await using insatiable = await startAsking(...always);
  const second = await open(insatiable.url, { ask });
  await assert.rejects(second.callTool("x", {}), /asked for input 10 times, a limit of mcpass/);
  await second.close();
});

/** A server of 2025-11-25 that asks while a call is pending, on the stream of its response. */
async function startEliciting(received: JsonObject[], questions = 1) {
  let write: ((message: object) => void) | undefined;
  let callId: unknown;
  return await startMcpServer({
    era: "legacy",
    sessions: false,
    intercept(request) {
      if (request.method !== "POST") return undefined;
      const message = JSON.parse(request.body);
      if (String(message.id).startsWith("q") && message.method === undefined) {
        received.push(message);
        if (received.length < questions) return { status: 202 };
        const content = [{ type: "text", text: JSON.stringify(message.result ?? null) }];
        write?.({ jsonrpc: "2.0", id: callId, result: { content } });
        return { status: 202 };
      }
      if (message.method !== "tools/call") return undefined;
      callId = message.id;
      const body = new ReadableStream<Uint8Array>({
        start(controller) {
          write = (it) =>
            controller.enqueue(new TextEncoder().encode(`data: ${JSON.stringify(it)}\n\n`));
          for (let at = 1; at <= questions; at += 1) {
            write({ jsonrpc: "2.0", id: `q${at}`, ...ASKED });
          }
        },
      });
      return new Response(body, { headers: { "content-type": "text/event-stream" } });
    },
  });
}

Deno.test("a request of the server during a call is answered, and its time does not count", async () => {
  const received: JsonObject[] = [];
  await using server = await startEliciting(received);
  const answer = { action: "accept", content: { city: "Oslo" } };
  const connection = await open(server.url, {
    timeoutMs: 300,
    ask: () => new Promise((resolve) => setTimeout(() => resolve(answer), 600)),
  });
  const { text } = await connection.callTool("where", {});
  assert.deepEqual(JSON.parse(text), answer);
  await connection.close();
});

Deno.test("without a person, a request of the server during a call ends the call", async () => {
  const received: JsonObject[] = [];
  await using server = await startEliciting(received);
  const connection = await open(server.url);
  const error = await connection.callTool("where", {}).catch((error) => error);
  assert.ok(error instanceof Failure && error.code === "input_required");
  assert.match(error.message, /"Which city\?"/);
  await connection.close();
});

Deno.test("a URL that a tool needs visited is asked for, and the call repeated", async () => {
  let calls = 0;
  const elicitation = { mode: "url", url: "https://pay.example/1", message: "Pay first" };
  await using server = await startMcpServer({
    era: "legacy",
    intercept(request) {
      if (rpcMethodOf(request) !== "tools/call" || calls++ > 0) return undefined;
      const error = { code: -32042, message: "pay", data: { elicitations: [elicitation] } };
      return { body: { jsonrpc: "2.0", id: JSON.parse(request.body).id, error } };
    },
  });
  const asked: JsonObject[] = [];
  const connection = await open(server.url, {
    ask(question) {
      asked.push(question);
      return Promise.resolve({ action: "accept" });
    },
  });
  assert.equal((await connection.callTool("echo", { message: "hi" })).text, "hi");
  assert.deepEqual(asked, [elicitation]);
  await connection.close();

  calls = 0;
  const alone = await open(server.url);
  const error = await alone.callTool("echo", {}).catch((error) => error);
  assert.ok(error instanceof Failure && error.code === "input_required");
  assert.match(error.message, /"Pay first" \(at "https:\/\/pay\.example\/1"\)/);
  await alone.close();
});

Deno.test("a server that misses elicitation in the client is one that asks for input", async () => {
  const missing = {
    code: -32021,
    message: "needs it",
    data: { requiredCapabilities: { elicitation: {} } },
  };
  const text = "Client does not support form elicitation.";
  const answers = {
    modern: { error: missing },
    legacy: { result: { content: [{ type: "text", text }], isError: true } },
  } as const;
  for (const era of ["modern", "legacy"] as const) {
    await using server = await startMcpServer({
      era,
      intercept(request) {
        if (rpcMethodOf(request) !== "tools/call") return undefined;
        const { id } = JSON.parse(request.body);
        return { body: { jsonrpc: "2.0", id, ...answers[era] } };
      },
    });
    const connection = await open(server.url);
    const error = await connection.callTool("x", {}).catch((error) => error);
    assert.ok(error instanceof Failure && error.code === "input_required", era);
    assert.match(error.message, /it says "(needs it|Client does not support form elicitation\.)"/);
    await connection.close();
  }
});

/** A server that asks on the stream of a GET, and answers the call only after that. */
async function startElicitingElsewhere(received: JsonObject[]) {
  const answered = Promise.withResolvers<Answer>();
  let callId: unknown;
  const write = Promise.withResolvers<(message: object) => void>();
  return await startMcpServer({
    era: "legacy",
    sessions: false,
    async intercept(request) {
      if (request.method === "GET") {
        const body = new ReadableStream<Uint8Array>({
          start: (controller) =>
            write.resolve((it) =>
              controller.enqueue(new TextEncoder().encode(`data: ${JSON.stringify(it)}\n\n`))
            ),
        });
        return new Response(body, { headers: { "content-type": "text/event-stream" } });
      }
      const message = JSON.parse(request.body);
      if (message.id === "q1" && message.method === undefined) {
        received.push(message);
        const content = [{ type: "text", text: JSON.stringify(message.result) }];
        answered.resolve({ body: { jsonrpc: "2.0", id: callId, result: { content } } });
        return { status: 202 };
      }
      if (message.method !== "tools/call") return undefined;
      callId = message.id;
      (await write.promise)({ jsonrpc: "2.0", id: "q1", ...ASKED });
      return await answered.promise;
    },
  });
}

Deno.test("a request of the server on the stream of a GET is answered, and no time limit counts it", async () => {
  const received: JsonObject[] = [];
  await using server = await startElicitingElsewhere(received);
  await using client = openClient({ serverUrl: server.url, stepTimeoutMs: 300 });
  const answer = { action: "accept", content: { city: "Oslo" } };
  const connection = await connect({
    serverUrl: server.url,
    version: "auto",
    client: { name: "test", version: "1" },
    fetch: client.http.streaming(() => "verify_call_tool"),
    timeoutMs: 300,
    signal: new AbortController().signal,
    ask: () => new Promise((resolve) => setTimeout(() => resolve(answer), 900)),
  });
  const { text } = await connection.callTool("where", {});
  assert.deepEqual(JSON.parse(text), answer);
  await connection.close();
});

Deno.test("questions that arrive together are asked one after the other", async () => {
  const received: JsonObject[] = [];
  await using server = await startEliciting(received, 3);
  let open_ = 0;
  let most = 0;
  const connection = await open(server.url, {
    async ask() {
      most = Math.max(most, ++open_);
      await new Promise((resolve) => setTimeout(resolve, 20));
      open_ -= 1;
      return { action: "decline" };
    },
  });
  await connection.callTool("where", {});
  assert.equal(most, 1);
  assert.equal(received.length, 3);
  await connection.close();
});

Deno.test("an error about capabilities without data is the server's error", async () => {
  await using server = await startMcpServer({
    intercept(request) {
      if (rpcMethodOf(request) !== "tools/call") return undefined;
      const error = { code: -32021, message: "no such capability" };
      return { body: { jsonrpc: "2.0", id: JSON.parse(request.body).id, error } };
    },
  });
  const connection = await open(server.url);
  await assert.rejects(connection.callTool("x", {}), /no such capability/);
  await connection.close();
});

Deno.test("a long question is cut, and not within what could be a secret", async () => {
  const secret = "canary-0123456789-abcdefghij";
  const message = `${"word ".repeat(58)}${secret}`;
  await using server = await startAsking(
    inputRequired({ a: { ...ASKED, params: { message } } }),
  );
  const connection = await open(server.url);
  const error = await connection.callTool("where", {}).catch((error) => error);
  assert.equal(error.code, "input_required");
  assert.match(error.message, /word …/);
  assert.doesNotMatch(error.message, /canary/);
  await connection.close();
});
