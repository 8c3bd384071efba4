/** What an audit knows about a server that a login refuses, or that needs no sign-in. @module */

import assert from "node:assert/strict";
import { openHome } from "../../cli/real_run.ts";
import { startMcpServer } from "../../lab/mcp_server.ts";
import { CHALLENGE, issuer, resource, RESOURCE_URL } from "../../products/product.ts";
import { startProduct } from "../../products/product_server.ts";
import { audit } from "../conformance/audit_lab.ts";

const SERVER_URL = "{as}/.well-known/oauth-authorization-server";

const REGISTRATION = { registration_endpoint: "{as}/register" };

function startServer(metadata: object) {
  return startProduct({
    challenge: CHALLENGE,
    documents: { [RESOURCE_URL]: resource(), [SERVER_URL]: issuer(metadata) },
  });
}

Deno.test("an audit of a server that needs no token skips every check, and is not a failure", async () => {
  await using server = await startMcpServer();
  const { result } = await audit(server.url);
  assert.equal(result.verdict, "not_applicable");
  const others = result.checks.filter(({ reason }) =>
    reason !== "not_applicable" && reason !== "not_in_revision"
  );
  assert.deepEqual(others, []);
  assert.equal(result.removal.clients.registered, 0);

  await using home = await openHome();
  const { status, stdout } = await home.run(
    ["oauth", "conformance", server.url, "--format", "human"],
  );
  assert.equal(status, 0, stdout);
  assert.match(stdout, /needs no authorization, so there is nothing to\s+audit/);
  assert.doesNotMatch(stdout, /skipped: not_applicable/);
});

Deno.test("metadata without S256 is tested anyway: PKCE itself decides", async () => {
  const metadata = { ...REGISTRATION, code_challenge_methods_supported: undefined };
  await using server = startServer(metadata);
  const { result } = await audit(server.mcpUrl, { only: ["asm_s256", "authorize_pkce"] });
  const verdictOf = (id: string) => result.checks.find((it) => it.id === id)?.verdict;
  assert.equal(verdictOf("asm_s256"), "failed");
  assert.ok(["passed", "failed", "warning"].includes(verdictOf("authorize_pkce") ?? ""));
  const asked = server.requests.some(({ path, query }) =>
    path === "/authorize" && !query.has("code_challenge")
  );
  assert.ok(asked);
});

for (const [announced, isSent] of [["{as}", true], ["{as-ip}", false]] as const) {
  Deno.test(`the operator's client secret, at metadata of ${announced}: ${isSent ? "sent" : "not sent"}`, async () => {
    const metadata = { issuer: announced, ...REGISTRATION };
    await using server = startServer(metadata);
    const clientSecret = "secret-of-the-operator";
    const client = { clientId: "operator", clientSecret, method: "client_secret_post" } as const;
    const { result } = await audit(server.mcpUrl, { client, only: ["exchange_invented_code"] });
    const seen = server.requests.some((request) => JSON.stringify(request).includes(clientSecret));
    assert.equal(seen, isSent);
    if (isSent) return;
    const check = result.checks.find(({ id }) => id === "exchange_invented_code");
    assert.equal(check?.verdict, "skipped", check?.message);
  });
}

Deno.test("a URL that redirects to itself with a slash is audited there", async () => {
  const path = "/mcp/";
  await using server = startProduct({
    path,
    challenge: 'Bearer resource_metadata="{mcp}/.well-known/oauth-protected-resource/mcp"',
    documents: {
      [RESOURCE_URL]: resource(),
      [SERVER_URL]: issuer(),
      "{mcp}/mcp": { status: 307, headers: [["location", "{mcp}/mcp/"]] },
    },
  });
  const groups = ["challenge", "resource_metadata"] as const;
  const { result } = await audit(server.mcpUrl.slice(0, -1), { groups });
  assert.deepEqual(
    result.checks.filter(({ verdict }) => verdict === "failed").map(({ id }) => id),
    [],
  );
  const check = result.checks.find(({ id }) => id === "endpoint_direct");
  assert.equal(check?.verdict, "warning");
  assert.match(check?.message ?? "", /is redirected to ".*\/mcp\/" with HTTP 307/);
  const fits = result.checks.find(({ id }) => id === "prm_resource_fits");
  assert.equal(fits?.verdict, "passed");
});

Deno.test("server doctor shows what a check of the audit finds, as a warning", async () => {
  const own = { authorization_endpoint: "{as}/authorize?resource=https://other.example" };
  await using server = startServer({ ...REGISTRATION, ...own });
  await using home = await openHome();
  const { stdout } = await home.run(["server", "doctor", server.mcpUrl, "--format", "json"]);
  const { checks } = JSON.parse(stdout);
  const row = checks.find(({ id }: { id: string }) => id === "authorization_server");
  assert.equal(row.status, "warning", stdout);
  assert.match(row.detail, /has the parameter "resource"/);
  assert.match(row.remedy, /^Authorization server: remove/);
});
