import assert from "node:assert/strict";
import { formOf, headerOf, type sequence } from "../../lab/journal.ts";
import { startFakeLab, startLab } from "../../lab/shapes.ts";
import { createFakeAs } from "../../lab/fake_as.ts";
import { startScriptedServer } from "../../lab/scripted_server.ts";
import { runLogin } from "../harness.ts";

function requestedScopes(requests: Parameters<typeof sequence>[0]): (string | null)[] {
  return requests.filter((request) => request.path === "/authorize")
    .map((request) => request.query.get("scope"));
}

const SCOPES = ["mcp:read", "mcp:write", "mcp:admin"];

Deno.test("step-up asks for the union of what was asked before and what the challenge names", async () => {
  await using lab = await startFakeLab({ scopes: SCOPES, challenge: { scope: "mcp:read" } });
  const { result } = await runLogin({ serverUrl: lab.mcpUrl, verifyCallTool: "write-thing" });
  assert.deepEqual(result.error, undefined);
  assert.deepEqual(requestedScopes(lab.requests), ["mcp:read", "mcp:read mcp:write"]);
  assert.equal(result.credentials?.scope, "mcp:read mcp:write");
  assert.equal(result.verification?.callTool?.passed, true);
  const details = result.steps.filter(({ step }) => step === "authorization")
    .map(({ detail }) => detail);
  assert.deepEqual(details, [
    "scope mcp:read",
    'scope mcp:read mcp:write; repeated: the server requires the scope "mcp:write"',
  ]);
});

for (const error of ["invalid_token", "access_denied", undefined]) {
  Deno.test(`a 403 with a scope is a step-up although its error is ${error ?? "missing"}`, async () => {
    await using lab = await startFakeLab({
      scopes: SCOPES,
      challenge: {
        scope: "mcp:read",
        fields: (refusal, { scope }, fields) =>
          refusal === "insufficient"
            ? [`Bearer ${error === undefined ? "" : `error="${error}", `}scope="${scope}"`]
            : fields,
      },
    });
    const { result } = await runLogin({ serverUrl: lab.mcpUrl, verifyCallTool: "write-thing" });
    assert.deepEqual(result.error, undefined);
    assert.deepEqual(requestedScopes(lab.requests), ["mcp:read", "mcp:read mcp:write"]);
  });
}

Deno.test("2025-06-18 has no step-up, and says which flag helps", async () => {
  await using lab = await startFakeLab({
    scopes: SCOPES,
    challenge: { scope: "mcp:read" },
    mcp: { era: "legacy" },
  });
  const { result, codes } = await runLogin({
    serverUrl: lab.mcpUrl,
    protocolVersion: "2025-06-18",
    verifyCallTool: "write-thing",
  });
  assert.equal(result.completed, false);
  assert.equal(requestedScopes(lab.requests).length, 1);
  assert.ok(codes.includes("step_up_not_in_revision"));
  assert.ok(result.credentials?.accessToken);
});

Deno.test("a server that is never satisfied gets three authorizations at most", async () => {
  let asked = 0;
  await using lab = await startFakeLab({
    scopes: ["s0", "s1", "s2", "s3", "s4", "s5"],
    mcp: {
      intercept: (request) => {
        if (headerOf(request, "authorization") === undefined) return undefined;
        const header = `Bearer error="insufficient_scope", scope="s${asked++}"`;
        return { status: 403, headers: [["www-authenticate", header]] };
      },
    },
  });
  const { result, codes } = await runLogin({ serverUrl: lab.mcpUrl, verifyTools: true });
  assert.equal(result.error?.code, "verification_failed");
  assert.equal(requestedScopes(lab.requests).length, 3);
  assert.ok(codes.includes("step_up_limit"));
});

Deno.test("a server that names the same scope again gets two authorizations at most", async () => {
  await using lab = await startFakeLab({
    scopes: SCOPES,
    challenge: { scope: "mcp:read" },
    mcp: {
      intercept: (request) =>
        headerOf(request, "authorization") === undefined ? undefined : {
          status: 403,
          headers: [["www-authenticate", 'Bearer error="insufficient_scope", scope="mcp:read"']],
        },
    },
  });
  const { result } = await runLogin({ serverUrl: lab.mcpUrl, verifyTools: true });
  assert.equal(result.completed, false);
  assert.equal(requestedScopes(lab.requests).length, 2);
});

Deno.test("a 403 without insufficient_scope is no step-up", async () => {
  await using lab = await startFakeLab({
    mcp: {
      intercept: (request) =>
        headerOf(request, "authorization") === undefined ? undefined : { status: 403 },
    },
  });
  const { result, codes } = await runLogin({ serverUrl: lab.mcpUrl, verifyTools: true });
  assert.equal(result.error?.code, "verification_failed");
  assert.equal(requestedScopes(lab.requests).length, 1);
  assert.ok(codes.includes("access_refused"));
});

Deno.test("a 401 to a fresh token ends the login without another authorization", async () => {
  await using lab = await startFakeLab({
    mcp: {
      intercept: (request) =>
        headerOf(request, "authorization") === undefined
          ? undefined
          : { status: 401, headers: [["www-authenticate", 'Bearer error="invalid_token"']] },
    },
  });
  const { result, codes } = await runLogin({ serverUrl: lab.mcpUrl, verifyTools: true });
  assert.equal(result.error?.code, "verification_failed");
  assert.equal(requestedScopes(lab.requests).length, 1);
  assert.ok(codes.includes("fresh_token_rejected"));
  assert.ok(result.credentials?.accessToken);
});

function jwt(claims: object): string {
  const part = (value: object) =>
    new TextEncoder().encode(JSON.stringify(value))
      .toBase64({ alphabet: "base64url", omitPadding: true });
  return `${part({ alg: "ES256", typ: "at+jwt" })}.${part(claims)}.c2lnbmF0dXJl`;
}

const BOUND: readonly (readonly [cnf: object, status: number, offers: boolean, what: RegExp])[] = [
  [{ jwk: { kty: "EC" } }, 401, false, /bound to a key/],
  [{ jkt: "x" }, 403, true, /bound to a key/],
  [{ "x5t#S256": "x" }, 401, false, /bound to a client certificate/],
];

for (const [cnf, status, offers, what] of BOUND) {
  Deno.test(`a fresh token with cnf ${Object.keys(cnf)} that gets ${status}: the refusal speaks of it`, async () => {
    await using lab = await startFakeLab({
      metadata: (document) =>
        offers ? { ...document, dpop_signing_alg_values_supported: ["ES256"] } : document,
      token: ({ body }) => ({ body: { ...body, access_token: jwt({ cnf }) } }),
      mcp: {
        intercept: (request) =>
          headerOf(request, "authorization") === undefined
            ? undefined
            : { status, body: { message: "no proof of possession" } },
      },
    });
    const { result } = await runLogin({ serverUrl: lab.mcpUrl, verifyTools: true });
    const { message = "", remedy = "" } = result.error ?? {};
    assert.match(message, /it says "no proof of possession"/);
    assert.match(message, /\(cnf, RFC 7800\), and was sent as a Bearer token/);
    assert.match(remedy, what);
    assert.equal(/mcpass login .*--dpop/.test(remedy), offers, remedy);
  });
}

Deno.test("a token that was accepted and then refused leads to one more authorization", async () => {
  let refused = false;
  await using lab = await startFakeLab({
    mcp: {
      intercept: (request) => {
        if (refused || !request.body.includes("tools/list")) return undefined;
        if (headerOf(request, "authorization") === undefined) return undefined;
        refused = true;
        return { status: 401, headers: [["www-authenticate", 'Bearer error="invalid_token"']] };
      },
    },
  });
  const { result } = await runLogin({ serverUrl: lab.mcpUrl, verifyTools: true });
  assert.deepEqual(result.error, undefined);
  assert.equal(requestedScopes(lab.requests).length, 2);
  const names = result.steps.map(({ step }) => step);
  const again = result.steps.filter(({ step }, at) => names.indexOf(step) < at);
  assert.deepEqual(
    again.map(({ step }) => step),
    ["resource_metadata", "authorization_server_metadata", "authorization", "token"],
  );
  for (const { detail } of again) {
    assert.match(detail ?? "", /; repeated: the server answered 401 to the token$/);
  }
});

Deno.test("a 401 that names another authorization server leads to a registration there", async () => {
  await using other = startScriptedServer({ name: "other" });
  await using lab = await startFakeLab();
  const places = {
    issuer: other.origin,
    authorization: `${other.origin}/authorize`,
    token: `${other.origin}/token`,
    registration: `${other.origin}/register`,
  };
  const otherAs = createFakeAs(places, () => lab.mcpUrl);
  Object.assign(other.routes, otherAs.routesAt(other.origin));
  let moved = false;
  lab.mcp.intercept((request) => {
    if (moved || !request.body.includes("tools/list")) return undefined;
    if (headerOf(request, "authorization") === undefined) return undefined;
    moved = true;
    lab.mcp.protect({ authorizationServers: [other.origin], verify: otherAs.verify });
    return undefined;
  });
  const { result } = await runLogin({ serverUrl: lab.mcpUrl, verifyTools: true });
  assert.deepEqual(result.error, undefined);
  assert.equal(result.credentials?.issuer, other.origin);
  assert.deepEqual(otherAs.complaints, []);
  const firstClient = formOf(
    lab.requests.find((request) => request.path === "/token") ?? { body: "" },
  ).get("client_id");
  assert.ok(firstClient);
  assert.equal(
    other.requests.some((request) => JSON.stringify(request).includes(firstClient)),
    false,
  );
});

Deno.test("a given client is not used at another authorization server", async () => {
  await using other = startScriptedServer({ name: "other" });
  await using lab = await startFakeLab({ clients: [{ clientId: "mine" }] });
  const otherAs = createFakeAs(
    {
      issuer: other.origin,
      authorization: `${other.origin}/authorize`,
      token: `${other.origin}/token`,
      registration: `${other.origin}/register`,
    },
    () => lab.mcpUrl,
  );
  Object.assign(other.routes, otherAs.routesAt(other.origin));
  lab.mcp.intercept((request) => {
    if (headerOf(request, "authorization") === undefined) return undefined;
    lab.mcp.protect({ authorizationServers: [other.origin], verify: otherAs.verify });
    return undefined;
  });
  const { result } = await runLogin({
    serverUrl: lab.mcpUrl,
    clientId: "mine",
    verifyTools: true,
  });
  assert.equal(result.completed, false);
  assert.match(result.error?.message ?? "", /belongs to/);
  assert.deepEqual(other.requests.map((request) => request.method), ["GET"]);
});

Deno.test("step-up after a default scope also requests what was granted", async () => {
  await using lab = await startLab();
  const { result } = await runLogin({
    serverUrl: lab.mcpUrl,
    verifyCallTool: "write-thing",
  });
  assert.deepEqual(result.error, undefined);
  const asked = lab.requests.filter(({ path, query }) =>
    path === "/auth" && query.has("client_id")
  );
  assert.deepEqual(asked.map(({ query }) => query.get("scope")), [null, "mcp:read mcp:write"]);
  assert.equal(result.credentials?.scope, "mcp:read mcp:write");
});
