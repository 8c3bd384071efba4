import assert from "node:assert/strict";
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import * as oauth from "oauth4webapi";
import { REVISIONS } from "../../../src/oauth/mcp/revision.ts";
import { openHome } from "../../cli/real_run.ts";
import { openBrowser } from "../person.ts";
import { startAuditLab } from "./audit_lab.ts";
import type { AuditLab, AuditLabOptions } from "./audit_lab.ts";

const REDIRECT_URI = "http://127.0.0.1:7/callback";
const LOOSE = { [oauth.allowInsecureRequests]: true };

const SETTINGS: readonly AuditLabOptions[] = [
  { tokens: "jwt" },
  { tokens: "opaque", issuerPath: "/tenant" },
];

for (const { id: revision } of REVISIONS) {
  Deno.test(`mcpass signs in to the audit lab by ${revision}, and its token works`, async () => {
    for (const options of SETTINGS) {
      await using lab = await startAuditLab(options);
      await using home = await openHome();
      await home.signIn(lab, "--verify-tools", "--protocol-version", revision);
      assert.equal(lab.registeredClients().length, 1);
      assert.equal(lab.liveTokens().length, 2);
      const { stdout } = await home.run([
        ...["server", "doctor", "--url", lab.mcpUrl, "--protocol-version", revision],
        ...["--format", "json"],
      ]);
      const { checks } = JSON.parse(stdout);
      const findings = checks.filter(({ status }: { status: string }) =>
        status === "warning" || status === "error"
      );
      assert.deepEqual(findings, []);
    }
  });
}

Deno.test("mcpass pushes the request where the audit lab requires it", async () => {
  await using lab = await startAuditLab({ supports: { par: "required" } });
  await using home = await openHome();
  await home.signIn(lab, "--verify-tools");
  assert.ok(lab.requests.some(({ path }) => path === "/par"));
});

/** Signs in with oauth4webapi, which checks every answer on its own. */
async function signIn(lab: AuditLab, scope: string, resource = lab.mcpUrl) {
  const discovered = await oauth.discoveryRequest(new URL(lab.issuer), {
    algorithm: "oauth2",
    ...LOOSE,
  });
  const as = await oauth.processDiscoveryResponse(new URL(lab.issuer), discovered);
  const registered = await oauth.processDynamicClientRegistrationResponse(
    await oauth.dynamicClientRegistrationRequest(as, {
      client_name: "An independent client",
      redirect_uris: [REDIRECT_URI],
      token_endpoint_auth_method: "client_secret_basic",
      grant_types: ["authorization_code", "refresh_token"],
    }, LOOSE),
  );
  const client = { ...registered, client_id: String(registered.client_id) };
  const authentication = oauth.ClientSecretBasic(String(registered.client_secret));
  const verifier = oauth.generateRandomCodeVerifier();
  const state = oauth.generateRandomState();
  const nonce = oauth.generateRandomNonce();
  const url = new URL(String(as.authorization_endpoint));
  const parameters = {
    client_id: client.client_id,
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: "S256",
    nonce,
    redirect_uri: REDIRECT_URI,
    resource,
    response_type: "code",
    scope,
    state,
  };
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  const page = await openBrowser({ stopAt: REDIRECT_URI }).visit(url.href);
  const callback = oauth.validateAuthResponse(as, client, new URL(page.url), state);
  const response = await oauth.authorizationCodeGrantRequest(
    ...[as, client, authentication, callback, REDIRECT_URI, verifier] as const,
    { additionalParameters: { resource }, ...LOOSE },
  );
  const tokens = await oauth.processAuthorizationCodeResponse(as, client, response, {
    expectedNonce: nonce,
    requireIdToken: true,
  });
  return { as, client, authentication, tokens };
}

Deno.test("oauth4webapi accepts what the audit lab answers, from discovery to revocation", async () => {
  await using lab = await startAuditLab();
  const { as, client, authentication, tokens } = await signIn(lab, "openid mcp:read");
  const request = new Request(lab.mcpUrl, {
    headers: { authorization: `Bearer ${tokens.access_token}` },
  });
  const claims = await oauth.validateJwtAccessToken(as, request, lab.mcpUrl, LOOSE);
  assert.equal(claims.client_id, client.client_id);
  const refreshed = await oauth.processRefreshTokenResponse(
    as,
    client,
    await oauth.refreshTokenGrantRequest(
      ...[as, client, authentication, String(tokens.refresh_token)] as const,
      LOOSE,
    ),
  );
  assert.notEqual(refreshed.refresh_token, tokens.refresh_token);
  const described = await oauth.processIntrospectionResponse(
    as,
    client,
    await oauth.introspectionRequest(as, client, authentication, refreshed.access_token, LOOSE),
  );
  assert.equal(described.active, true);
  assert.equal(lab.liveTokens().length, 3);
  await oauth.processRevocationResponse(
    await oauth.revocationRequest(
      ...[as, client, authentication, String(refreshed.refresh_token)] as const,
      LOOSE,
    ),
  );
  assert.deepEqual(lab.liveTokens(), []);
});

for (const mode of ["legacy", "modern"] as const) {
  Deno.test(`the official MCP client works with a token of the audit lab, ${mode} protocol`, async () => {
    await using lab = await startAuditLab();
    const { tokens } = await signIn(lab, "openid mcp:read");
    const client = new Client({ name: "audit lab test", version: "1.0.0" }, {
      versionNegotiation: { mode: mode === "legacy" ? "legacy" : { pin: "2026-07-28" } },
    });
    const requestInit = { headers: { authorization: `Bearer ${tokens.access_token}` } };
    await client.connect(new StreamableHTTPClientTransport(new URL(lab.mcpUrl), { requestInit }));
    const { tools } = await client.listTools();
    assert.ok(tools.some(({ name }) => name === lab.stepUp.tool));
    const sum = await client.callTool({ name: "add_numbers", arguments: { a: 1, b: 2 } });
    assert.deepEqual(sum.content, [{ type: "text", text: "3" }]);
    await client.close();
  });
}

Deno.test("a token of the audit lab works at the resource that it is for, and at no other", async () => {
  await using lab = await startAuditLab();
  const { tokens } = await signIn(lab, "openid mcp:read", lab.otherResourceUrl);
  const post = (url: string) =>
    fetch(url, {
      method: "POST",
      headers: {
        authorization: `Bearer ${tokens.access_token}`,
        "content-type": "application/json",
      },
      body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "initialize", params: {} }),
    });
  const [own, other] = [await post(lab.otherResourceUrl), await post(lab.mcpUrl)];
  assert.deepEqual([own.status, other.status], [200, 401]);
  await Promise.all([own.body?.cancel(), other.body?.cancel()]);
});

Deno.test("with consent pages a person is asked once for each client and session", async () => {
  await using lab = await startAuditLab({ consent: "page" });
  const browser = openBrowser({ stopAt: REDIRECT_URI });
  const as = { registration: `${lab.issuer}/register`, authorization: `${lab.issuer}/authorize` };
  const register = async () => {
    const response = await fetch(as.registration, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({
        client_name: "<b>client</b>",
        redirect_uris: [REDIRECT_URI],
        token_endpoint_auth_method: "none",
      }),
    });
    return (await response.json()).client_id;
  };
  const urlFor = (client: string) => {
    const url = new URL(as.authorization);
    const parameters = {
      client_id: client,
      redirect_uri: REDIRECT_URI,
      response_type: "code",
      code_challenge: "a".repeat(43),
      code_challenge_method: "S256",
      state: "s",
    };
    url.search = String(new URLSearchParams(parameters));
    return url.href;
  };
  const [first, second] = [await register(), await register()];
  const page = await browser.visit(urlFor(first));
  assert.equal(page.status, 200);
  assert.match(page.body, /&#60;b&#62;client/);
  assert.match((await browser.press(page, "allow")).url, /^http:\/\/127.0.0.1:7\/callback\?code=/);
  assert.match((await browser.visit(urlFor(first))).url, /callback\?code=/);
  const other = await browser.visit(urlFor(second));
  assert.equal(other.status, 200);
  const denied = new URL((await browser.press(other, "deny")).url).searchParams;
  assert.deepEqual(
    [denied.get("error"), denied.get("state"), denied.get("iss")],
    ["access_denied", "s", lab.issuer],
  );
});
