import assert from "node:assert/strict";
import type { FlowEvent } from "../../../src/core/events.ts";
import { inspect } from "../../../src/flow/inspect/inspect.ts";
import type { Inspection, InspectPlan } from "../../../src/flow/inspect/inspection.ts";
import { createHttpClient } from "../../../src/http/client/create_http_client.ts";
import type { RevisionId } from "../../../src/oauth/mcp/revision.ts";
import { createSecrets } from "../../../src/trace/secrets.ts";
import { type FakeLabOptions, startFakeLab, startSplitIssuerLab } from "../../lab/fake_lab.ts";
import { headerOf, sequence } from "../../lab/journal.ts";
import { closesAtOnce, html, hugeBody, redirect } from "../../lab/misbehaviour.ts";
import { type Routes, startScriptedServer } from "../../lab/scripted_server.ts";
import { startLab } from "../../lab/shapes.ts";
import { runLogin } from "../harness.ts";

const PRM = "/.well-known/oauth-protected-resource";
const AS = "/.well-known/oauth-authorization-server";
const OIDC = "/.well-known/openid-configuration";

/** Inspects with the real HTTP client. */
async function look(
  url: string,
  plan: Partial<InspectPlan> = {},
  controller = new AbortController(),
): Promise<Inspection & { readonly events: readonly FlowEvent[] }> {
  const events: FlowEvent[] = [];
  const emit = (event: FlowEvent) => void events.push(event);
  const secrets = createSecrets();
  const clock = { now: Date.now };
  const { signal } = controller;
  const whole = { url, protocolVersion: undefined, headers: [], stepTimeoutMs: 10_000, ...plan };
  const http = createHttpClient({
    ...{ serverUrl: url, customHeaders: whole.headers, stepTimeoutMs: whole.stepTimeoutMs },
    ...{ emit, secrets, clock, signal, env: { get: () => undefined, toObject: () => ({}) } },
  });
  try {
    return { ...await inspect(whole, { http, emit, secrets, clock, signal }), events };
  } finally {
    await http.close();
  }
}

const codes = ({ findings }: Inspection, severity?: string) =>
  findings.filter((it) => severity === undefined || it.severity === severity)
    .map(({ code }) => code).sort();
const verdicts = ({ revisions }: Inspection) =>
  Object.fromEntries(revisions.map((row) => [
    row.protocolVersion,
    row.verdict === "refused" ? row.errors.join(" ") : row.verdict,
  ]));
const requests = ({ chain }: Inspection) =>
  (chain?.links ?? []).map(({ method, url, outcome }) =>
    `${method} ${new URL(url).pathname} ${outcome}`
  );
const all = (verdict: string) => ({
  "2025-03-26": verdict,
  "2025-06-18": verdict,
  "2025-11-25": verdict,
  "2026-07-28": verdict,
});

Deno.test("a resource's and a server's document of a real lab are fetched and found sound", async () => {
  await using lab = await startLab();
  const resource = await look(lab.mcp.resourceMetadataUrl);
  assert.equal(resource.kind, "protected_resource");
  assert.equal(resource.document?.["resource"], lab.mcpUrl);
  assert.deepEqual([...codes(resource, "error"), ...codes(resource, "warning")], []);
  assert.deepEqual(verdicts(resource), { ...all("usable"), "2025-03-26": "not_read" });
  const server = await look(`${lab.issuer}${AS}`);
  assert.equal(server.kind, "authorization_server");
  assert.equal(server.document?.["issuer"], lab.issuer);
  assert.deepEqual([...codes(server, "error"), ...codes(server, "warning")], []);
  assert.deepEqual(verdicts(server), all("usable"));
  const openid = await look(`${lab.issuer}${OIDC}`);
  assert.equal(openid.kind, "openid_configuration");
  assert.deepEqual(verdicts(openid), {
    ...all("usable"),
    "2025-03-26": "not_read",
    "2025-06-18": "not_read",
  });
  assert.deepEqual(sequence(lab.requests), [
    `mcp GET ${PRM}/mcp`,
    `as GET ${AS}`,
    `as GET ${OIDC}`,
  ]);
});

Deno.test("one revision asked for is the one that judges", async () => {
  await using lab = await startFakeLab({
    metadata: ({ code_challenge_methods_supported: _, ...document }) => document,
  });
  const of = async (protocolVersion: RevisionId | undefined) =>
    await look(`${lab.issuer}${AS}`, { protocolVersion });
  const any = await of(undefined);
  assert.deepEqual(codes(any, "error"), ["pkce_not_advertised"]);
  assert.deepEqual(verdicts(any), {
    "2025-03-26": "usable",
    "2025-06-18": "usable",
    "2025-11-25": "pkce_not_advertised",
    "2026-07-28": "pkce_not_advertised",
  });
  const old = await of("2025-06-18");
  assert.deepEqual(codes(old, "error"), []);
  assert.deepEqual(codes(old, "warning"), ["pkce_not_advertised_tolerated"]);
  assert.deepEqual(verdicts(old), { "2025-06-18": "usable" });
  const oldest = await look(lab.mcp.resourceMetadataUrl, { protocolVersion: "2025-03-26" });
  assert.ok(codes(oldest).includes("metadata_not_read"));
});

const ANSWERS: Readonly<
  Record<string, {
    readonly path: string;
    readonly routes: Routes;
    readonly code: string;
    readonly words: RegExp;
    readonly status: number | null;
  }>
> = {
  "nothing there": {
    path: `${AS}/tenant1`,
    routes: {},
    code: "server_metadata_missing",
    words: /HTTP 404/,
    status: 404,
  },
  "a web page for every path": {
    path: `${PRM}/mcp`,
    routes: { "*": html() },
    code: "resource_metadata_missing",
    words: /a web page/,
    status: 200,
  },
  "a page that wants a person": {
    path: AS,
    routes: { "*": { status: 403 } },
    code: "server_metadata_missing",
    words: /make the metadata public/,
    status: 403,
  },
  "JSON that breaks off": {
    path: AS,
    routes: { "*": { headers: [["content-type", "application/json"]], body: '{"issuer": "htt' } },
    code: "metadata_invalid",
    words: /with invalid JSON .* that begins .*issuer/,
    status: 200,
  },
  "JSON that is a list": {
    path: AS,
    routes: { "*": { body: [] } },
    code: "metadata_invalid",
    words: /with a JSON array instead of a JSON object/,
    status: 200,
  },
  "JSON nested without end": {
    path: AS,
    routes: { "*": { body: `{"issuer":${"[".repeat(5000)}${"]".repeat(5000)}}` } },
    code: "metadata_invalid",
    words: /nested too deeply/,
    status: 200,
  },
  "a document under another status": {
    path: AS,
    routes: { "*": { status: 404, body: { issuer: "https://as.example" } } },
    code: "metadata_invalid",
    words: /HTTP 404 application\/json/,
    status: 404,
  },
  "a fault, twice": {
    path: AS,
    routes: { "*": { status: 500 } },
    code: "metadata_unavailable",
    words: /HTTP 500/,
    status: 500,
  },
  "a body without end": {
    path: AS,
    routes: { "*": hugeBody(2_000_000) },
    code: "response_too_large",
    words: /too large/,
    status: null,
  },
  "no answer": {
    path: AS,
    routes: { "*": closesAtOnce() },
    code: "network_",
    words: /./,
    status: null,
  },
  "a redirect to http elsewhere": {
    path: AS,
    routes: { "*": redirect("http://elsewhere.example/metadata") },
    code: "redirect_refused",
    words: /not https/,
    status: null,
  },
  "JSON about something else": {
    path: "/.well-known/other",
    routes: { "*": { body: { keys: [] } } },
    code: "metadata_unknown",
    words: /neither "issuer" nor "resource"/,
    status: 200,
  },
};

for (const [name, { path, routes, code, words, status }] of Object.entries(ANSWERS)) {
  Deno.test(`${name} at a metadata URL is reported as ${code}`, async () => {
    await using server = startScriptedServer({ name: "as", routes });
    const found = await look(`${server.origin}${path}`);
    assert.ok(found.failure?.code.startsWith(code), found.failure?.code);
    assert.match(`${found.failure?.message} ${found.failure?.remedy}`, words);
    assert.equal(found.status, status);
    assert.deepEqual(codes(found, "error"), [found.failure?.code]);
    assert.ok(server.requests.length <= 2);
  });
}

Deno.test("where clients would have looked is said when nothing is found", async () => {
  await using server = startScriptedServer({ name: "as" });
  const { failure } = await look(`${server.origin}${OIDC}/t`);
  for (const path of [`${AS}/t`, `${OIDC}/t`, `/t${OIDC}`]) {
    assert.ok(failure?.remedy?.includes(`${server.origin}${path}`), path);
  }
});

Deno.test("a redirected document is judged where it was asked for, and the way is told", async () => {
  await using lab = await startFakeLab();
  await using front = startScriptedServer({ name: "front" });
  front.routes[`GET ${AS}`] = redirect(`${lab.issuer}${AS}`);
  const found = await look(`${front.origin}${AS}`);
  assert.equal(found.finalUrl, `${lab.issuer}${AS}`);
  assert.deepEqual(codes(found, "error"), ["issuer_mismatch"]);
  assert.ok(codes(found).includes("metadata_redirected"));
});

Deno.test("from an MCP server the whole chain is shown, and nothing is registered", async () => {
  await using lab = await startLab();
  const found = await look(lab.mcpUrl);
  assert.equal(found.target, "mcp_server");
  assert.equal(found.failure, null);
  assert.deepEqual(requests(found), [
    "POST /mcp answer",
    `GET ${PRM}/mcp used`,
    `GET ${AS} used`,
  ]);
  assert.equal(found.chain?.issuer, lab.issuer);
  assert.equal(found.chain?.resourceMetadata?.document["resource"], lab.mcpUrl);
  assert.match(found.chain?.challenge ?? "", /^Bearer resource_metadata=/);
  assert.equal(found.document?.["issuer"], lab.issuer);
  assert.deepEqual(codes(found, "error"), []);
  assert.deepEqual(sequence(lab.requests), [
    "mcp POST /mcp tools/list",
    `mcp GET ${PRM}/mcp`,
    `as GET ${AS}`,
    // The verdicts of the older revisions: their wire, and their place for metadata.
    "mcp POST /mcp initialize",
    `mcp GET ${AS}`,
  ]);
});

const CHAINS: Readonly<
  Record<string, {
    readonly lab: FakeLabOptions;
    readonly requests: readonly string[];
    readonly errors: readonly string[];
  }>
> = {
  "an issuer with a path and the appended document": {
    lab: { issuerPath: "/t", wellKnown: ["oidc_appended"] },
    requests: [
      "POST /mcp answer",
      `GET ${PRM}/mcp used`,
      `GET ${AS}/t passed_over`,
      `GET ${OIDC}/t passed_over`,
      `GET /t${OIDC} used`,
    ],
    errors: [],
  },
  "no challenge, a root document": {
    lab: { challenge: { fields: () => [] }, prm: { at: ["root"] } },
    requests: [
      "POST /mcp answer",
      `GET ${PRM}/mcp passed_over`,
      `GET ${PRM} used`,
      `GET ${AS} used`,
    ],
    errors: [],
  },
  "a challenge that names nothing that is there": {
    lab: { challenge: { resourceMetadata: "/nowhere" } },
    requests: [
      "POST /mcp answer",
      "GET /nowhere passed_over",
      `GET ${PRM}/mcp used`,
      `GET ${AS} used`,
    ],
    errors: [],
  },
  "a resource of another origin: a login ends there, the account goes on": {
    lab: { prm: { document: (it) => ({ ...it, resource: "https://evil.example/mcp" }) } },
    requests: ["POST /mcp answer", `GET ${PRM}/mcp used`, `GET ${AS} used`],
    errors: ["resource_mismatch"],
  },
  "another issuer": {
    lab: { metadata: (it) => ({ ...it, issuer: `${it["issuer"]}/` }) },
    requests: [
      "POST /mcp answer",
      `GET ${PRM}/mcp used`,
      `GET ${AS} passed_over`,
      `GET ${OIDC} passed_over`,
    ],
    errors: ["issuer_mismatch"],
  },
  "no metadata of the server anywhere": {
    lab: { wellKnown: [] },
    requests: [
      "POST /mcp answer",
      `GET ${PRM}/mcp used`,
      `GET ${AS} passed_over`,
      `GET ${OIDC} passed_over`,
    ],
    errors: ["server_metadata_missing"],
  },
};

for (const [name, expected] of Object.entries(CHAINS)) {
  Deno.test(`the chain with ${name}`, async () => {
    await using lab = await startFakeLab(expected.lab);
    const found = await look(lab.mcpUrl);
    assert.equal(found.target, "mcp_server");
    assert.deepEqual(requests(found), expected.requests);
    assert.deepEqual(codes(found, "error"), expected.errors);
    for (const { reason } of found.chain?.links ?? []) assert.notEqual(reason, "");
    assert.equal(lab.requests.some(({ path }) => path === "/register"), false);
  });
}

Deno.test("a server of the oldest shape is usable by the oldest revision alone", async () => {
  await using lab = await startSplitIssuerLab();
  const found = await look(lab.mcpUrl);
  assert.deepEqual(verdicts(found), { ...all("issuer_mismatch"), "2025-03-26": "usable" });
  assert.deepEqual(codes(found, "error"), ["issuer_mismatch"]);
  assert.equal(found.document?.["issuer"], lab.issuer);
  const old = await look(lab.mcpUrl, { protocolVersion: "2025-03-26" });
  assert.equal(old.failure, null);
  assert.deepEqual(codes(old, "warning"), ["issuer_mismatch_tolerated"]);
});

Deno.test("two challenges and a faulty one are told as a login tells them", async () => {
  await using lab = await startFakeLab({
    challenge: { before: ['Basic realm="x"'], scope: "mcp:read,mcp:write" },
  });
  const found = await look(lab.mcpUrl);
  assert.ok(codes(found, "warning").includes("challenge_scope_commas"));
  assert.match(found.chain?.challenge ?? "", /^Basic realm="x", Bearer/);
});

Deno.test("a server that skips authorization servers says which", async () => {
  await using broken = startScriptedServer({ name: "broken" });
  await using lab = await startFakeLab({
    prm: {
      document: (it) => ({
        ...it,
        authorization_servers: [broken.origin, ...(it["authorization_servers"] as string[])],
      }),
    },
  });
  const found = await look(lab.mcpUrl);
  assert.deepEqual(codes(found, "warning"), ["authorization_server_skipped"]);
  assert.equal(found.chain?.issuer, lab.issuer);
  const tried = found.chain?.links.map(({ identifier }) => identifier);
  assert.deepEqual(tried, [null, lab.mcpUrl, broken.origin, broken.origin, lab.issuer]);
});

for (const slash of ["", "/"]) {
  Deno.test(`a bare issuer is told from an MCP server, typed ${slash ? "with" : "without"} a slash`, async () => {
    await using lab = await startFakeLab({ issuerPath: "/t" });
    const found = await look(lab.issuer + slash);
    assert.equal(found.target, "issuer");
    assert.match(found.decision, /neither 401 nor protected resource metadata/);
    assert.equal(found.decision.includes("written as"), slash === "/");
    assert.equal(found.failure, null);
    assert.deepEqual(codes(found, "error"), []);
    assert.equal(found.document?.["issuer"], lab.issuer);
    assert.equal(verdicts(found)["2025-03-26"], "not_read");
    assert.equal(requests(found).at(-1), `GET ${AS}/t used`);
  });
}

Deno.test("a document at a URL of its own is recognised by its content", async () => {
  await using lab = await startFakeLab({ prm: { customPath: "/meta/prm.json", at: [] } });
  const found = await look(`${lab.mcp.origin}/meta/prm.json`);
  assert.equal(found.target, "document");
  assert.equal(found.kind, "protected_resource");
  assert.ok(codes(found).includes("identifier_not_compared"));
});

Deno.test("an MCP server without authorization is told as one", async () => {
  await using lab = await startFakeLab({ protection: { openMethods: ["*"] }, prm: false });
  const found = await look(lab.mcpUrl);
  assert.equal(found.target, "mcp_server");
  assert.equal(found.failure?.code, "authorization_not_required");
  assert.ok(!lab.requests.some(({ method, path }) => method === "GET" && path === "/mcp"));
});

const ACCEPTED: Readonly<Record<string, FakeLabOptions>> = {
  "unsigned responses": {
    prm: { document: (it) => ({ ...it, resource_signing_alg_values_supported: ["none"] }) },
  },
  "unsigned assertions": {
    metadata: (it) => ({
      ...it,
      token_endpoint_auth_signing_alg_values_supported: ["RS256", "none"],
    }),
  },
  "no authorization server, which is at its own origin": {
    prm: { document: ({ authorization_servers: _, ...it }) => it },
    authorizationResponse: ({ iss: _, ...it }) => it,
  },
};

for (const [name, options] of Object.entries(ACCEPTED)) {
  Deno.test(`a server that a login accepts is not refused: it publishes ${name}`, async () => {
    await using lab = await startFakeLab(options);
    const { origin } = lab.mcp;
    const document = await (await fetch(lab.issuer + AS)).json();
    lab.mcp.routes[`GET ${AS}`] = {
      body: {
        ...document,
        issuer: origin,
        authorization_response_iss_parameter_supported: undefined,
      },
    };
    const { result } = await runLogin({ serverUrl: lab.mcpUrl });
    assert.equal(result.error, undefined);
    const found = await look(lab.mcpUrl);
    assert.equal(found.failure, null);
    assert.deepEqual(codes(found, "error"), []);
    assert.deepEqual(verdicts(found), all("usable"));
  });
}

Deno.test("an MCP server that is open at first is known by its resource metadata", async () => {
  await using lab = await startFakeLab({ protection: { openMethods: ["*"] } });
  const found = await look(lab.mcpUrl);
  assert.equal(found.target, "mcp_server");
  assert.match(found.decision, /publishes protected resource metadata/);
  assert.equal(found.document?.["issuer"], lab.issuer);
  assert.ok(codes(found).includes("open_without_token"));
});

Deno.test("the server's list of resources is held against the resource of the chain", async () => {
  await using lab = await startFakeLab({
    metadata: (document) => ({ ...document, protected_resources: ["https://other.example/mcp"] }),
  });
  assert.deepEqual(codes(await look(lab.mcpUrl), "warning"), ["resource_not_listed_by_server"]);
  assert.deepEqual(codes(await look(`${lab.issuer}${AS}`), "warning"), []);
});

Deno.test("a URL that is nothing of all this is told with every place that was tried", async () => {
  await using server = startScriptedServer({ name: "page", routes: { "*": html() } });
  const found = await look(`${server.origin}/mcp`);
  assert.equal(found.target, "unknown");
  assert.equal(found.failure?.code, "discovery_failed");
  assert.deepEqual(requests(found).slice(1), [
    `GET ${PRM}/mcp passed_over`,
    `GET ${PRM} passed_over`,
    "GET /mcp answer",
    `GET ${AS}/mcp passed_over`,
    `GET ${OIDC}/mcp passed_over`,
    `GET /mcp${OIDC} passed_over`,
  ]);
});

Deno.test("a server that does not answer is asked once", async () => {
  await using server = startScriptedServer({ name: "dead", routes: { "*": closesAtOnce() } });
  const found = await look(`${server.origin}/mcp`);
  assert.match(found.failure?.code ?? "", /^network_/);
  assert.deepEqual(requests(found), ["POST /mcp failed"]);
  assert.deepEqual(found.revisions, []);
});

Deno.test("custom headers reach the MCP server and its metadata alone, even on one origin", async () => {
  for (const placement of ["separate", "same_origin"] as const) {
    await using lab = await startFakeLab({ placement });
    const headers = [["X-Api-Key", "key-1234"]] as const;
    await look(lab.mcpUrl, { headers });
    await look(lab.mcp.resourceMetadataUrl, { headers });
    await look(`${lab.issuer}${AS}`, { headers });
    for (const request of lab.requests) {
      const due = request.path === "/mcp" || request.path.startsWith(PRM);
      const line = `${request.method} ${request.path}`;
      assert.equal(headerOf(request, "x-api-key"), due ? "key-1234" : undefined, line);
    }
  }
});

Deno.test("a server that fails once is asked once more", async () => {
  let count = 0;
  await using lab = await startFakeLab({
    metadata: (document) => count++ === 0 ? { status: 503 } : document,
  });
  const found = await look(lab.mcpUrl, { protocolVersion: "2026-07-28" });
  assert.equal(found.failure, null);
  assert.deepEqual(requests(found).slice(2), [`GET ${AS} answer`, `GET ${AS} used`]);
  assert.match(found.chain?.links[2]?.reason ?? "", /, repeated$/);
});

Deno.test("Ctrl-C ends an inspection", async () => {
  const controller = new AbortController();
  await using server = startScriptedServer({
    name: "slow",
    routes: {
      "*": () => {
        controller.abort();
        return { status: 401 };
      },
    },
  });
  for (const path of ["/mcp", AS]) {
    await assert.rejects(look(`${server.origin}${path}`, {}, controller), { code: "cancelled" });
  }
});
