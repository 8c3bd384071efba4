import assert from "node:assert/strict";
import { describeMcpError } from "../../src/mcp/mcp_error.ts";
import { headerOf, rpcMethodOf } from "../lab/journal.ts";
import { startMcpServer } from "../lab/mcp_server.ts";
import { open, withResults } from "./support.ts";

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
    assert.deepEqual(await connection.list(kind), { items: [], findings: [] });
  }
  assert.equal(server.requests.length, before);
  await connection.close();
});

Deno.test("a named revision is the one that is spoken", async () => {
  await using server = await startMcpServer({ era: "both" });
  for (const version of ["2025-03-26", "2025-06-18", "2025-11-25", "2026-07-28"] as const) {
    const connection = await open(server.url, { version });
    assert.equal(connection.version, version);
    await connection.close();
  }
});

Deno.test("the version before the first revision is spoken too", async () => {
  await using server = await startMcpServer({ era: "legacy", protocolVersions: ["2024-11-05"] });
  for (const version of ["auto", "2025-11-25"] as const) {
    const connection = await open(server.url, { version });
    assert.equal(connection.version, "2024-11-05");
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

const TOOL = { name: "good", inputSchema: { type: "object" } };

Deno.test("an unusual definition hides no other one, and each is named with its fault", async () => {
  const unusual = [
    { name: "empty", inputSchema: {} },
    { name: "either", inputSchema: { anyOf: [{ type: "object" }] } },
    { name: "absent" },
    { name: "list", inputSchema: { type: ["object", "null"] } },
    { name: 7, inputSchema: { type: "object" } },
    "text",
    { name: "odd", title: 5, annotations: "x", inputSchema: { type: "object", required: "a" } },
  ];
  for (const era of ["legacy", "modern"] as const) {
    await using server = await withResults({ "tools/list": { tools: [...unusual, TOOL] } }, {
      era,
    });
    const connection = await open(server.url);
    const { items, findings } = await connection.list("tools");
    assert.deepEqual(items, [...unusual, TOOL].filter((it) => typeof it === "object"));
    assert.equal(findings.length, 1);
    const message = findings[0]?.message ?? "";
    assert.match(message, /6 tools/);
    assert.match(message, /"empty" \(inputSchema has no "type": "object"\)/);
    assert.match(message, /"either" \(inputSchema has no "type": "object"\)/);
    assert.match(message, /"absent" \(inputSchema is missing\)/);
    assert.match(message, /"list" \(inputSchema has "type": a list/);
    assert.match(message, /item 5 \(name is missing or not a string\); item 6 \(not an object\)/);
    assert.doesNotMatch(message, /"good"|"odd"/);
    await connection.close();
  }
});

Deno.test("an unusual item of every other list hides no other one", async () => {
  const good = { name: "good", uri: "x:1", uriTemplate: "x:{y}" };
  const lists = {
    "resources/list": ["resources", { name: "bad" }],
    "resources/templates/list": ["resourceTemplates", { name: "bad" }],
    "prompts/list": ["prompts", { title: "bad" }],
  } as const;
  const initialize = {
    protocolVersion: "2025-11-25",
    capabilities: { resources: {}, prompts: {} },
    serverInfo: { name: "x", version: "1" },
  };
  const results = Object.fromEntries(
    Object.entries(lists).map(([method, [kind, bad]]) => [method, { [kind]: [bad, good] }]),
  );
  await using server = await withResults({ initialize, ...results }, { sessions: false });
  const connection = await open(server.url);
  for (const [kind, bad] of Object.values(lists)) {
    const { items, findings } = await connection.list(kind);
    assert.deepEqual(items, [bad, good]);
    assert.deepEqual(findings.map(({ code }) => code), ["definition_invalid"]);
  }
  await connection.close();
});

Deno.test("the result of a call is not lost because of one unusual part", async () => {
  const content = [{ type: "text", text: "x" }, { type: "vendor", data: 1 }, { type: "image" }];
  for (const era of ["legacy", "modern"] as const) {
    const result = { content, structuredContent: 7, isError: "no" };
    await using server = await withResults({ "tools/call": result }, { era });
    const connection = await open(server.url);
    const called = await connection.callTool("echo", {});
    assert.deepEqual([called.result, called.text, called.isError], [result, "x", false]);
    await connection.close();
  }
});

Deno.test("a result that contradicts the output schema of its tool is returned with a finding", async () => {
  const outputSchema = { type: "object", properties: { a: { type: "number" } }, required: ["a"] };
  const cases = [
    [{ a: 1 }, undefined],
    [{ a: "1" }, /contradicts its outputSchema: .*number/],
    [undefined, /structuredContent is missing/],
  ] as const;
  for (const [structuredContent, expected] of cases) {
    await using server = await withResults({
      "tools/list": { tools: [{ ...TOOL, outputSchema }] },
      "tools/call": { content: [], structuredContent },
    });
    const connection = await open(server.url);
    await connection.list("tools");
    const { findings } = await connection.callTool("good", {});
    const codes = findings.map(({ code }) => code);
    assert.deepEqual(codes, expected === undefined ? [] : ["tool_result_invalid"]);
    if (expected !== undefined) assert.match(findings[0]?.message ?? "", expected);
    await connection.close();
  }
});

Deno.test("a header that the definition of a tool asks for is sent, after a refusal without it", async () => {
  const properties = { region: { type: "string", "x-mcp-header": "Region" } };
  const tools = [{ name: "where", inputSchema: { type: "object", properties } }];
  await using server = await startMcpServer({
    era: "modern",
    intercept(request) {
      const method = rpcMethodOf(request);
      const id = () => JSON.parse(request.body).id;
      const reply = (result: object) => ({ body: { jsonrpc: "2.0", id: id(), result } });
      const complete = { resultType: "complete", ttlMs: 0, cacheScope: "private" };
      if (method === "tools/list") return reply({ ...complete, tools });
      if (method !== "tools/call") return undefined;
      if (headerOf(request, "mcp-param-region") === "north") {
        return reply({ ...complete, content: [] });
      }
      const error = { code: -32020, message: "header mismatch" };
      return { status: 400, body: { jsonrpc: "2.0", id: id(), error } };
    },
  });
  const connection = await open(server.url);
  const { result } = await connection.callTool("where", { region: "north" });
  assert.deepEqual(result["content"], []);
  await connection.close();
});

Deno.test("an answer that is not a result is described without the text of a schema check", async () => {
  const answers = [
    [{ body: { jsonrpc: "2.0", id: 1, result: { tools: 7 } } }, "initialize"],
    [{ body: "<html>", headers: [["content-type", "application/json"]] }, "initialize"],
    [{ body: [1, 2] }, "tools/list"],
    [{ status: 404, body: "no such page" }, "tools/list"],
  ] as const;
  for (const [answer, at] of answers) {
    await using server = await startMcpServer({
      era: "legacy",
      sessions: false,
      intercept: (request) => rpcMethodOf(request) === at ? { ...answer } : undefined,
    });
    const opened = open(server.url, { version: "2025-11-25", timeoutMs: 1000 });
    const error = await opened.then((it) => it.list("tools")).catch((error) => error);
    assert.doesNotMatch(describeMcpError(error), /[[{]\s*"|invalid_|expected \\"/);
  }
});

Deno.test("an initialize result with faulty members is described in plain words", async () => {
  const result = {
    protocolVersion: "2025-06-18",
    capabilities: { tools: true },
    serverInfo: { name: "x" },
  };
  await using server = await withResults({ initialize: result });
  const error = await open(server.url, { version: "2025-11-25" }).catch((error) => error);
  assert.equal(
    describeMcpError(error),
    "the result of initialize is not valid: capabilities.tools has the type boolean instead of " +
      "object; serverInfo.version is missing",
  );
});

Deno.test("an error code without words is shown", async () => {
  await using server = await startMcpServer({
    era: "legacy",
    sessions: false,
    intercept: (request) =>
      rpcMethodOf(request) === "tools/list"
        ? { status: 400, body: { error: "invalid_token" } }
        : undefined,
  });
  const connection = await open(server.url);
  const error = await connection.list("tools").catch((error) => error);
  assert.equal(describeMcpError(error), 'HTTP 400; it says "invalid_token"');
  await connection.close();
});

Deno.test("an error is one safe line", () => {
  const error = new Error("first\n  second\x1b[2J", { cause: new Error("below") });
  assert.equal(describeMcpError(error), "first second\\x1b[2J: below");
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
