import assert from "node:assert/strict";
import type { LoginPlan } from "../../../src/flow/context/login_plan.ts";
import { sequence } from "../../lab/journal.ts";
import { startFakeLab, startSplitIssuerLab } from "../../lab/fake_lab.ts";
import { startLab } from "../../lab/shapes.ts";
import { runLogin } from "../harness.ts";

const CHALLENGED = [
  "mcp GET /.well-known/oauth-protected-resource/mcp",
  "as GET /.well-known/oauth-authorization-server",
  "as POST /reg",
  "as GET /auth",
  "as POST /token authorization_code",
];

const MODERN_TOOLS = ["mcp POST /mcp server/discover", "mcp POST /mcp tools/list"];

const LEGACY_TOOLS = [
  "mcp POST /mcp initialize",
  "mcp POST /mcp notifications/initialized",
  "mcp GET /mcp",
  "mcp POST /mcp tools/list",
  "mcp DELETE /mcp",
];

const CASES: readonly {
  readonly version: LoginPlan["protocolVersion"];
  readonly era: "both" | "legacy" | "modern";
  readonly first: readonly string[];
  readonly verified: readonly string[];
}[] = [
  {
    version: "2026-07-28",
    era: "modern",
    first: ["mcp POST /mcp tools/list"],
    verified: MODERN_TOOLS,
  },
  {
    version: "2025-11-25",
    era: "legacy",
    first: ["mcp POST /mcp initialize"],
    verified: LEGACY_TOOLS,
  },
  {
    version: "2025-06-18",
    era: "legacy",
    first: ["mcp POST /mcp initialize"],
    verified: LEGACY_TOOLS,
  },
  { version: "auto", era: "both", first: ["mcp POST /mcp tools/list"], verified: MODERN_TOOLS },
  {
    version: "auto",
    era: "legacy",
    first: ["mcp POST /mcp tools/list"],
    verified: ["mcp POST /mcp server/discover", ...LEGACY_TOOLS],
  },
];

/** The client opens its GET stream beside the next request: their order is not fixed. */
function unordered(lines: readonly string[]): string[] {
  return lines.filter((line) => line !== "mcp GET /mcp" && line !== "mcp GET /v1/mcp/");
}

for (const { version, era, first, verified } of CASES) {
  Deno.test(`the requests of a login by ${version} at a ${era} server are exactly these`, async () => {
    await using lab = await startLab({ mcp: { era } });
    const plain = await runLogin({ serverUrl: lab.mcpUrl, protocolVersion: version });
    assert.deepEqual(plain.result.error, undefined);
    assert.deepEqual(sequence(lab.requests), [...first, ...CHALLENGED]);
    lab.requests.length = 0;

    const tools = await runLogin({
      serverUrl: lab.mcpUrl,
      protocolVersion: version,
      verifyTools: true,
    });
    assert.deepEqual(tools.result.error, undefined);
    assert.equal(tools.result.verification?.listTools?.passed, true);
    const seen = sequence(lab.requests);
    assert.deepEqual(unordered(seen), unordered([...first, ...CHALLENGED, ...verified]));
    assert.equal(seen.includes("mcp GET /mcp"), verified.includes("mcp GET /mcp"));
  });
}

Deno.test("a login by 2025-03-26 asks the MCP server's origin and sends no resource", async () => {
  await using lab = await startSplitIssuerLab();
  const { result } = await runLogin({
    serverUrl: lab.mcpUrl,
    protocolVersion: "2025-03-26",
    registration: "dcr",
    verifyTools: true,
  });
  assert.deepEqual(result.error, undefined);
  assert.deepEqual(unordered(sequence(lab.requests)), [
    "mcp POST /v1/mcp/ initialize",
    "mcp GET /.well-known/oauth-authorization-server",
    "as POST /v1/register",
    "mcp GET /v1/authorize",
    "as POST /v1/token authorization_code",
    "mcp POST /v1/mcp/ initialize",
    "mcp POST /v1/mcp/ notifications/initialized",
    "mcp POST /v1/mcp/ tools/list",
    "mcp DELETE /v1/mcp/",
  ]);
  const authorization = lab.requests.find((request) => request.path === "/v1/authorize");
  assert.equal(authorization?.query.has("resource"), false);
  const metadata = lab.requests[1];
  assert.ok(
    metadata?.headers.some(([name, value]) =>
      name.toLowerCase() === "mcp-protocol-version" && value === "2025-03-26"
    ),
  );
});

Deno.test("a client_credentials login needs no authorization endpoint", async () => {
  await using lab = await startLab({
    as: {
      clients: [{
        clientId: "machine",
        clientSecret: "s3cret",
        grantTypes: ["client_credentials"],
        redirectUris: [],
      }],
    },
  });
  const { result } = await runLogin({
    serverUrl: lab.mcpUrl,
    authMode: "client_credentials",
    clientId: "machine",
    clientSecret: "s3cret",
    verifyTools: true,
  });
  assert.deepEqual(result.error, undefined);
  assert.equal(result.registrationStrategy, "preregistered");
  assert.equal(result.redirectUrl, null);
  assert.deepEqual(sequence(lab.requests), [
    "mcp POST /mcp tools/list",
    "mcp GET /.well-known/oauth-protected-resource/mcp",
    "as GET /.well-known/oauth-authorization-server",
    "as POST /token client_credentials",
    ...MODERN_TOOLS,
  ]);
});

Deno.test("a login by metadata document registers nothing and never fetches the document", async () => {
  const documentUrl = "https://client.example/metadata.json";
  await using lab = await startFakeLab({
    clientDocuments: {
      [documentUrl]: {
        client_id: documentUrl,
        client_name: "test",
        redirect_uris: ["http://127.0.0.1/callback"],
      },
    },
  });
  const { result } = await runLogin({
    serverUrl: lab.mcpUrl,
    registration: "cimd",
    clientMetadataUrl: documentUrl,
  });
  assert.deepEqual(result.error, undefined);
  assert.equal(result.registrationStrategy, "cimd");
  assert.equal(result.credentials?.clientId, documentUrl);
  assert.deepEqual(sequence(lab.requests), [
    "mcp POST /mcp tools/list",
    "mcp GET /.well-known/oauth-protected-resource/mcp",
    "as GET /.well-known/oauth-authorization-server",
    "as GET /authorize",
    "as POST /token authorization_code",
  ]);
  assert.deepEqual(lab.as.complaints, []);
});

Deno.test("a dry run stops after discovery and shows the plan", async () => {
  await using lab = await startLab({ protection: { challenge: { scope: "mcp:read" } } });
  const { result } = await runLogin({ serverUrl: lab.mcpUrl, dryRun: true });
  assert.equal(result.completed, true);
  assert.equal(result.credentials, null);
  assert.deepEqual(sequence(lab.requests), [
    "mcp POST /mcp tools/list",
    "mcp GET /.well-known/oauth-protected-resource/mcp",
    "as GET /.well-known/oauth-authorization-server",
  ]);
  assert.deepEqual(result.plan, {
    issuer: lab.issuer,
    registration: "dcr",
    tokenAuthMethod: null,
    scope: "mcp:read offline_access",
    resource: lab.mcpUrl,
    endpoints: {
      authorization: `${lab.as.origin}/auth`,
      token: `${lab.as.origin}/token`,
      registration: `${lab.as.origin}/reg`,
    },
  });
});
