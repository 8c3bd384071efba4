import assert from "node:assert/strict";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { EVERYTHING } from "../servers/everything.ts";
import { startRealServer } from "../servers/real_server.ts";
import { startBridge } from "./bridge_pipes.ts";
import { runEverything, withoutChance } from "./everything_script.ts";
import { recordMessages } from "./message_record.ts";
import { createStreamTransport } from "./stream_transport.ts";

const [STREAMABLE_HTTP, HTTP_SSE] = EVERYTHING;

const sorted = (texts: readonly string[]) => texts.map(withoutChance).sort();

Deno.test("a client gets the messages of server-everything through the bridge as directly", async () => {
  if (STREAMABLE_HTTP === undefined) throw new Error("no server");
  await using server = await startRealServer(STREAMABLE_HTTP);
  const direct = recordMessages(fetch);
  const url = new URL(server.mcpUrl);
  await runEverything(new StreamableHTTPClientTransport(url, { fetch: direct.fetch }));
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
