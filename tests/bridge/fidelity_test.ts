import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import {
  type JSONRPCMessage,
  StreamableHTTPClientTransport,
  type Transport,
} from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { EVERYTHING } from "../servers/everything.ts";
import { startRealServer } from "../servers/real_server.ts";
import { startBridge } from "./bridge_pipes.ts";
import { runEverything, withoutChance } from "./everything_script.ts";
import { recordMessages } from "./message_record.ts";
import { createStreamTransport } from "./stream_transport.ts";

/** The transport, with what it receives. */
function watched(transport: Transport, onMessage: (message: JSONRPCMessage) => void): Transport {
  const handlers: Pick<Transport, "onmessage" | "onclose" | "onerror"> = {};
  transport.onmessage = (message, ...rest) => {
    onMessage(message);
    handlers.onmessage?.(message, ...rest);
  };
  transport.onclose = () => handlers.onclose?.();
  return Object.assign(handlers, {
    start: () => transport.start(),
    send: transport.send.bind(transport),
    close: () => transport.close(),
  });
}

const [STREAMABLE_HTTP, HTTP_SSE] = EVERYTHING;

/** The library gives parsed messages with their members in its own order. */
function withOrderedMembers(text: string): string {
  return JSON.stringify(
    JSON.parse(
      text,
      (_name, value) =>
        typeof value === "object" && value !== null && !Array.isArray(value)
          ? Object.fromEntries(
            Object.entries(value).toSorted(([a], [b]) => a < b ? -1 : 1),
          )
          : value,
    ),
  );
}

const sorted = (texts: readonly string[]) => texts.map(withoutChance).sort();

Deno.test("a client gets the messages of server-everything through the bridge as directly", async (t) => {
  if (STREAMABLE_HTTP === undefined) throw new Error("no server");
  await using server = await startRealServer(STREAMABLE_HTTP);
  const direct = recordMessages(fetch);
  const url = new URL(server.mcpUrl);
  await runEverything(new StreamableHTTPClientTransport(url, { fetch: direct.fetch }));

  await t.step("in texts", async () => {
    const before = server.requests.length;
    await using bridge = startBridge(server.mcpUrl);
    const transport = createStreamTransport(bridge);
    await runEverything(transport);
    await bridge.ended;
    assert.deepEqual(sorted(transport.received), sorted(direct.received));
    assert.deepEqual(sorted(transport.sent), sorted(direct.sent));
    const requests = server.requests.slice(before);
    const posted = requests.filter(({ method }) => method === "POST").map(({ body }) => body);
    assert.deepEqual(posted, transport.sent, "every text reaches the server unchanged, in order");
    assert.equal(requests.at(-1)?.method, "DELETE");
  });

  await t.step("with the stdio transport of the official client", async () => {
    const main = fileURLToPath(import.meta.resolve("../../main.ts"));
    const transport = new StdioClientTransport({
      command: Deno.execPath(),
      args: ["run", "-A", "--quiet", main, "bridge", server.mcpUrl],
      env: { ...Deno.env.toObject(), MCPASS_HOME: "/nonexistent", MCPASS_STORE: "file" },
      maxBufferSize: 100 * 1024 * 1024,
    });
    const received: string[] = [];
    await runEverything(watched(transport, (message) => received.push(JSON.stringify(message))));
    const ordered = (texts: readonly string[]) => sorted(texts.map(withOrderedMembers));
    assert.deepEqual(ordered(received), ordered(direct.received));
    assert.equal(server.requests.at(-1)?.method, "DELETE");
  });
});

Deno.test("a client gets the messages of server-everything over HTTP+SSE too", async () => {
  if (HTTP_SSE === undefined) throw new Error("no server");
  await using server = await startRealServer(HTTP_SSE);
  await using bridge = startBridge(server.mcpUrl);
  const transport = createStreamTransport(bridge);
  await runEverything(transport);
  await bridge.ended;
  const posted = server.requests.filter(({ path }) => path !== "/sse").map(({ body }) => body);
  assert.deepEqual(posted, transport.sent);
});
