import assert from "node:assert/strict";
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { SignJWT } from "jose";
import { formOf, headerOf, sequence } from "./journal.ts";
import { loginByHand, openBrowser, postToken } from "./person.ts";
import { startLab } from "./shapes.ts";
import type { Lab } from "./shapes.ts";

const RPC = { "content-type": "application/json", accept: "application/json, text/event-stream" };

async function connect(lab: Lab, token: string, mode: "legacy" | "modern"): Promise<Client> {
  const client = new Client({ name: "lab test", version: "1.0.0" }, {
    versionNegotiation: { mode: mode === "legacy" ? "legacy" : { pin: "2026-07-28" } },
  });
  const requestInit = { headers: { authorization: `Bearer ${token}` } };
  await client.connect(new StreamableHTTPClientTransport(new URL(lab.mcpUrl), { requestInit }));
  return client;
}

/** A bare call of the 2026-07-28 wire. */
async function call(lab: Lab, token: string | null, method: string, params: object = {}) {
  const { name } = params as { name?: string };
  const response = await fetch(lab.mcpUrl, {
    method: "POST",
    headers: {
      ...RPC,
      "mcp-protocol-version": "2026-07-28",
      "mcp-method": method,
      ...(name && { "mcp-name": name }),
      ...(token !== null && { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify({
      jsonrpc: "2.0",
      id: 1,
      method,
      params: {
        ...params,
        _meta: {
          "io.modelcontextprotocol/protocolVersion": "2026-07-28",
          "io.modelcontextprotocol/clientCapabilities": {},
        },
      },
    }),
  });
  const body = await response.json();
  return { status: response.status, challenge: response.headers.get("www-authenticate"), body };
}

async function tokenFor(lab: Lab, scope = "mcp:read"): Promise<string> {
  return (await loginByHand(lab.issuer, { resource: lab.mcpUrl, scope })).accessToken;
}

for (const mode of ["legacy", "modern"] as const) {
  Deno.test(`the official client works with a token of the authorization server on the ${mode} wire`, async () => {
    await using lab = await startLab();
    const client = await connect(lab, await tokenFor(lab), mode);
    const { tools } = await client.listTools();
    assert.deepEqual(
      tools.map(({ name }) => name),
      ["test-tool", "echo", "add_numbers", "fail", "write-thing"],
    );
    const sum = await client.callTool({ name: "add_numbers", arguments: { a: 1, b: 2 } });
    assert.deepEqual(sum.content, [{ type: "text", text: "3" }]);
    assert.equal((await client.callTool({ name: "fail", arguments: {} })).isError, true);
    assert.equal((await client.callTool({ name: "echo", arguments: {} })).isError, true);
    await client.close();
  });
}

Deno.test("the recording holds the requests to both servers in order, with headers and bodies", async () => {
  await using lab = await startLab();
  const client = await connect(lab, await tokenFor(lab), "legacy");
  await client.listTools();
  await client.close();
  assert.deepEqual(sequence(lab.requests).filter((line) => line !== "mcp GET /mcp"), [
    "as GET /.well-known/oauth-authorization-server",
    "as POST /reg",
    "as GET /auth",
    "as POST /token authorization_code",
    "mcp POST /mcp initialize",
    "mcp POST /mcp notifications/initialized",
    "mcp POST /mcp tools/list",
  ]);
  const [, , authorization, token] = lab.as.requests;
  assert.equal(authorization?.query.get("resource"), lab.mcpUrl);
  assert.ok(token);
  assert.equal(formOf(token).get("resource"), lab.mcpUrl);
  assert.match(headerOf(token, "content-type") ?? "", /^application\/x-www-form-urlencoded/);
});

Deno.test("a request without a token is refused with a challenge that names no error", async () => {
  await using lab = await startLab();
  const { status, challenge } = await call(lab, null, "tools/list");
  assert.equal(status, 401);
  assert.equal(challenge, `Bearer resource_metadata="${lab.mcp.resourceMetadataUrl}"`);
  const document = await (await fetch(lab.mcp.resourceMetadataUrl)).json();
  assert.equal(document.resource, lab.mcpUrl);
  assert.deepEqual(document.authorization_servers, [lab.issuer]);
});

Deno.test("tokens for another resource, without one, expired, forged or of another issuer are refused", async () => {
  await using lab = await startLab();
  await using other = await startLab();
  lab.as.addResource(other.mcpUrl);
  const refused = async (token: string) => {
    const { status, challenge } = await call(lab, token, "tools/list");
    assert.equal(status, 401);
    assert.match(challenge ?? "", /error="invalid_token"/);
  };
  const good = await tokenFor(lab);
  assert.equal((await call(lab, good, "tools/list")).status, 200);
  await refused(
    (await loginByHand(lab.issuer, { resource: other.mcpUrl, scope: "mcp:read" })).accessToken,
  );
  await refused((await loginByHand(lab.issuer, { scope: "mcp:read" })).accessToken);
  await refused(await tokenFor(other));
  const { privateKey } = await crypto.subtle.generateKey(
    { name: "ECDSA", namedCurve: "P-256" },
    true,
    ["sign", "verify"],
  ) as CryptoKeyPair;
  await refused(
    await new SignJWT({ iss: lab.issuer, aud: lab.mcpUrl, scope: "mcp:read" })
      .setProtectedHeader({ alg: "ES256", kid: "lab" }).setExpirationTime("1h").sign(privateKey),
  );
  lab.as.passTime(3601);
  await refused(good);
});

Deno.test("scopes are checked for every request, by method and by tool", async () => {
  await using lab = await startLab({
    protection: { requiredScopes: ["mcp:read"], methodScopes: { "tools/list": ["mcp:admin"] } },
  });
  const reader = await tokenFor(lab);
  const writer = await tokenFor(lab, "mcp:read mcp:write");
  const list = await call(lab, reader, "tools/list");
  assert.equal(list.status, 403);
  assert.match(list.challenge ?? "", /error="insufficient_scope".*scope="mcp:read mcp:admin"/);
  const write = { name: "write-thing", arguments: {} };
  assert.equal((await call(lab, reader, "tools/call", write)).status, 403);
  assert.equal((await call(lab, writer, "tools/call", write)).status, 200);
  const none = await tokenFor(lab, "mcp:write");
  assert.equal((await call(lab, none, "tools/call", { name: "test-tool" })).status, 403);
});

Deno.test("open methods need no token", async () => {
  await using lab = await startLab({ protection: { openMethods: ["tools/list"] } });
  assert.equal((await call(lab, null, "tools/list")).status, 200);
  assert.equal((await call(lab, null, "tools/call", { name: "test-tool" })).status, 401);
});

Deno.test("the challenge can be shaped", async () => {
  const cases = [
    [{ resourceMetadata: false }, "Bearer"],
    [{ resourceMetadata: false, scope: true }, 'Bearer scope="mcp:read"'],
    [
      { resourceMetadata: false, before: ['Basic realm="a, b"'], after: ["Negotiate"] },
      'Basic realm="a, b", Bearer, Negotiate',
    ],
    [{ scheme: "DPoP", resourceMetadata: "/x" }, 'DPoP resource_metadata="/x"'],
    [{ fields: () => [] }, null],
  ] as const;
  await using lab = await startLab({ protection: { requiredScopes: ["mcp:read"] } });
  for (const [challenge, expected] of cases) {
    lab.mcp.protect({ challenge });
    assert.equal((await call(lab, null, "tools/list")).challenge, expected);
  }
});

Deno.test("the resource metadata stands where it is told to and says what it is told to", async () => {
  await using lab = await startLab({
    protection: {
      metadata: {
        at: ["root"],
        scopesSupported: ["mcp:read"],
        document: (honest) => ({ ...honest, resource: "https://other.example" }),
      },
    },
  });
  const root = await fetch(`${lab.mcp.origin}/.well-known/oauth-protected-resource`);
  const document = await root.json();
  assert.equal(document.resource, "https://other.example");
  assert.deepEqual(document.scopes_supported, ["mcp:read"]);
  const inserted = await fetch(`${lab.mcp.origin}/.well-known/oauth-protected-resource/mcp`);
  assert.equal(inserted.status, 404);
  await inserted.body?.cancel();
});

Deno.test("each era alone refuses the other", async () => {
  await using legacy = await startLab({ mcp: { era: "legacy" } });
  await using modern = await startLab({ mcp: { era: "modern" } });
  assert.equal((await call(legacy, await tokenFor(legacy), "tools/list")).status, 400);
  await assert.rejects(connect(modern, await tokenFor(modern), "legacy"));
});

Deno.test("the 2025 wire has sessions and speaks the versions it is told to", async () => {
  await using lab = await startLab({ mcp: { protocolVersions: ["2025-03-26"] } });
  const authorization = `Bearer ${await tokenFor(lab)}`;
  const send = (body: object, session?: string) =>
    fetch(lab.mcpUrl, {
      method: "POST",
      headers: { ...RPC, authorization, ...(session && { "mcp-session-id": session }) },
      body: JSON.stringify({ jsonrpc: "2.0", ...body }),
    });
  const clientInfo = { name: "bare", version: "1" };
  const opened = await send({
    id: 1,
    method: "initialize",
    params: { protocolVersion: "2025-11-25", capabilities: {}, clientInfo },
  });
  assert.match(await opened.text(), /"protocolVersion":"2025-03-26"/);
  const session = opened.headers.get("mcp-session-id") ?? "";
  const initialized = await send({ method: "notifications/initialized" }, session);
  assert.equal(initialized.status, 202);
  const listed = await send({ id: 2, method: "tools/list" }, session);
  assert.match(await listed.text(), /"name":"test-tool"/);
  const unknown = await send({ id: 3, method: "tools/list" }, "nobody");
  assert.equal(unknown.status, 404);
  await unknown.body?.cancel();
});

Deno.test("tools come in pages", async () => {
  await using lab = await startLab({ mcp: { extraTools: 4, pageSize: 4 } });
  const token = await tokenFor(lab);
  const counts: number[] = [];
  let cursor: string | undefined;
  do {
    const { body } = await call(lab, token, "tools/list", { ...(cursor && { cursor }) });
    counts.push(body.result.tools.length);
    cursor = body.result.nextCursor;
  } while (cursor);
  assert.deepEqual(counts, [4, 4, 1]);
});

for (const accessTokens of ["jwt", "opaque"] as const) {
  Deno.test(`refresh tokens rotate and a second use ends the ${accessTokens} grant`, async () => {
    await using lab = await startLab({ as: { accessTokens } });
    const login = await loginByHand(lab.issuer, { resource: lab.mcpUrl, scope: "mcp:read" });
    const refresh = (refresh_token: unknown) =>
      postToken(login.endpoints.token, {
        grant_type: "refresh_token",
        refresh_token: String(refresh_token),
        client_id: login.clientId,
        resource: lab.mcpUrl,
      });
    const second = await refresh(login.body["refresh_token"]);
    assert.equal(second.status, 200);
    assert.notEqual(second.body["refresh_token"], login.body["refresh_token"]);
    assert.equal((await call(lab, second.accessToken, "tools/list")).status, 200);
    assert.equal((await refresh(login.body["refresh_token"])).body["error"], "invalid_grant");
    assert.equal((await refresh(second.body["refresh_token"])).body["error"], "invalid_grant");
  });
}

Deno.test("refresh tokens are issued when they are meant to be", async () => {
  const cases = [["always", "mcp:read", true], ["never", "mcp:read offline_access", false], [
    "offline_access",
    "mcp:read",
    false,
  ], ["offline_access", "mcp:read offline_access", true]] as const;
  for (const [refreshTokens, scope, expected] of cases) {
    await using lab = await startLab({ as: { refreshTokens } });
    const { body } = await loginByHand(lab.issuer, { resource: lab.mcpUrl, scope });
    assert.equal("refresh_token" in body, expected, `${refreshTokens} ${scope}`);
  }
});

Deno.test("a revoked opaque token is refused", async () => {
  await using lab = await startLab({ as: { accessTokens: "opaque" } });
  const login = await loginByHand(lab.issuer, { resource: lab.mcpUrl, scope: "mcp:read" });
  assert.equal((await call(lab, login.accessToken, "tools/list")).status, 200);
  const revoked = await fetch(`${lab.issuer}/token/revocation`, {
    method: "POST",
    body: new URLSearchParams({ token: login.accessToken, client_id: login.clientId }),
  });
  assert.equal(revoked.status, 200);
  await revoked.body?.cancel();
  assert.equal((await call(lab, login.accessToken, "tools/list")).status, 401);
});

Deno.test("fewer scopes than asked for can be granted", async () => {
  await using lab = await startLab({ as: { grantScopes: () => ["mcp:read"] } });
  const { body } = await loginByHand(lab.issuer, {
    resource: lab.mcpUrl,
    scope: "mcp:read mcp:write",
  });
  assert.equal(body["scope"], "mcp:read");
});

Deno.test("an unknown resource is refused, one by default is used", async () => {
  await using lab = await startLab();
  await assert.rejects(
    loginByHand(lab.issuer, { resource: "https://other.example/mcp", scope: "mcp:read" }),
    /invalid_target/,
  );
  lab.as.setDefaultResource(lab.mcpUrl);
  const { accessToken } = await loginByHand(lab.issuer);
  assert.equal((await call(lab, accessToken, "tools/list")).status, 200);
});

const AUTHORIZATION = {
  response_type: "code",
  redirect_uri: "http://127.0.0.1:7/callback",
  scope: "mcp:read",
  state: "0123456789abcdef0123",
  code_challenge: "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
  code_challenge_method: "S256",
};
const VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

function authorizationUrl(lab: Lab, clientId: string): string {
  const parameters = { ...AUTHORIZATION, client_id: clientId, resource: lab.mcpUrl };
  return `${lab.issuer}/auth?${new URLSearchParams(parameters)}`;
}

Deno.test("a consent page waits for a person and does what the person decides", async () => {
  await using lab = await startLab({
    as: { consent: "page", clients: [{ clientId: "known" }] },
  });
  for (const [decision, expected] of [["allow", "code"], ["deny", "error"]] as const) {
    const browser = openBrowser({ stopAt: AUTHORIZATION.redirect_uri });
    const page = await browser.visit(authorizationUrl(lab, "known"));
    assert.equal(page.status, 200);
    assert.match(page.body, /<form method="post">/);
    const end = new URL((await browser.press(page, decision)).url).searchParams;
    assert.ok(end.has(expected), decision);
    assert.equal(end.get("state"), AUTHORIZATION.state);
    assert.equal(end.get("iss"), lab.issuer);
  }
});

Deno.test("consent can be refused at once", async () => {
  await using lab = await startLab({
    as: { consent: "deny", clients: [{ clientId: "known" }] },
  });
  const page = await openBrowser({ stopAt: AUTHORIZATION.redirect_uri })
    .visit(authorizationUrl(lab, "known"));
  assert.equal(new URL(page.url).searchParams.get("error"), "access_denied");
});

Deno.test("known clients authenticate the way they are registered, with any characters in a secret", async () => {
  const clientSecret = "p@ss:word/+%&=?~#";
  const methods = ["client_secret_basic", "client_secret_post"] as const;
  await using lab = await startLab({
    as: {
      clients: methods.map((authMethod) => ({
        clientId: authMethod,
        clientSecret,
        authMethod,
        grantTypes: ["authorization_code", "client_credentials"],
      })),
    },
  });
  const form = (value: string) => new URLSearchParams({ v: value }).toString().slice(2);
  const basic = (id: string) => ({
    authorization: `Basic ${btoa(`${form(id)}:${form(clientSecret)}`)}`,
  });
  const proofs = {
    client_secret_basic: [{}, basic("client_secret_basic")],
    client_secret_post: [{ client_id: "client_secret_post", client_secret: clientSecret }, {}],
  } as const;
  for (const method of methods) {
    const page = await openBrowser({ stopAt: AUTHORIZATION.redirect_uri })
      .visit(authorizationUrl(lab, method));
    const [body, headers] = proofs[method];
    const answer = await postToken(`${lab.issuer}/token`, {
      grant_type: "authorization_code",
      code: new URL(page.url).searchParams.get("code") ?? "",
      redirect_uri: AUTHORIZATION.redirect_uri,
      code_verifier: VERIFIER,
      resource: lab.mcpUrl,
      ...body,
    }, headers);
    assert.equal(answer.status, 200, method);
    const machine = await postToken(`${lab.issuer}/token`, {
      grant_type: "client_credentials",
      scope: "mcp:read",
      resource: lab.mcpUrl,
      ...body,
    }, headers);
    assert.equal(machine.status, 200, method);
    assert.equal((await call(lab, machine.accessToken, "tools/list")).status, 200);
  }
  const wrong = await postToken(`${lab.issuer}/token`, {
    grant_type: "client_credentials",
    client_id: "client_secret_post",
    client_secret: "wrong",
  });
  assert.equal(wrong.body["error"], "invalid_client");
});

Deno.test("a client metadata document is a client", async () => {
  const id = "https://client.example/oauth/client.json";
  await using lab = await startLab({
    as: {
      clientDocuments: {
        [id]: {
          client_id: id,
          client_name: "by document",
          redirect_uris: ["http://127.0.0.1/callback"],
          application_type: "native",
          token_endpoint_auth_method: "none",
          grant_types: ["authorization_code", "refresh_token"],
          response_types: ["code"],
        },
      },
    },
  });
  const browser = openBrowser({ stopAt: AUTHORIZATION.redirect_uri });
  const page = await browser.visit(authorizationUrl(lab, id));
  assert.ok(new URL(page.url).searchParams.has("code"));
  const unknown = await browser.visit(authorizationUrl(lab, "https://client.example/other.json"));
  assert.equal(unknown.status, 400);
});

Deno.test("registration can be closed, and can need a token", async () => {
  await using closed = await startLab({ as: { registration: false } });
  await using guarded = await startLab({
    as: { registration: { initialAccessToken: "let-me-in" } },
  });
  const metadata = async (lab: Lab) =>
    await (await fetch(`${lab.issuer}/.well-known/oauth-authorization-server`)).json();
  assert.equal("registration_endpoint" in await metadata(closed), false);
  const register = async (headers: Record<string, string>) => {
    const response = await fetch((await metadata(guarded)).registration_endpoint, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: JSON.stringify({
        redirect_uris: [AUTHORIZATION.redirect_uri],
        application_type: "native",
        token_endpoint_auth_method: "none",
      }),
    });
    await response.body?.cancel();
    return response.status;
  };
  assert.equal(await register({}), 401);
  assert.equal(await register({ authorization: "Bearer let-me-in" }), 201);
});

Deno.test("issuers may have a path, end in a slash or stand at another loopback name", async () => {
  const cases = [
    [{ as: { issuerPath: "/tenant1" } }, "/tenant1"],
    [{ as: { issuerPath: "/" } }, "/"],
    [{ host: "localhost" }, ""],
    [{ host: "[::1]" }, ""],
  ] as const;
  for (const [options, ending] of cases) {
    await using lab = await startLab(options);
    assert.ok(lab.issuer.endsWith(ending));
    assert.equal((await call(lab, await tokenFor(lab), "tools/list")).status, 200, lab.issuer);
  }
});

Deno.test("well-known documents answer only where they are told to", async () => {
  const paths = [
    "/.well-known/oauth-authorization-server/tenant1",
    "/.well-known/openid-configuration/tenant1",
    "/tenant1/.well-known/openid-configuration",
  ];
  const names = ["oauth", "oidc", "oidc_appended"] as const;
  for (const [at, name] of names.entries()) {
    await using lab = await startLab({
      as: {
        issuerPath: "/tenant1",
        wellKnown: [name],
        metadata: (document) => ({ ...document, marked: true }),
      },
    });
    for (const [other, path] of [...paths, "/.well-known/oauth-authorization-server"].entries()) {
      const response = await fetch(lab.as.origin + path);
      assert.equal(response.status, other === at ? 200 : 404, `${name} ${path}`);
      if (other !== at) await response.body?.cancel();
      else {
        const document = await response.json();
        assert.equal(document.issuer, lab.issuer);
        assert.equal(document.marked, true);
        assert.equal(document.token_endpoint, `${lab.issuer}/token`);
      }
    }
  }
});

Deno.test("features of later issues can be turned on", async () => {
  await using lab = await startLab({ as: { par: true, dpop: "nonce", device: true } });
  const document = await (await fetch(`${lab.issuer}/.well-known/oauth-authorization-server`))
    .json();
  assert.ok(document.pushed_authorization_request_endpoint);
  assert.ok(document.dpop_signing_alg_values_supported);
  assert.ok(document.device_authorization_endpoint);
});

Deno.test("a test can step in before the MCP server looks at a request", async () => {
  await using lab = await startLab({ mcp: { routes: { "GET /hello": { body: "hi" } } } });
  assert.equal(await (await fetch(`${lab.mcp.origin}/hello`)).text(), "hi");
  lab.mcp.intercept(() => ({ status: 404, body: {} }));
  assert.equal((await call(lab, null, "tools/list")).status, 404);
});

Deno.test("a lab can be served by https", async () => {
  const pem = (name: string) =>
    Deno.readTextFile(new URL(`../http/fixtures/${name}`, import.meta.url));
  const [cert, key, ca] = await Promise.all(["server.crt", "server.key", "ca.crt"].map(pem));
  await using lab = await startLab({ tls: { cert: cert ?? "", key: key ?? "" } });
  using client = Deno.createHttpClient({ caCerts: [ca ?? ""] });
  const prm = await (await fetch(lab.mcp.resourceMetadataUrl, { client })).json();
  assert.equal(prm.resource, lab.mcpUrl);
  const url = `${lab.issuer}/.well-known/oauth-authorization-server`;
  const metadata = await (await fetch(url, { client })).json();
  assert.equal(metadata.issuer, lab.issuer);
  assert.equal(metadata.token_endpoint, `${lab.issuer}/token`);
  assert.match(lab.issuer, /^https:/);
});

Deno.test("a closed lab answers nothing, even where a stream was open", async () => {
  const lab = await startLab();
  const client = await connect(lab, await tokenFor(lab), "legacy");
  await lab.close();
  await lab.close();
  for (const url of [lab.mcpUrl, lab.issuer]) await assert.rejects(fetch(url));
  await client.close();
});
