import assert from "node:assert/strict";
import { judgeResourceMetadata } from "../../../src/oauth/metadata/resource_metadata.ts";
import { jsonObject } from "../../../src/oauth/common/endpoint_response.ts";
import { answerOf } from "../support.ts";

const MCP = "https://mcp.example/mcp";
const LOCAL = "http://127.0.0.1:3000/mcp";
const GOOD = { resource: MCP, authorization_servers: ["https://as.example"] };

function judge(body: unknown, headers?: Record<string, string>, serverUrl = MCP) {
  const answer = answerOf(200, body, headers);
  const document = jsonObject(answer);
  assert.ok(document);
  return judgeResourceMetadata(answer, document, { serverUrl });
}

function metadataOf(body: unknown, serverUrl = MCP) {
  const { metadata, judgements } = judge(body, undefined, serverUrl);
  return { ...metadata, codes: judgements.map(({ code }) => code) };
}

Deno.test("a good document gives resource, servers and scopes, byte for byte", () => {
  assert.deepEqual(
    metadataOf({ ...GOOD, resource: "HTTPS://mcp.Example", scopes_supported: ["a", 1, "b"] }),
    {
      resource: "HTTPS://mcp.Example",
      authorizationServers: ["https://as.example"],
      scopesSupported: ["a", "b"],
      dpopAlgorithms: undefined,
      dpopRequired: false,
      certificateBoundTokens: false,
      codes: [],
    },
  );
});

for (const type of ["text/plain", "application/json, application/json", "", "text/html"]) {
  Deno.test(`JSON under content type "${type}" is taken with a warning`, () => {
    const judged = judge(GOOD, type === "" ? {} : { "content-type": type });
    assert.deepEqual(judged.judgements.map(({ code }) => code), ["metadata_content_type"]);
  });
}

for (const type of ["application/json", "Application/JSON; charset=utf-8", "application/x+json"]) {
  Deno.test(`content type "${type}" is right`, () => {
    const judged = judge(GOOD, { "content-type": type });
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
  ["https://as.example:8443/Tenant/v2.0", MCP, "kept"],
  ["https://as.example:8443/{tenantid}/v2.0", MCP, "invalid"],
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
        dropped: ["authorization_server_invalid", "authorization_servers_refused"],
        invalid: ["authorization_server_invalid", "authorization_servers_refused"],
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
    const judged = judge({ ...GOOD, authorization_servers: [entry] });
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
  assert.ok(found.codes.length <= 12, String(found.codes.length));
});

Deno.test("a document with either resource or servers is a document", () => {
  assert.deepEqual(metadataOf({ resource: MCP }).authorizationServers, []);
  assert.equal(metadataOf({ authorization_servers: ["https://as.example"] }).resource, undefined);
  assert.equal(metadataOf({ ...GOOD, resource: null }).resource, undefined);
});

/** What a list makes of the document: its usable entries, and whether the document is refused. */
const LISTS: readonly (readonly [list: unknown, usable: readonly string[], refused: boolean])[] = [
  [undefined, [], false],
  [null, [], false],
  [[], [], false],
  [["http://10.0.0.5", "https://as.example"], ["https://as.example"], false],
  [["http://10.0.0.5"], [], true],
  [["http://10.0.0.5", "https://as.example?x", 5, null], [], true],
  ["https://as.example", ["https://as.example"], false],
  ["http://10.0.0.5", [], true],
  [{ issuer: "https://as.example" }, [], true],
  [7, [], true],
];

for (const [list, usable, refused] of LISTS) {
  Deno.test(`authorization_servers of ${JSON.stringify(list)} ${refused ? "refuse" : "allow"} the document`, () => {
    const answer = answerOf(200, { resource: MCP, authorization_servers: list });
    const document = jsonObject(answer) ?? {};
    for (const pinned of [false, true]) {
      const judged = judgeResourceMetadata(answer, document, { serverUrl: MCP, pinned });
      assert.deepEqual(judged.metadata.authorizationServers, usable);
      const said = judged.judgements.find(({ code }) => code === "authorization_servers_refused");
      const severity = pinned ? "warning" : "error";
      assert.equal(said?.severity, refused ? severity : undefined);
      if (said !== undefined) assert.ok(said.message.includes(answer.url), said.message);
    }
  });
}

for (const resource of [["https://evil.example"], 7, {}, "", true]) {
  Deno.test(`a resource of ${JSON.stringify(resource)} forbids the document, it is not a missing one`, () => {
    const judged = judge({ ...GOOD, resource });
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
