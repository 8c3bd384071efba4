import assert from "node:assert/strict";
import { type RecordedRequest, rpcMethodOf } from "../../lab/journal.ts";
import { type Answer, type RawReply, startScriptedServer } from "../../lab/scripted_server.ts";
import { startBridge } from "../bridge_pipes.ts";
import { event, JSON_TYPE, resultText, STREAM_TYPE } from "../fault_server.ts";
import { createRawClient } from "../raw_client.ts";

interface OlderServer {
  /** What answers POST at the URL of the stream. */
  readonly refusal?: Answer;
  readonly endpoint?: string;
  /** Answers a call; by default with a result on the stream. */
  readonly onCall?: (request: RecordedRequest, stream: RawReply) => Answer | undefined;
}

/** A server of 2024-11-05, whose streams end by `end`. */
function startOlderServer({ refusal, endpoint, onCall }: OlderServer = {}) {
  let end = Promise.withResolvers<void>();
  let streams = 0;
  let stream: RawReply | undefined;
  const answer = (request: RecordedRequest): Answer => {
    const { method, body } = request;
    if (method !== "POST" || stream === undefined) return { status: 405 };
    const session = request.query.get("session");
    if (session !== String(streams)) return { status: 404, body: "unknown session" };
    const early = rpcMethodOf(request) === "tools/call" ? onCall?.(request, stream) : undefined;
    if (early !== undefined) return early;
    const { id } = JSON.parse(body);
    const result = `{"protocolVersion":"2024-11-05","capabilities":{},"session":${session}}`;
    if (id !== undefined) void stream.write(event(resultText(JSON.stringify(id), result)));
    return { status: 202, body: "Accepted" };
  };
  const http = startScriptedServer({
    routes: {
      "POST /sse": refusal ?? { status: 405 },
      "GET /sse": async (_, raw) => {
        streams += 1;
        stream = raw;
        end = Promise.withResolvers();
        await raw.head(200, [STREAM_TYPE]);
        const url = endpoint ?? `/messages?session=${streams}`;
        await raw.write(event(url, "event: endpoint\n"));
        const gone = new Promise<void>((resolve) =>
          raw.gone.addEventListener("abort", () => resolve())
        );
        await Promise.race([gone, end.promise]);
      },
      "/messages": answer,
    },
  });
  return {
    url: `${http.origin}/sse`,
    http,
    end: () => end.resolve(),
    streams: () => streams,
    [Symbol.asyncDispose]: () => http.close(),
  };
}

const REFUSALS: readonly (readonly [status: number, uses: boolean, body?: string])[] = [
  [400, true],
  [404, true],
  [405, true],
  [401, false],
  [403, false],
  [500, false],
  [404, false, '{"jsonrpc":"2.0","id":0,"error":{"code":-32601,"message":"Method not found"}}'],
];

for (const [status, uses, body = "no"] of REFUSALS) {
  Deno.test(`HTTP ${status} ${body} to initialize ${uses ? "leads" : "does not lead"} to HTTP+SSE`, async () => {
    await using server = startOlderServer({ refusal: { status, headers: [JSON_TYPE], body } });
    await using bridge = startBridge(server.url);
    const client = createRawClient(bridge);
    const line = await client.initialize();
    assert.equal(server.streams(), uses ? 1 : 0);
    assert.equal(line.includes('"session":1'), uses);
    await client.close();
  });
}

Deno.test("messages go to the endpoint of the stream, and only to the origin of the server", async () => {
  await using server = startOlderServer();
  await using bridge = startBridge(server.url);
  const client = createRawClient(bridge);
  await client.initialize();
  assert.match(await client.call("a"), /"session":1/);
  await client.close();
  const paths = server.http.requests.map(({ method, target }) => `${method} ${target}`);
  assert.deepEqual(paths, [
    "POST /sse",
    "GET /sse",
    ...Array(3).fill("POST /messages?session=1"),
  ]);

  await using foreign = startOlderServer({ endpoint: "http://elsewhere.example/messages" });
  await using other = startBridge(foreign.url);
  const second = createRawClient(other);
  const { error } = JSON.parse(await second.initialize());
  assert.equal(error.code, -31904);
  await second.close();
});

Deno.test("the end of the stream answers open calls, and the next call starts another session", async () => {
  await using server = startOlderServer({
    onCall({ body }) {
      if (!body.includes("ends")) return undefined;
      server.end();
      return { status: 202 };
    },
  });
  await using bridge = startBridge(server.url);
  const client = createRawClient(bridge);
  await client.initialize("2024-11-05");
  const { error } = JSON.parse(await client.call("ends"));
  assert.equal(error.code, -31905);
  assert.match(error.message, /may have executed it/);
  assert.match(await client.call("next"), /"id":"next".*"session":2/);
  const second = server.http.requests.filter(({ query }) => query.get("session") === "2");
  assert.deepEqual(second.map(rpcMethodOf), [
    "initialize",
    "notifications/initialized",
    "tools/call",
  ]);
  await client.close();
});

Deno.test("a refused message is an error, and a session that is unknown starts again", async () => {
  await using server = startOlderServer({
    onCall: ({ body, query }) =>
      body.includes("refused")
        ? { status: 500, body: "no luck" }
        : query.get("session") === "1"
        ? { status: 404, body: "unknown session" }
        : undefined,
  });
  await using bridge = startBridge(server.url);
  const client = createRawClient(bridge);
  await client.initialize("2024-11-05");
  const { error } = JSON.parse(await client.call("refused"));
  assert.deepEqual([error.code, error.data.status], [-31904, 500]);
  assert.match(error.message, /no luck/);
  assert.match(await client.call("again"), /"session":2/);
  await client.close();
});
