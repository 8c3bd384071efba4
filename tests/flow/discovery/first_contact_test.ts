/** Where a server says that it needs a token, if not in a 401 to the first request. */

import assert from "node:assert/strict";
import { hostsOf, namedUrls } from "../../../src/core/named_hosts.ts";
import { givenCandidate, namedMetadata } from "../../../src/flow/discovery/challenge_findings.ts";
import { type FakeLabOptions, startFakeLab } from "../../lab/fake_lab.ts";
import { headerOf, rpcMethodOf } from "../../lab/journal.ts";
import type { Answer } from "../../lab/scripted_server.ts";
import { planOf, runLogin } from "../harness.ts";

/** What the MCP server answers to a request without a token. */
const withoutToken = (answer: Answer): NonNullable<FakeLabOptions["mcp"]> => ({
  intercept: (request) => headerOf(request, "authorization") === undefined ? answer : undefined,
});

const rpcError = (status: number, message = "Unauthorized"): Answer => ({
  status,
  body: { jsonrpc: "2.0", id: null, error: { code: -32001, message } },
});

const REDIRECT = ["location", "https://team.access.example/login"] as const;

/** The scheme and the place of the document are those of no standard. */
const CHALLENGED: Readonly<Record<string, (metadata: string) => Answer>> = {
  "a redirect with a challenge of another scheme": (metadata) => ({
    status: 302,
    headers: [REDIRECT, ["www-authenticate", `Gateway-Access resource_metadata="${metadata}"`]],
  }),
  "a redirect with a Bearer challenge": (metadata) => ({
    status: 307,
    headers: [REDIRECT, ["www-authenticate", `Bearer resource_metadata="${metadata}"`]],
  }),
  ...Object.fromEntries([400, 403, 404, 500].map((status) => [
    `${status} with a challenge`,
    (metadata: string): Answer => ({
      status,
      headers: [["www-authenticate", `Bearer resource_metadata="${metadata}"`]],
    }),
  ])),
  "200 with a JSON-RPC error and a challenge": (metadata) => ({
    ...rpcError(200),
    headers: [["www-authenticate", `Bearer resource_metadata="${metadata}"`]],
  }),
};

for (const [name, answerFor] of Object.entries(CHALLENGED)) {
  Deno.test(`${name} leads to the metadata that it names`, async () => {
    await using lab = await startFakeLab({ prm: { customPath: "/meta/prm", at: [] } });
    const answer = answerFor(`${lab.mcp.origin}/meta/prm`);
    lab.mcp.intercept((request) =>
      headerOf(request, "authorization") === undefined ? answer : undefined
    );
    const { result, codes } = await runLogin({ serverUrl: lab.mcpUrl, verifyTools: true });
    assert.deepEqual(result.error, undefined);
    assert.deepEqual(codes, ["challenge_expected"]);
    const { message } = result.findings[0] ?? {};
    assert.match(message ?? "", new RegExp(`challenge with HTTP ${answer.status ?? 200}`));
    assert.ok(lab.requests.every(({ path }) => !path.includes("well-known/oauth-protected")));
  });
}

Deno.test("a challenge of another scheme counts only if it names resource metadata", async () => {
  const headers = [REDIRECT, ["www-authenticate", 'Gateway-Access realm="team"']] as const;
  await using lab = await startFakeLab({ prm: false, mcp: withoutToken({ status: 302, headers }) });
  const { result } = await runLogin({ serverUrl: lab.mcpUrl });
  assert.equal(result.error?.code, "redirect_refused");
});

const UNUSUAL: Readonly<Record<string, Answer>> = {
  "a redirect": { status: 302, headers: [REDIRECT] },
  "a JSON-RPC error with 200": rpcError(200),
  "a JSON-RPC error with 400": rpcError(400),
  "a JSON-RPC error with 500": rpcError(500),
  "500": { status: 500, body: "broken" },
  "503": { status: 503 },
  "a web page": { headers: [["content-type", "text/html"]], body: "<title>Welcome</title>" },
};

for (const [name, answer] of Object.entries(UNUSUAL)) {
  Deno.test(`a server that answers ${name} and publishes metadata can be signed in to`, async () => {
    await using lab = await startFakeLab({ mcp: withoutToken(answer) });
    const { result, codes } = await runLogin({ serverUrl: lab.mcpUrl, verifyTools: true });
    assert.deepEqual(result.error, undefined);
    assert.deepEqual(codes, ["challenge_expected"]);
  });
  Deno.test(`a server that answers ${name} and publishes nothing cannot be signed in to`, async () => {
    await using lab = await startFakeLab({ prm: false, mcp: withoutToken(answer) });
    const { result } = await runLogin({ serverUrl: lab.mcpUrl });
    assert.match(
      result.error?.code ?? "",
      /^(redirect_refused|unexpected_answer|not_an_mcp_endpoint)$/,
    );
    assert.ok(lab.requests.every(({ path }) => path !== "/register"));
  });
}

Deno.test("an endpoint that has moved is not signed in to, although it publishes metadata", async () => {
  const headers = [["location", "/mcp/"]] as const;
  await using lab = await startFakeLab({ mcp: withoutToken({ status: 307, headers }) });
  const { result } = await runLogin({ serverUrl: lab.mcpUrl });
  assert.equal(result.error?.code, "redirect_refused");
  assert.match(result.error?.remedy ?? "", /mcpass login \S+\/mcp\/$/);
  assert.ok(lab.requests.every(({ path }) => path !== "/register"));
});

Deno.test("the message of a JSON-RPC error is shown", async () => {
  await using lab = await startFakeLab({
    prm: false,
    mcp: withoutToken(rpcError(200, "missing bearer token\u001b[2J")),
  });
  const { result } = await runLogin({ serverUrl: lab.mcpUrl });
  assert.match(
    result.error?.message ?? "",
    /error -32001.*the server says "missing bearer token\\x1b\[2J"/,
  );
});

const OPEN = ["server/discover", "initialize", "notifications/*", "tools/list", "ping"];
const LAZY: FakeLabOptions = {
  prm: { customPath: "/meta/prm", at: [] },
  protection: { openMethods: OPEN },
};

for (const era of ["modern", "legacy"] as const) {
  Deno.test(`the challenge of a tool call is found where the first requests are open (${era})`, async () => {
    await using lab = await startFakeLab({ ...LAZY, mcp: { era } });
    const { result, codes, session } = await runLogin({
      serverUrl: lab.mcpUrl,
      verifyCallTool: "echo",
      toolArgs: { message: "hello" },
    });
    assert.deepEqual(result.error, undefined);
    assert.equal(result.verification?.callTool?.passed, true);
    assert.ok(codes.includes("open_without_token"));
    assert.equal(session?.discovery.resourceMetadataUrl, `${lab.mcp.origin}/meta/prm`);
    const calls = lab.requests.filter((request) => rpcMethodOf(request) === "tools/call");
    const [asked, called] = calls.map(({ body }) => JSON.parse(body).params);
    assert.deepEqual([asked.name, asked.arguments, called.name], ["", {}, "echo"]);
    assert.equal(calls.length, 2);
    assert.equal(calls[0] && headerOf(calls[0], "authorization"), undefined);
  });
}

Deno.test("a tool call is asked for a challenge only where no metadata is found", async () => {
  await using lab = await startFakeLab({ protection: { openMethods: OPEN } });
  const { result, codes, session } = await runLogin({ serverUrl: lab.mcpUrl });
  assert.deepEqual(result.error, undefined);
  assert.deepEqual(codes, ["open_without_token"]);
  assert.ok(lab.requests.every((request) => rpcMethodOf(request) !== "tools/call"));
  assert.equal(session?.discovery.resourceMetadataUrl, undefined);
});

Deno.test("--resource-metadata names the only document that is read", async () => {
  await using lab = await startFakeLab({ prm: { customPath: "/meta/prm", at: ["path"] } });
  const url = `${lab.mcp.origin}/meta/prm`;
  const { result, session } = await runLogin({ serverUrl: lab.mcpUrl, resourceMetadata: url });
  assert.deepEqual(result.error, undefined);
  assert.equal(session?.discovery.resourceMetadataUrl, url);
  lab.requests.length = 0;
  const missing = `${lab.mcp.origin}/meta/other`;
  const failed = await runLogin({ serverUrl: lab.mcpUrl, resourceMetadata: missing });
  assert.equal(failed.result.error?.code, "resource_metadata_missing");
  assert.match(failed.result.error?.message ?? "", /\/meta\/other".*HTTP 404/);
  assert.deepEqual(lab.requests.map(({ path }) => path), ["/mcp", "/meta/other"]);
});

Deno.test("--resource-metadata signs in to a server whose first requests are open", async () => {
  await using lab = await startFakeLab(LAZY);
  const resourceMetadata = `${lab.mcp.origin}/meta/prm`;
  const { result } = await runLogin({ serverUrl: lab.mcpUrl, resourceMetadata });
  assert.deepEqual(result.error, undefined);
  assert.ok(lab.requests.every((request) => rpcMethodOf(request) !== "tools/call"));
});

Deno.test("the document of --resource-metadata has to be about the server", async () => {
  await using lab = await startFakeLab({
    prm: {
      customPath: "/meta/prm",
      document: (document) => ({ ...document, resource: "https://other.example/mcp" }),
    },
  });
  const resourceMetadata = `${lab.mcp.origin}/meta/prm`;
  const { result } = await runLogin({ serverUrl: lab.mcpUrl, resourceMetadata });
  assert.equal(result.error?.code, "resource_mismatch");
  assert.match(result.error?.remedy ?? "", /mcpass login https:\/\/other\.example\/mcp/);
  assert.ok(lab.requests.every(({ path }) => path !== "/register"));
});

Deno.test("--resource-metadata opens no network that a challenge could not open", () => {
  const url = "http://127.0.0.1:8080/prm";
  assert.throws(() => givenCandidate(url, "https://mcp.example/mcp"), {
    code: "resource_metadata_missing",
  });
  assert.deepEqual(givenCandidate(url, "http://127.0.0.1/mcp"), { url, source: "challenge" });
  const plan = planOf({
    serverUrl: "https://mcp.example/mcp",
    resourceMetadata: "https://10.0.0.1/prm",
  });
  assert.deepEqual(hostsOf(...namedUrls(plan)), []);
});

Deno.test("a sign-in line has only a metadata URL that the login accepts", () => {
  const challenge = (value: string) => ({
    scheme: "",
    resourceMetadata: [value],
    scopeCommas: false,
  });
  const server = "https://mcp.example/mcp";
  const named = (value: string) => namedMetadata(challenge(value), server, server);
  assert.equal(named("https://meta.example/prm"), "https://meta.example/prm");
  assert.equal(named("/prm"), "https://mcp.example/prm");
  for (
    const value of [
      ...["http://meta.example/prm", "http://127.0.0.1/prm", "https://a@meta.example/prm"],
      ...["javascript:alert(1)", "https://mcp.example/.well-known/oauth-protected-resource/mcp"],
    ]
  ) assert.equal(named(value), undefined, value);
});

Deno.test("a document that a challenge names is no way to an issuer that is not secure", async () => {
  for (const issuer of ["http://as.example", "nonsense", "https://as.example/#x"]) {
    await using lab = await startFakeLab({ prm: false });
    lab.mcp.intercept((request) => ({
      status: 401,
      headers: [["www-authenticate", `Bearer resource_metadata="${lab.issuer}/named"`]],
      body: request.body,
    }));
    const endpoint = `${lab.issuer}/authorize`;
    const body = {
      issuer,
      authorization_endpoint: endpoint,
      token_endpoint: `${lab.issuer}/token`,
    };
    lab.asServer.routes["/named"] = () => ({ body });
    const { codes, result } = await runLogin({ serverUrl: lab.mcpUrl });
    assert.ok(!codes.includes("challenge_names_server_metadata"), issuer);
    assert.equal(result.error?.code, "discovery_failed");
  }
});
