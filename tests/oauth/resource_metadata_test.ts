import assert from "node:assert/strict";
import { judgeResourceMetadata } from "../../src/oauth/resource_metadata.ts";
import { answerOf, deepJson } from "./support.ts";

const MCP = "https://mcp.example/mcp";
const LOCAL = "http://127.0.0.1:3000/mcp";
const GOOD = { resource: MCP, authorization_servers: ["https://as.example"] };

function judge(status: number, body: unknown, headers?: Record<string, string>, serverUrl = MCP) {
  return judgeResourceMetadata(answerOf(status, body, headers), serverUrl);
}

function metadataOf(body: unknown, serverUrl = MCP) {
  const judged = judge(200, body, undefined, serverUrl);
  assert.ok(judged.found);
  return { ...judged.metadata, codes: judged.judgements.map(({ code }) => code) };
}

const ABSENT: readonly [what: string, status: number, body: unknown][] = [
  ["404", 404, GOOD],
  ["401", 401, GOOD],
  ["301", 301, GOOD],
  ["201", 201, GOOD],
  ["500", 500, GOOD],
  ["HTML", 200, "<!doctype html><title>App</title>"],
  ["nothing", 200, ""],
  ["a list", 200, [GOOD]],
  ["a string", 200, '"x"'],
  ["null", 200, "null"],
  ["JSON about something else", 200, { status: "ok" }],
  ["nested __proto__", 200, '{"__proto__":{"resource":"https://mcp.example/mcp"}}'],
  ["deeply nested JSON", 200, deepJson()],
];

for (const [what, status, body] of ABSENT) {
  Deno.test(`${what} where resource metadata was due counts as absent`, () => {
    const judged = judge(status, body);
    assert.ok(!judged.found);
    assert.ok(judged.reason.length < 200, judged.reason);
  });
}

Deno.test("a content type is made safe and short before it is shown", () => {
  const type = `text/\u009b2J${"x".repeat(4000)}`;
  const absent = judge(404, "", { "content-type": type });
  assert.ok(!absent.found && absent.reason.length < 300 && !absent.reason.includes("\u009b"));
});

Deno.test("a good document gives resource, servers and scopes, byte for byte", () => {
  assert.deepEqual(
    metadataOf({ ...GOOD, resource: "HTTPS://mcp.Example", scopes_supported: ["a", 1, "b"] }),
    {
      resource: "HTTPS://mcp.Example",
      authorizationServers: ["https://as.example"],
      scopesSupported: ["a", "b"],
      codes: [],
    },
  );
});

for (const type of ["text/plain", "application/json, application/json", "", "text/html"]) {
  Deno.test(`JSON under content type "${type}" is taken with a warning`, () => {
    const judged = judge(200, GOOD, type === "" ? {} : { "content-type": type });
    assert.ok(judged.found);
    assert.deepEqual(judged.judgements.map(({ code }) => code), ["metadata_content_type"]);
  });
}

for (const type of ["application/json", "Application/JSON; charset=utf-8", "application/x+json"]) {
  Deno.test(`content type "${type}" is right`, () => {
    const judged = judge(200, GOOD, { "content-type": type });
    assert.ok(judged.found);
    assert.deepEqual(judged.judgements, []);
  });
}

/** `kept`, or the code of the judgement; only `metadata_url` is kept with one. */
const ENTRIES: readonly [
  entry: unknown,
  serverUrl: string,
  verdict: "kept" | "invalid" | "metadata_url" | "dropped",
][] = [
  ["https://as.example", MCP, "kept"],
  ["https://as.example/", MCP, "kept"],
  ["https://as.example/tenant1", MCP, "kept"],
  ["https://as.example:8443/{tenantid}/v2.0", MCP, "kept"],
  ["http://127.0.0.1:9000", LOCAL, "kept"],
  ["http://localhost:9000/as", LOCAL, "kept"],
  ["http://[::1]:9000", LOCAL, "kept"],
  ["http://127.0.0.1:9000", MCP, "invalid"],
  ["http://as.example", MCP, "invalid"],
  ["http://as.example", LOCAL, "invalid"],
  ["as.example", MCP, "invalid"],
  ["/as", MCP, "invalid"],
  ["", MCP, "invalid"],
  ["javascript:alert(1)", MCP, "invalid"],
  ["data:application/json,{}", MCP, "invalid"],
  ["file:///etc/passwd", MCP, "invalid"],
  ["https://", MCP, "invalid"],
  ["https:as.example", MCP, "invalid"],
  ["https://as.example?tenant=1", MCP, "invalid"],
  ["https://as.example?", MCP, "invalid"],
  ["https://as.example#x", MCP, "invalid"],
  ["https://as.example#", MCP, "invalid"],
  ["https://accounts.example@evil.example", MCP, "invalid"],
  ["https://:pw@evil.example", MCP, "invalid"],
  ["https://as.example\\@evil.example", MCP, "invalid"],
  ["https://as.example\\tenant", MCP, "invalid"],
  ["https://аs.example", MCP, "invalid"],
  ["https://as.example/\u202e", MCP, "invalid"],
  [" https://as.example", MCP, "invalid"],
  ["https://as.exa\tmple", MCP, "invalid"],
  ["https://as.example/.well-known/oauth-authorization-server", MCP, "metadata_url"],
  ["https://as.example/t/.well-known/openid-configuration", MCP, "metadata_url"],
  [7, MCP, "dropped"],
  [null, MCP, "dropped"],
  [["https://as.example"], MCP, "dropped"],
];

for (const [entry, serverUrl, verdict] of ENTRIES) {
  Deno.test(`authorization server ${JSON.stringify(entry)} of ${serverUrl} is ${verdict}`, () => {
    const found = metadataOf({ resource: serverUrl, authorization_servers: [entry] }, serverUrl);
    const kept = verdict === "kept" || verdict === "metadata_url";
    assert.deepEqual(found.authorizationServers, kept ? [entry] : []);
    assert.deepEqual(
      found.codes,
      {
        kept: [],
        dropped: ["authorization_server_invalid"],
        invalid: ["authorization_server_invalid"],
        metadata_url: ["authorization_server_is_metadata_url"],
      }[verdict],
    );
  });
}

Deno.test("the issuer behind a metadata URL is suggested, not assumed", () => {
  for (
    const [entry, issuer] of [
      ["https://as.example/.well-known/oauth-authorization-server", "https://as.example"],
      ["https://as.example/.well-known/oauth-authorization-server/t1", "https://as.example/t1"],
      ["https://as.example/t1/.well-known/openid-configuration", "https://as.example/t1"],
    ]
  ) {
    const judged = judge(200, { ...GOOD, authorization_servers: [entry] });
    assert.ok(judged.found);
    assert.ok(judged.judgements[0]?.remedy.endsWith(`"${issuer}"`), judged.judgements[0]?.remedy);
  }
});

Deno.test("a list of authorization servers is cut, and each is tried once", () => {
  const many = Array.from({ length: 5000 }, (_, index) => `https://as${index}.example`);
  const found = metadataOf({ ...GOOD, authorization_servers: [many[0], ...many] });
  assert.deepEqual(found.authorizationServers, many.slice(0, 10));
  assert.deepEqual(found.codes, ["authorization_servers_many"]);
});

Deno.test("a list of useless authorization servers does not flood the findings", () => {
  const found = metadataOf({
    ...GOOD,
    authorization_servers: Array.from({ length: 5000 }, (_, i) => `x${i}`),
  });
  assert.deepEqual(found.authorizationServers, []);
  assert.ok(found.codes.length <= 11, String(found.codes.length));
});

Deno.test("a document with either resource or servers is a document", () => {
  assert.deepEqual(metadataOf({ resource: MCP }).authorizationServers, []);
  assert.equal(metadataOf({ authorization_servers: ["https://as.example"] }).resource, undefined);
  assert.equal(metadataOf({ ...GOOD, resource: null }).resource, undefined);
  assert.deepEqual(
    metadataOf({ resource: MCP, authorization_servers: "https://as.example" }).authorizationServers,
    [],
  );
});

for (const resource of [["https://evil.example"], 7, {}, "", true]) {
  Deno.test(`a resource of ${JSON.stringify(resource)} forbids the document, it is not a missing one`, () => {
    const judged = judge(200, { ...GOOD, resource });
    assert.ok(judged.found);
    const fatal = judged.judgements.find(({ severity }) => severity === "error");
    assert.equal(fatal?.code, "resource_invalid");
  });
}

Deno.test("bearer methods without the header are reported", () => {
  assert.deepEqual(metadataOf({ ...GOOD, bearer_methods_supported: ["body"] }).codes, [
    "bearer_header_not_listed",
  ]);
  assert.deepEqual(metadataOf({ ...GOOD, bearer_methods_supported: ["body", "header"] }).codes, []);
});

Deno.test("a member that occurs twice is named", () => {
  const body =
    `{"resource":"https://evil.example","authorization_servers":["https://as.example"],"resource":"${MCP}"}`;
  assert.deepEqual(metadataOf(body).codes, ["json_member_repeated"]);
});
