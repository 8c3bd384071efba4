import assert from "node:assert/strict";
import { connect, describeMcpError, originalItems } from "../../src/mcp/connection.ts";
import type { RevisionId } from "../../src/oauth/mcp/revision.ts";
import { startMcpServer } from "../lab/mcp_server.ts";

const CLIENT = { name: "test", version: "1" };

async function open(serverUrl: string, version: RevisionId | "auto" = "auto") {
  return await connect({
    ...{ serverUrl, version, fetch, client: CLIENT },
    timeoutMs: 5000,
    signal: new AbortController().signal,
  });
}

for (
  const [era, wire, version] of [
    ["modern", "stateless", "2026-07-28"],
    ["legacy", "initialize", "2025-11-25"],
    ["both", "stateless", "2026-07-28"],
  ] as const
) {
  Deno.test(`a connection to a server that speaks ${era} tells wire, version and server`, async () => {
    await using server = await startMcpServer({ era });
    const connection = await open(server.url);
    assert.equal(connection.era, wire);
    assert.equal(connection.version, version);
    assert.equal(connection.serverInfo?.["name"], "mcpass lab");
    assert.ok(connection.offers("tools"));
    await connection.close();
  });
}

Deno.test("a list that the server does not announce is empty and not asked for", async () => {
  await using server = await startMcpServer();
  const connection = await open(server.url);
  const before = server.requests.length;
  for (const kind of ["resources", "resourceTemplates", "prompts"] as const) {
    assert.equal(connection.offers(kind), false);
    assert.deepEqual(await connection.list(kind), []);
  }
  assert.equal(server.requests.length, before);
  await connection.close();
});

Deno.test("a named revision is the one that is spoken", async () => {
  await using server = await startMcpServer({ era: "both" });
  for (const version of ["2025-03-26", "2025-06-18", "2025-11-25", "2026-07-28"] as const) {
    const connection = await open(server.url, version);
    assert.equal(connection.version, version);
    await connection.close();
  }
});

Deno.test("what a call returns is what the server sent", async () => {
  await using server = await startMcpServer({
    era: "legacy",
    intercept: (request) => {
      const { id, method } = JSON.parse(request.body || "{}");
      if (method !== "tools/call") return undefined;
      const content = [{ type: "text", text: "x", "vendor.example/y": 1 }];
      return { body: { jsonrpc: "2.0", id, result: { content, "vendor.example/z": [2] } } };
    },
  });
  const connection = await open(server.url);
  const { result, text, isError } = await connection.callTool("echo", {});
  assert.deepEqual(result, {
    content: [{ type: "text", text: "x", "vendor.example/y": 1 }],
    "vendor.example/z": [2],
  });
  assert.deepEqual([text, isError], ["x", false]);
  await connection.close();
});

Deno.test("an error is one safe line", () => {
  const error = new Error("first\n  second\x1b[2J", { cause: new Error("below") });
  assert.equal(describeMcpError(error), "first second\\x1b[2J: below");
});

Deno.test("the items of a long list are matched with what was sent by looking at each once", () => {
  let looks = 0;
  const sent = Array.from({ length: 1000 }, (_, at) => ({
    get name() {
      looks += 1;
      return `tool-${at % 500}`;
    },
    at,
  }));
  const items = sent.map(({ name }) => ({ name }));
  looks = 0;
  const found = originalItems([...items, { name: "of the client alone" }], sent);
  assert.deepEqual(found.map(({ at }) => at), [...sent.keys(), undefined]);
  assert.equal(looks, 1000);
});

Deno.test("a very long error is cut, and not within what could be a secret", () => {
  const token = "tok-4711-abcdef";
  for (const before of [16 * 1024 - 20, 16 * 1024 - 8, 16 * 1024]) {
    const shown = describeMcpError(
      new Error(`${"x ".repeat(before / 2)}${token} ${"y ".repeat(9999)}`),
    );
    assert.ok(shown.length <= 16 * 1024 + 1 && shown.endsWith("…"));
    assert.ok(shown.includes(token) || !shown.includes("tok-"), shown.slice(-40));
  }
});
