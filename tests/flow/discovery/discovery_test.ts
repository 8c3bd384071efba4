import assert from "node:assert/strict";
import { formOf, type sequence } from "../../lab/journal.ts";
import { startFakeLab, startSplitIssuerLab } from "../../lab/fake_lab.ts";
import { html } from "../../lab/misbehaviour.ts";
import { startScriptedServer } from "../../lab/scripted_server.ts";
import { runLogin } from "../harness.ts";

function paths(requests: Parameters<typeof sequence>[0]): string[] {
  return requests.map((request) => `${request.method} ${request.path}`);
}

Deno.test("metadata that announces another issuer is refused, and nothing of it is used", async () => {
  await using lab = await startFakeLab({
    metadata: (document) => ({ ...document, issuer: "https://evil.example" }),
  });
  const { result, codes } = await runLogin({ serverUrl: lab.mcpUrl });
  assert.equal(result.error?.code, "issuer_mismatch");
  assert.deepEqual(codes, ["issuer_mismatch"]);
  assert.match(
    result.error?.message ?? "",
    new RegExp(`expected "${lab.issuer}", received "https://evil.example"`),
  );
  assert.match(result.error?.remedy ?? "", /--trust-issuer/);
  assert.equal(lab.requests.some((request) => request.path === "/register"), false);
});

Deno.test("an issuer that differs in a trailing slash is another issuer", async () => {
  await using lab = await startFakeLab({
    metadata: (document) => ({ ...document, issuer: `${document["issuer"]}/` }),
  });
  const { result } = await runLogin({ serverUrl: lab.mcpUrl });
  assert.equal(result.error?.code, "issuer_mismatch");
});

Deno.test("--trust-issuer admits exactly the pair it names, and the announced issuer counts from then on", async () => {
  await using lab = await startFakeLab({
    metadata: (document) => ({ ...document, issuer: "https://announced.example" }),
    authorizationResponse: (sent) => ({ ...sent, iss: "https://announced.example" }),
  });
  const other = await runLogin({
    serverUrl: lab.mcpUrl,
    trustIssuer: { expected: lab.issuer, announced: "https://other.example" },
  });
  assert.equal(other.result.error?.code, "issuer_mismatch");
  const named = await runLogin({
    serverUrl: lab.mcpUrl,
    trustIssuer: { expected: lab.issuer, announced: "https://announced.example" },
  });
  assert.deepEqual(named.result.error, undefined);
  assert.deepEqual(named.codes, ["issuer_mismatch_trusted"]);
  assert.equal(named.result.credentials?.issuer, "https://announced.example");
});

const PKCE: readonly {
  readonly methods: readonly string[] | undefined;
  readonly version: "auto" | "2025-03-26" | "2025-06-18" | "2025-11-25" | "2026-07-28";
  readonly trusted?: boolean;
  readonly outcome: string;
}[] = [
  { methods: undefined, version: "auto", outcome: "pkce_not_advertised" },
  { methods: undefined, version: "2026-07-28", outcome: "pkce_not_advertised" },
  { methods: undefined, version: "2025-11-25", outcome: "pkce_not_advertised" },
  { methods: undefined, version: "2025-06-18", outcome: "done" },
  { methods: undefined, version: "auto", trusted: true, outcome: "done" },
  { methods: ["plain"], version: "auto", outcome: "pkce_s256_not_supported" },
  { methods: ["plain"], version: "auto", trusted: true, outcome: "pkce_s256_not_supported" },
  { methods: ["plain"], version: "2025-11-25", outcome: "pkce_s256_not_supported" },
  { methods: ["plain"], version: "2025-06-18", outcome: "done" },
];

for (const { methods, version, trusted, outcome } of PKCE) {
  const said = methods === undefined ? "no challenge methods" : `only ${methods.join(" ")}`;
  Deno.test(`metadata with ${said} under ${version}${trusted ? ", trusted," : ""} ends ${outcome}`, async () => {
    await using lab = await startFakeLab({
      metadata: ({ code_challenge_methods_supported: _, ...document }) =>
        methods === undefined
          ? document
          : { ...document, code_challenge_methods_supported: methods },
    });
    const { result, codes } = await runLogin({
      serverUrl: lab.mcpUrl,
      protocolVersion: version,
      ...(trusted ? { trustPkce: lab.issuer } : {}),
    });
    assert.equal(result.error?.code ?? "done", outcome);
    const sent = lab.requests.find((request) => request.path === "/authorize")?.query;
    assert.equal(sent?.get("code_challenge_method"), outcome === "done" ? "S256" : undefined);
    if (outcome === "done") assert.equal(codes.some((code) => code.startsWith("pkce_")), true);
  });
}

Deno.test("a web page at the metadata URL counts as no document, and the next place is tried", async () => {
  await using lab = await startFakeLab({ wellKnown: ["oidc"] });
  lab.asServer.routes["GET /.well-known/oauth-authorization-server"] = html();
  const { result } = await runLogin({ serverUrl: lab.mcpUrl });
  assert.deepEqual(result.error, undefined);
  assert.deepEqual(paths(lab.requests).slice(2, 4), [
    "GET /.well-known/oauth-authorization-server",
    "GET /.well-known/openid-configuration",
  ]);
});

Deno.test("web pages everywhere are listed with their addresses", async () => {
  await using lab = await startFakeLab({ wellKnown: [] });
  lab.asServer.routes["*"] = html();
  const { result } = await runLogin({ serverUrl: lab.mcpUrl });
  assert.equal(result.error?.code, "server_metadata_missing");
  assert.match(result.error?.message ?? "", /oauth-authorization-server": HTTP 200 text\/html/);
  assert.match(result.error?.message ?? "", /openid-configuration": HTTP 200 text\/html/);
});

Deno.test("an issuer with a path is never looked for at the root", async () => {
  await using lab = await startFakeLab({ issuerPath: "/tenant1", wellKnown: ["oidc_appended"] });
  const { result } = await runLogin({ serverUrl: lab.mcpUrl });
  assert.deepEqual(result.error, undefined);
  assert.deepEqual(paths(lab.requests).filter((path) => path.includes("well-known")).slice(1), [
    "GET /.well-known/oauth-authorization-server/tenant1",
    "GET /.well-known/openid-configuration/tenant1",
    "GET /tenant1/.well-known/openid-configuration",
  ]);
});

Deno.test("resource metadata about another origin stops the login before registration", async () => {
  await using lab = await startFakeLab({
    prm: { document: (document) => ({ ...document, resource: "https://evil.example/mcp" }) },
  });
  const { result } = await runLogin({
    serverUrl: lab.mcpUrl,
    resource: "https://evil.example/mcp",
  });
  assert.equal(result.error?.code, "resource_mismatch");
  assert.deepEqual(paths(lab.requests), [
    "POST /mcp",
    "GET /.well-known/oauth-protected-resource/mcp",
  ]);
});

Deno.test("resource is sent byte for byte as published, in both legs", async () => {
  await using lab = await startFakeLab({
    resourceParameter: "optional",
    prm: {
      at: ["root"],
      document: ({ resource, ...document }) => ({
        ...document,
        resource: new URL(String(resource)).origin.replace("http:", "HTTP:"),
      }),
    },
  });
  lab.asServer.routes["GET /authorize"] = ({ query }) => {
    const answer = new URLSearchParams({
      code: "any",
      state: query.get("state") ?? "",
      iss: lab.issuer,
    });
    return { status: 302, headers: [["location", `${query.get("redirect_uri")}?${answer}`]] };
  };
  await runLogin({ serverUrl: lab.mcpUrl });
  const published = lab.mcp.origin.replace("http:", "HTTP:");
  const authorization = lab.requests.find((request) => request.path === "/authorize")?.query;
  assert.equal(authorization?.get("resource"), published);
  const token = lab.requests.find((request) => request.path === "/token");
  assert.equal(formOf(token ?? { body: "" }).get("resource"), published);
});

Deno.test("two challenges in one header: resource metadata and scope come from the Bearer one", async () => {
  await using lab = await startFakeLab({
    challenge: { before: ['Basic realm="gateway, inner", scope="basic:only"'], scope: "mcp:read" },
  });
  const { result } = await runLogin({ serverUrl: lab.mcpUrl });
  assert.deepEqual(result.error, undefined);
  const authorization = lab.requests.find((request) => request.path === "/authorize")?.query;
  assert.equal(authorization?.get("scope"), "mcp:read offline_access");
});

Deno.test("the first sound authorization server of several is used, and the choice is announced", async () => {
  await using broken = startScriptedServer({ name: "broken" });
  await using lab = await startFakeLab({
    prm: {
      document: (document) => ({
        ...document,
        authorization_servers: [broken.origin, ...(document["authorization_servers"] as string[])],
      }),
    },
  });
  const { result, codes, events } = await runLogin({ serverUrl: lab.mcpUrl });
  assert.deepEqual(result.error, undefined);
  assert.deepEqual(codes, ["authorization_server_skipped"]);
  assert.equal(result.credentials?.issuer, lab.issuer);
  assert.ok(events.some((event) => event.type === "note" && event.message.includes(lab.issuer)));
  const chosen = await runLogin({ serverUrl: lab.mcpUrl, authorizationServer: broken.origin });
  assert.equal(chosen.result.error?.code, "server_metadata_missing");
  const foreign = await runLogin({
    serverUrl: lab.mcpUrl,
    authorizationServer: "https://x.example",
  });
  assert.equal(foreign.result.error?.code, "authorization_server_not_listed");
});

Deno.test("the recipe works by 2025-03-26 with a warning that shows the issuer pair", async () => {
  await using lab = await startSplitIssuerLab();
  const { result } = await runLogin({
    serverUrl: lab.mcpUrl,
    protocolVersion: "2025-03-26",
    registration: "dcr",
  });
  assert.deepEqual(result.error, undefined);
  const finding = result.findings.find((found) => found.code === "issuer_mismatch_tolerated");
  assert.equal(finding?.severity, "warning");
  assert.ok(finding?.message.includes(`expected "${lab.mcp.origin}", received "${lab.issuer}"`));
});

for (const version of ["auto", "2025-06-18", "2025-11-25", "2026-07-28"] as const) {
  Deno.test(`the recipe's document is refused by ${version} unless --trust-issuer names the pair`, async () => {
    await using lab = await startSplitIssuerLab({ mcp: { era: "both" } });
    const plan = { serverUrl: lab.mcpUrl, protocolVersion: version, registration: "dcr" } as const;
    const refused = await runLogin(plan);
    assert.equal(refused.result.error?.code, "issuer_mismatch");
    assert.equal(lab.requests.some((request) => request.path === "/v1/register"), false);
    const trusted = await runLogin({
      ...plan,
      trustIssuer: { expected: lab.mcp.origin, announced: lab.issuer },
      verifyTools: true,
    });
    assert.deepEqual(trusted.result.error, undefined);
    assert.ok(trusted.codes.includes("issuer_mismatch_trusted"));
    assert.ok(trusted.codes.includes("older_request_sequence"));
  });
}

Deno.test("without any metadata only 2025-03-26 uses the default endpoints", async () => {
  const shape = { prm: false, placement: "same_origin", wellKnown: [] } as const;
  await using lab = await startFakeLab({ ...shape, resourceParameter: "optional" });
  const auto = await runLogin({ serverUrl: lab.mcpUrl });
  assert.equal(auto.result.error?.code, "discovery_failed");
  const old = await runLogin({ serverUrl: lab.mcpUrl, protocolVersion: "2025-03-26" });
  assert.deepEqual(old.result.error, undefined);
  assert.deepEqual(old.codes, ["default_endpoints"]);
});

Deno.test("a server that wants no authorization ends the login by saying so", async () => {
  await using lab = await startFakeLab({
    protection: { openMethods: ["*"] },
    prm: false,
  });
  const { result } = await runLogin({ serverUrl: lab.mcpUrl });
  assert.equal(result.error?.code, "authorization_not_required");
});

Deno.test("a 401 without a challenge leads to the well-known document, with a warning", async () => {
  await using lab = await startFakeLab({ challenge: { fields: () => [] } });
  const { result, codes } = await runLogin({ serverUrl: lab.mcpUrl });
  assert.deepEqual(result.error, undefined);
  assert.deepEqual(codes, ["challenge_missing"]);
});

Deno.test("an http endpoint off loopback is refused", async () => {
  await using lab = await startFakeLab({
    metadata: (document) => ({ ...document, token_endpoint: "http://as.example/token" }),
  });
  const { result } = await runLogin({ serverUrl: lab.mcpUrl });
  assert.equal(result.error?.code, "endpoint_insecure");
});

Deno.test("an authorization server that only the person named is used, with a warning", async () => {
  await using lab = await startFakeLab({ prm: false });
  const { result, codes } = await runLogin({
    serverUrl: lab.mcpUrl,
    authorizationServer: lab.issuer,
  });
  assert.deepEqual(result.error, undefined);
  assert.deepEqual(codes, ["authorization_server_given"]);
});

Deno.test("one login reports what the resource and the server's metadata refuse, with one command", async () => {
  const protection: { resource?: string } = {};
  await using lab = await startFakeLab({
    protection,
    metadata: ({ code_challenge_methods_supported: _, ...rest }) => rest,
  });
  const resource = `${lab.mcp.origin}/tools`;
  protection.resource = resource;
  lab.mcp.protect({ resource });
  const plan = { serverUrl: lab.mcpUrl };
  const { result, codes } = await runLogin(plan);
  assert.equal(result.error?.code, "resource_mismatch");
  assert.equal(result.currentStep, "resource_metadata");
  assert.deepEqual(codes, ["resource_mismatch", "pkce_not_advertised"]);
  const steps = result.findings.map(({ step }) => step);
  assert.deepEqual(steps, ["resource_metadata", "authorization_server_metadata"]);
  const line = ` --resource ${resource} --trust-pkce ${lab.issuer}`;
  for (const remedy of [result.error?.remedy, ...result.findings.map(({ remedy }) => remedy)]) {
    assert.ok(remedy?.endsWith(line), remedy);
  }
  const accepted = await runLogin({ ...plan, resource, trustPkce: lab.issuer });
  assert.equal(accepted.result.error, undefined);
});
