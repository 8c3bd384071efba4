import assert from "node:assert/strict";
import { formOf, sequence } from "./journal.ts";
import { loginByHand, openBrowser, postToken } from "./person.ts";
import { startFakeLab, startSplitIssuerLab } from "./shapes.ts";
import type { FakeLab, FakeLabOptions } from "./shapes.ts";

const REDIRECT_URI = "http://127.0.0.1:7/callback";
const VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const GOOD = {
  response_type: "code",
  client_id: "known",
  redirect_uri: REDIRECT_URI,
  state: "0123456789abcdef0123",
  code_challenge: "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
  code_challenge_method: "S256",
};

async function authorize(lab: FakeLab, change: Record<string, string> = {}) {
  const parameters = new URLSearchParams({ ...GOOD, resource: lab.mcpUrl, ...change });
  for (const [name, value] of [...parameters]) if (value === "") parameters.delete(name);
  const page = await openBrowser({ stopAt: change["redirect_uri"] ?? REDIRECT_URI })
    .visit(`${lab.issuer}/authorize?${parameters}`);
  return { ...page, parameters: new URL(page.url).searchParams };
}

function exchange(lab: FakeLab, code: string | null, change: Record<string, string> = {}) {
  return postToken(`${lab.issuer}/token`, {
    grant_type: "authorization_code",
    code: code ?? "",
    redirect_uri: REDIRECT_URI,
    client_id: "known",
    code_verifier: VERIFIER,
    resource: lab.mcpUrl,
    ...change,
  });
}

const KNOWN: FakeLabOptions = { clients: [{ clientId: "known" }] };

async function listTools(lab: FakeLab, token: string): Promise<number> {
  const response = await fetch(lab.mcpUrl, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      accept: "application/json, text/event-stream",
      authorization: `Bearer ${token}`,
    },
    body: JSON.stringify({
      jsonrpc: "2.0",
      id: 1,
      method: "initialize",
      params: {
        protocolVersion: "2025-03-26",
        capabilities: {},
        clientInfo: { name: "bare", version: "1" },
      },
    }),
  });
  await response.body?.cancel();
  return response.status;
}

Deno.test("an honest login with the hand-made server raises no complaint and its token works", async () => {
  await using lab = await startFakeLab();
  const login = await loginByHand(lab.issuer, { resource: lab.mcpUrl, scope: "mcp:read" });
  assert.equal(login.body["scope"], "mcp:read");
  assert.equal(await listTools(lab, login.accessToken), 200);
  assert.equal(await listTools(lab, "made-up"), 401);
  const refresh = (token: unknown) =>
    postToken(`${lab.issuer}/token`, {
      grant_type: "refresh_token",
      refresh_token: String(token),
      client_id: login.clientId,
      resource: lab.mcpUrl,
    });
  const second = await refresh(login.body["refresh_token"]);
  assert.equal(second.status, 200);
  assert.deepEqual(lab.as.complaints, []);
  assert.equal((await refresh(login.body["refresh_token"])).body["error"], "invalid_grant");
  assert.equal(await listTools(lab, second.accessToken), 401);
});

Deno.test("each mistake in an authorization request is answered with its error", async () => {
  await using lab = await startFakeLab(KNOWN);
  const cases = [
    [{ response_type: "token" }, "unsupported_response_type"],
    [{ code_challenge_method: "plain" }, "invalid_request"],
    [{ code_challenge: "" }, "invalid_request"],
    [{ state: "" }, "invalid_request"],
    [{ resource: "" }, "invalid_target"],
    [{ resource: "http://127.0.0.1:7/" }, "invalid_target"],
    [{ scope: "unheard:of" }, "invalid_scope"],
  ] as const;
  for (const [change, error] of cases) {
    const { parameters } = await authorize(lab, change);
    assert.equal(parameters.get("error"), error, JSON.stringify(change));
    assert.equal(parameters.get("iss"), lab.issuer);
  }
  assert.equal(lab.as.complaints.length, cases.length);
  for (const change of [{ client_id: "stranger" }, { redirect_uri: "http://127.0.0.1:7/other" }]) {
    assert.equal((await authorize(lab, change)).status, 400);
  }
});

Deno.test("each mistake in a token request is answered with its error", async () => {
  await using lab = await startFakeLab({
    clients: [{ clientId: "known" }, { clientId: "other" }, {
      clientId: "confidential",
      clientSecret: "s3cret",
    }],
  });
  const cases = [
    [{ redirect_uri: "http://127.0.0.1:8/callback" }, "invalid_grant"],
    [{ code_verifier: VERIFIER.replace("d", "e") }, "invalid_grant"],
    [{ code: "made-up" }, "invalid_grant"],
    [{ client_id: "other" }, "invalid_grant"],
    [{ client_id: "stranger" }, "invalid_client"],
    [{ client_id: "confidential" }, "invalid_client"],
    [{ client_secret: "why" }, "invalid_client"],
    [{ client_id: "confidential", client_secret: "s3cret" }, "invalid_client"],
    [{ resource: "http://127.0.0.1:7/" }, "invalid_target"],
    [{ grant_type: "password" }, "unsupported_grant_type"],
    [{ grant_type: "toString" }, "unsupported_grant_type"],
    [{ grant_type: "client_credentials" }, "unauthorized_client"],
  ] as const;
  for (const [change, error] of cases) {
    const { parameters } = await authorize(lab);
    const answer = await exchange(lab, parameters.get("code"), change);
    assert.equal(answer.body["error"], error, JSON.stringify(change));
  }
  assert.equal(lab.as.complaints.length, cases.length);
  const { parameters } = await authorize(lab);
  assert.equal((await exchange(lab, parameters.get("code"))).status, 200);
  assert.equal((await exchange(lab, parameters.get("code"))).body["error"], "invalid_grant");
  assert.deepEqual(lab.as.accessTokens, []);
});

Deno.test("a registered secret holds reserved characters and must be form-encoded in the header", async () => {
  await using lab = await startFakeLab();
  const registration = await fetch(`${lab.issuer}/register`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({
      redirect_uris: [REDIRECT_URI],
      application_type: "native",
      grant_types: ["client_credentials"],
    }),
  });
  assert.equal(registration.status, 201);
  const { client_id: id, client_secret: secret } = await registration.json();
  const form = (value: string) => new URLSearchParams({ v: value }).toString().slice(2);
  const body = { grant_type: "client_credentials", resource: lab.mcpUrl };
  const send = (authorization: string) => postToken(`${lab.issuer}/token`, body, { authorization });
  assert.equal((await send(`Basic ${btoa(`${form(id)}:${form(secret)}`)}`)).status, 200);
  assert.notEqual((await send(`Basic ${btoa(`${id}:${secret}`)}`)).status, 200);
});

Deno.test("a registration of a loopback redirect URI without native is refused", async () => {
  await using lab = await startFakeLab();
  const registration = await fetch(`${lab.issuer}/register`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ redirect_uris: [REDIRECT_URI] }),
  });
  assert.equal((await registration.json()).error, "invalid_redirect_uri");
  assert.equal(lab.as.complaints.length, 1);
});

Deno.test("every answer can be replaced", async () => {
  await using lab = await startFakeLab({
    ...KNOWN,
    metadata: (document) => ({ ...document, issuer: "https://evil.example" }),
    registrationResponse: (answer) => ({ status: 200, body: { ...answer.body, extra: true } }),
    authorizationResponse: ({ state = "", ...rest }) => ({ ...rest, state: state + "x" }),
    token: (answer) => ({ ...answer, status: 400 }),
    prm: { document: () => "<!doctype html>" },
    challenge: { fields: () => ["Bearer realm=unquoted"] },
  });
  const document = await (await fetch(`${lab.issuer}/.well-known/oauth-authorization-server`))
    .json();
  assert.equal(document.issuer, "https://evil.example");
  const { parameters } = await authorize(lab);
  assert.equal(parameters.get("state"), `${GOOD.state}x`);
  assert.equal((await exchange(lab, parameters.get("code"))).status, 400);
  assert.match(await (await fetch(lab.mcp.resourceMetadataUrl)).text(), /^<!doctype/);
  const refused = await fetch(lab.mcpUrl, { method: "POST", body: "{}" });
  assert.equal(refused.headers.get("www-authenticate"), "Bearer realm=unquoted");
  await refused.body?.cancel();
});

Deno.test("the older shape without any metadata has its endpoints at the MCP server's origin", async () => {
  await using lab = await startFakeLab({
    ...KNOWN,
    placement: "same_origin",
    prm: false,
    wellKnown: [],
    resourceParameter: "refused",
  });
  assert.equal(lab.issuer, lab.mcp.origin);
  const refused = await fetch(lab.mcpUrl, { method: "POST", body: "{}" });
  assert.equal(refused.headers.get("www-authenticate"), "Bearer");
  await refused.body?.cancel();
  for (const name of ["oauth-authorization-server", "oauth-protected-resource/mcp"]) {
    const response = await fetch(`${lab.mcp.origin}/.well-known/${name}`);
    assert.equal(response.status, 404);
    await response.body?.cancel();
  }
  const { parameters } = await authorize(lab, { resource: "" });
  const code = parameters.get("code");
  assert.ok(code);
  const { accessToken } = await postToken(`${lab.mcp.origin}/token`, {
    grant_type: "authorization_code",
    code,
    redirect_uri: REDIRECT_URI,
    client_id: "known",
    code_verifier: VERIFIER,
  });
  assert.equal(await listTools(lab, accessToken), 200);
});

Deno.test("the split shape: metadata at the MCP origin names another issuer and token host", async () => {
  await using lab = await startSplitIssuerLab();
  const document = await (await fetch(`${lab.mcp.origin}/.well-known/oauth-authorization-server`))
    .json();
  assert.deepEqual(document, {
    issuer: lab.asServer.origin,
    authorization_endpoint: `${lab.mcp.origin}/v1/authorize`,
    token_endpoint: `${lab.asServer.origin}/v1/token`,
    registration_endpoint: `${lab.asServer.origin}/v1/register`,
    revocation_endpoint: `${lab.asServer.origin}/v1/token`,
    response_types_supported: ["code"],
    response_modes_supported: ["query"],
    grant_types_supported: ["authorization_code", "refresh_token"],
    token_endpoint_auth_methods_supported: ["none", "client_secret_basic", "client_secret_post"],
    code_challenge_methods_supported: ["plain", "S256"],
  });
  assert.equal(new URL(lab.mcpUrl).pathname, "/v1/mcp/");
  const absent = await fetch(`${lab.mcp.origin}/.well-known/oauth-protected-resource`);
  assert.equal(absent.status, 404);
  await absent.body?.cancel();

  const registration = await fetch(document.registration_endpoint, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({
      redirect_uris: [REDIRECT_URI],
      application_type: "native",
      token_endpoint_auth_method: "none",
      grant_types: ["authorization_code", "refresh_token"],
    }),
  });
  const { client_id: clientId } = await registration.json();
  const url = `${document.authorization_endpoint}?${new URLSearchParams({
    ...GOOD,
    client_id: clientId,
  })}`;
  const page = await openBrowser({ stopAt: REDIRECT_URI }).visit(url);
  const { searchParams } = new URL(page.url);
  assert.equal(searchParams.has("iss"), false);
  const answer = await postToken(document.token_endpoint, {
    grant_type: "authorization_code",
    code: searchParams.get("code") ?? "",
    redirect_uri: REDIRECT_URI,
    client_id: clientId,
    code_verifier: VERIFIER,
  });
  assert.equal(await listTools(lab, answer.accessToken), 200);
  assert.equal(sequence(lab.requests).at(-1), "mcp POST /v1/mcp/ initialize");
  const revoked = await fetch(document.revocation_endpoint, {
    method: "POST",
    body: new URLSearchParams({ token: answer.accessToken, client_id: clientId }),
  });
  await revoked.body?.cancel();
  assert.equal(await listTools(lab, answer.accessToken), 401);
  assert.deepEqual(lab.as.complaints, []);
  const last = lab.asServer.requests.at(-1);
  assert.ok(last);
  assert.equal(formOf(last).get("client_id"), clientId);
});
