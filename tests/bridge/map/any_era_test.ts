/** Which upstream a client gets, by its messages and the server's responses. @module */

import assert from "node:assert/strict";
import { openAnyEra } from "../../../src/bridge/map/any_era.ts";
import { openLegacy } from "../../../src/bridge/upstream/legacy.ts";
import { converse, META } from "./conversation.ts";
import {
  type EraServer,
  type Fetch,
  startInitializeServer,
  startStatelessServer,
} from "./era_servers.ts";

const INITIALIZE = {
  protocolVersion: "2025-06-18",
  capabilities: {},
  clientInfo: { name: "host", version: "1" },
};

const open = (era: "same" | "map" = "same") => openAnyEra({ openOlder: openLegacy, era });

const methods = ({ requests }: EraServer) =>
  requests.map(({ method, body }) => body?.method ?? method);

Deno.test("client and server of the initialize era: nothing is sent that the client did not send", async () => {
  await using server = await startInitializeServer();
  await using client = converse(open(), server.fetch);
  const { result } = await client.ask("initialize", INITIALIZE);
  assert.equal(result.protocolVersion, "2025-06-18");
  await client.send({ method: "notifications/initialized" });
  assert.deepEqual((await client.ask("prompts/list")).result, { prompts: [{ name: "hello" }] });
  assert.deepEqual(methods(server).filter((it) => it !== "GET"), [
    "initialize",
    "notifications/initialized",
    "prompts/list",
  ]);
});

Deno.test("stateless client and server: nothing is sent that the client did not send", async () => {
  await using server = await startStatelessServer();
  await using client = converse(open(), server.fetch);
  const { result } = await client.ask("server/discover", { _meta: META });
  assert.deepEqual(result.supportedVersions, ["2026-07-28"]);
  const list = await client.ask("prompts/list", { _meta: META });
  assert.equal(list.result.resultType, "complete");
  assert.deepEqual(methods(server), ["server/discover", "prompts/list"]);
});

Deno.test("a client that can use both eras falls back at an older server", async () => {
  await using server = await startInitializeServer();
  await using client = converse(open(), server.fetch);
  const probe = await client.ask("server/discover", { _meta: META });
  assert.equal(probe.error.code, -32601);
  assert.equal((await client.ask("initialize", INITIALIZE)).result.serverInfo.name, "eras");
  assert.deepEqual(methods(server), ["server/discover", "initialize"]);
});

Deno.test("--era map: such a client is offered 2026-07-28", async () => {
  await using server = await startInitializeServer();
  await using client = converse(open("map"), server.fetch);
  const probe = await client.ask("server/discover", { _meta: META });
  assert.deepEqual(probe.result.supportedVersions, ["2026-07-28"]);
});

Deno.test("a client that has only 2026-07-28 is mapped at an older server, without a probe too", async () => {
  await using server = await startInitializeServer();
  await using client = converse(open(), server.fetch);
  const { result } = await client.ask("prompts/list", { _meta: META });
  assert.equal(result.resultType, "complete");
  assert.deepEqual(
    (await client.ask("server/discover", { _meta: META })).result.supportedVersions,
    ["2026-07-28"],
  );
});

Deno.test("the era of a client does not change", async () => {
  await using server = await startStatelessServer();
  await using client = converse(open(), server.fetch);
  await client.ask("prompts/list", { _meta: META });
  const { error } = await client.ask("initialize", INITIALIZE);
  assert.equal(error.code, -31906);
  assert.match(error.message, /uses MCP 2026-07-28/);
});

/** A server that answers as given, with the methods that it received. */
function scripted(answer: (method: string) => Response): { fetch: Fetch; methods: string[] } {
  const received: string[] = [];
  return {
    methods: received,
    async fetch(input, init) {
      const request = new Request(input, init);
      const { method } = request.method === "POST" ? await request.json() : request;
      received.push(method);
      return answer(method);
    },
  };
}

const json = (status: number, body: string) =>
  new Response(body, { status, headers: { "content-type": "application/json" } });

const refusal = (code: number, message: string) =>
  `{"jsonrpc":"2.0","id":null,"error":{"code":${code},"message":"${message}"}}`;

Deno.test("a server that refuses initialize and is not stateless: the client gets its error", async () => {
  const cases: [Response, Response, number][] = [
    [json(200, refusal(-32602, "bad")), json(200, refusal(-32601, "no")), -32602],
    [json(400, refusal(-32600, "bad")), json(400, "no"), -32600],
    [json(400, "bad"), json(404, ""), -31904],
  ];
  for (const [first, second, code] of cases) {
    const server = scripted((method) =>
      method === "initialize" ? first.clone() : method === "GET" ? json(405, "") : second.clone()
    );
    await using client = converse(open(), server.fetch);
    const { id, error } = await client.ask("initialize", INITIALIZE, 1);
    assert.deepEqual([id, error.code], [1, code]);
    assert.deepEqual(server.methods.filter((it) => it !== "GET"), [
      "initialize",
      "server/discover",
    ]);
  }
});

Deno.test("a response that says nothing about the era leaves it open", async () => {
  for (const status of [401, 403, 500, 503]) {
    const server = scripted(() => json(status, "<html>"));
    await using client = converse(open(), server.fetch);
    for (const _ of [1, 2]) {
      const { error } = await client.ask("server/discover", { _meta: META });
      assert.deepEqual([error.code, error.data.status], [-31904, status]);
    }
    assert.deepEqual(server.methods, ["server/discover", "server/discover"]);
  }
});

Deno.test("a server without server/discover is an older one", async () => {
  for (const status of [200, 400, 404]) {
    const server = scripted(() => json(status, refusal(-32601, "no")));
    await using client = converse(open(), server.fetch);
    const probe = await client.ask("server/discover", { _meta: META }, 1);
    assert.equal(probe.error.message, "Method not found: server/discover");
  }
});

Deno.test("errors that only a stateless server sends are not mapped", async () => {
  for (const [status, code] of [[400, -32020], [400, -32021], [400, -32022], [404, -32601]]) {
    const server = scripted(() => json(status ?? 0, refusal(code ?? 0, "x")));
    await using client = converse(open(), server.fetch);
    const { error } = await client.ask("prompts/list", { _meta: META }, 1);
    assert.equal(error.code, code);
    assert.deepEqual(server.methods, ["prompts/list"]);
  }
});
