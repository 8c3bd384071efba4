/** Official clients see the same through a mapping as at a server of their own era. @module */

import assert from "node:assert/strict";
import {
  Client,
  type JSONRPCMessage,
  StreamableHTTPClientTransport,
  type Transport,
} from "@modelcontextprotocol/client";
import { openAnyEra } from "../../../src/bridge/map/any_era.ts";
import { messageOf } from "../../../src/bridge/message/message.ts";
import { createRelay } from "../../../src/bridge/relay/relay.ts";
import { openLegacy } from "../../../src/bridge/upstream/legacy.ts";
import { type EraServer, startInitializeServer, startStatelessServer } from "./era_servers.ts";

/** A bridge as the transport of a client in this process. */
function bridgeTransport({ fetch }: EraServer): Transport {
  const ending = new AbortController();
  const relay = createRelay({
    serverUrl: "http://localhost/mcp",
    fetch,
    signal: ending.signal,
    open: openAnyEra({ openOlder: openLegacy, era: "map" }),
    stages: [],
    write({ text }) {
      transport.onmessage?.(JSON.parse(text) as JSONRPCMessage);
      return Promise.resolve();
    },
    signIn: () => Promise.resolve(false),
  });
  const transport: Transport = {
    start: () => Promise.resolve(),
    send(message) {
      void relay.send(messageOf(JSON.stringify(message)));
      return Promise.resolve();
    },
    async close() {
      await relay.close(AbortSignal.timeout(500));
      transport.onclose?.();
    },
  };
  return transport;
}

/** Without what only one era has, and the same order of members. */
function normalized(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(normalized);
  // The answer of the client, as the server got it.
  const answer = typeof value === "string" ? /^(\{.*\}) s-1$/.exec(value)?.[1] : undefined;
  if (answer !== undefined) return normalized(JSON.parse(answer));
  if (typeof value !== "object" || value === null) return value;
  const dropped = ["resultType", "ttlMs", "cacheScope", "_meta", "elicitationId"];
  const entries = Object.entries(value).filter(([name]) => !dropped.includes(name));
  return Object.fromEntries(
    entries.map(([name, it]) => [name, normalized(it)] as const).sort(([a], [b]) => a < b ? -1 : 1),
  );
}

type Era = "legacy" | "modern";

/** Everything that a client sees of the server. */
async function transcript(transport: Transport, era: Era, server: EraServer): Promise<unknown[]> {
  const seen: unknown[] = [];
  const note = (label: string, value: unknown) => void seen.push([label, normalized(value)]);
  const changed = Promise.withResolvers<void>();
  const client = new Client({ name: "test", version: "1" }, {
    capabilities: { elicitation: { form: {}, url: {} }, sampling: {}, roots: {} },
    versionNegotiation: { mode: era === "legacy" ? "legacy" : { pin: "2026-07-28" } },
    listChanged: { tools: { autoRefresh: false, onChanged: () => changed.resolve() } },
  });
  client.setRequestHandler("elicitation/create", ({ params }) => {
    note("elicitation", params);
    return { action: "accept" as const };
  });
  client.setRequestHandler("sampling/createMessage", ({ params }) => {
    note("sampling", params);
    return {
      model: "m",
      role: "assistant" as const,
      content: { type: "text" as const, text: "yes" },
    };
  });
  client.setRequestHandler("roots/list", () => ({ roots: [{ uri: "file:///a" }] }));
  await client.connect(transport);
  note("server", [client.getServerVersion(), client.getInstructions()]);
  note("capabilities", client.getServerCapabilities());
  const { tools } = await client.listTools();
  note("tools", tools.filter(({ name }) => name !== "hidden" && name !== "rows"));
  for (const name of ["echo", "ask", "ask_url", "sample", "roots", "state", "none"]) {
    const called = client.callTool({ name, arguments: { region: "é" } });
    note(name, await called.catch(({ code, message }) => ({ code, message })));
  }
  const steps: unknown[] = [];
  await client.callTool({ name: "steps" }, { onprogress: (it) => steps.push(it) });
  note("progress", steps);
  note("prompts", [await client.listPrompts(), await client.getPrompt({ name: "hello" })]);
  note("resources", [await client.listResources(), await client.readResource({ uri: "lab://a" })]);
  await client.readResource({ uri: "lab://b" }).catch(({ message }) => note("error", message));
  const ref = { type: "ref/prompt" as const, name: "hello" };
  note("completion", await client.complete({ ref, argument: { name: "a", value: "" } }));
  const ending = new AbortController();
  const hanging = client.callTool({ name: "hang" }, { signal: ending.signal });
  ending.abort();
  await hanging.catch(() => note("cancelled", true));
  await server.toolsChanged();
  await changed.promise;
  note("list changed", true);
  await client.close();
  return seen;
}

const SERVERS = { legacy: startInitializeServer, modern: startStatelessServer };

async function directly(era: Era): Promise<unknown[]> {
  await using server = await SERVERS[era]();
  const url = new URL("http://localhost/mcp");
  const { fetch } = server;
  return await transcript(new StreamableHTTPClientTransport(url, { fetch }), era, server);
}

async function bridged(client: Era, serverEra: Era): Promise<unknown[]> {
  await using server = await SERVERS[serverEra]();
  return await transcript(bridgeTransport(server), client, server);
}

Deno.test("an older client sees the same at servers of both eras", async () => {
  const expected = await directly("legacy");
  assert.deepEqual(await bridged("legacy", "legacy"), expected);
  assert.deepEqual(await bridged("legacy", "modern"), expected);
});

Deno.test("a stateless client sees the same at servers of both eras", async () => {
  const expected = await directly("modern");
  assert.deepEqual(await bridged("modern", "modern"), expected);
  assert.deepEqual(await bridged("modern", "legacy"), expected);
});
