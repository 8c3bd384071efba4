import assert from "node:assert/strict";
import type { LoginPlan } from "../../../src/flow/context/login_plan.ts";
import { createFakeAs, type FakeAs } from "../../lab/fake_as.ts";
import { type FakeLab, type FakeLabOptions, startFakeLab } from "../../lab/fake_lab.ts";
import { formOf, headerOf, type RecordedRequest } from "../../lab/journal.ts";
import {
  type Answer,
  type ScriptedServer,
  startScriptedServer,
} from "../../lab/scripted_server.ts";
import { runLogin } from "../harness.ts";

/** An MCP server that names another authorization server once a token arrives. */
interface Moving extends AsyncDisposable {
  readonly lab: FakeLab;
  readonly other: ScriptedServer;
  readonly otherAs: FakeAs;
}

async function startMoving(options: FakeLabOptions = {}, both = false): Promise<Moving> {
  const other = startScriptedServer({ name: "other" });
  const lab = await startFakeLab(options);
  const otherAs = createFakeAs(
    {
      issuer: other.origin,
      authorization: `${other.origin}/authorize`,
      token: `${other.origin}/token`,
      registration: `${other.origin}/register`,
    },
    () => lab.mcpUrl,
    options,
  );
  Object.assign(other.routes, otherAs.routesAt(other.origin));
  let moved = false;
  lab.mcp.intercept((request) => {
    if (moved || headerOf(request, "authorization") === undefined) return undefined;
    moved = true;
    lab.mcp.protect(
      both
        ? { authorizationServers: [other.origin, lab.issuer], verify: lab.as.verify }
        : { authorizationServers: [other.origin], verify: otherAs.verify },
    );
    return both
      ? { status: 401, headers: [["www-authenticate", 'Bearer scope="mcp:read"']] }
      : undefined;
  });
  return {
    ...{ lab, other, otherAs },
    async [Symbol.asyncDispose]() {
      await Promise.all([lab.close(), other.close()]);
    },
  };
}

const redirectsAt = (requests: readonly RecordedRequest[]): string[] =>
  requests.filter(({ path }) => path === "/register")
    .flatMap(({ body }) => JSON.parse(body).redirect_uris);

const OWN_PATH = /^http:\/\/127\.0\.0\.1:\d+\/callback\/[0-9a-f]{12}$/;

Deno.test("each issuer gets a redirect path of its own, from the registration to the token request", async () => {
  await using place = await startMoving();
  const { lab, other, otherAs } = place;
  const { codes, result } = await runLogin({ serverUrl: lab.mcpUrl, verifyTools: true });
  assert.deepEqual(result.error, undefined);
  assert.deepEqual([lab.as.complaints, otherAs.complaints], [[], []]);
  const [first = "", second = ""] = [lab.requests, other.requests].flatMap(redirectsAt);
  assert.match(first, OWN_PATH);
  assert.match(second, OWN_PATH);
  assert.notEqual(first, second);
  assert.equal(new URL(first).origin, new URL(second).origin);
  for (const [redirect, requests] of [[first, lab.requests], [second, other.requests]] as const) {
    const authorization = requests.find(({ path }) => path === "/authorize");
    assert.equal(authorization?.query.get("redirect_uri"), redirect);
    const token = requests.find(({ path }) => path === "/token");
    assert.equal(formOf(token ?? { body: "" }).get("redirect_uri"), redirect);
  }
  assert.equal(result.redirectUrl, second);
  const moves = result.findings.filter(({ code }) => code === "issuer_migrated");
  assert.deepEqual(moves.map(({ severity, step }) => [severity, step]), [[
    "warning",
    "registration",
  ]]);
  assert.ok(moves[0]?.message.includes(lab.issuer) && moves[0].message.includes(other.origin));
  assert.ok(codes.includes("issuer_migrated"));
});

Deno.test("the same issuer has the same path in every login", async () => {
  await using lab = await startFakeLab();
  await runLogin({ serverUrl: lab.mcpUrl });
  await runLogin({ serverUrl: lab.mcpUrl });
  const paths = redirectsAt(lab.requests).map((uri) => new URL(uri).pathname);
  assert.equal(paths.length, 2);
  assert.equal(new Set(paths).size, 1);
});

const DOCUMENT = "https://app.example/client.json";

/** Logins whose redirect URI somebody else chose. */
const CHOSEN: readonly (readonly [string, Partial<LoginPlan>, FakeLabOptions, RegExp])[] = [
  [
    "a given redirect URL",
    { redirectUrl: "http://localhost:4321/back" },
    {},
    /^http:\/\/localhost:4321\/back$/,
  ],
  [
    "a preregistered client",
    { clientId: "own" },
    { clients: [{ clientId: "own", redirectUris: ["http://127.0.0.1/callback"] }] },
    /^http:\/\/127\.0\.0\.1:\d+\/callback$/,
  ],
  [
    "a metadata document",
    { clientMetadataUrl: DOCUMENT },
    {
      clientDocuments: {
        [DOCUMENT]: {
          client_id: DOCUMENT,
          redirect_uris: ["http://127.0.0.1/callback"],
          token_endpoint_auth_method: "none",
        },
      },
    },
    /^http:\/\/127\.0\.0\.1:\d+\/callback$/,
  ],
];

for (const [what, plan, options, expected] of CHOSEN) {
  Deno.test(`${what} keeps its redirect URI`, async () => {
    await using lab = await startFakeLab(options);
    const { result } = await runLogin({ serverUrl: lab.mcpUrl, ...plan });
    assert.deepEqual(result.error, undefined);
    assert.match(result.redirectUrl ?? "", expected);
    const authorization = lab.requests.find(({ path }) => path === "/authorize");
    assert.match(authorization?.query.get("redirect_uri") ?? "", expected);
  });
}

const ONE_PATH: readonly Answer[] = [
  { status: 400, body: { error: "invalid_redirect_uri" } },
  { status: 422, body: { message: "redirect_uris: only /callback is allowed" } },
];

for (const refusal of ONE_PATH) {
  Deno.test(`a server that allows one path only (${refusal.status}) gets the default one, after one refusal`, async () => {
    await using lab = await startFakeLab({
      registrationResponse: ({ status, body }, request) =>
        /callback\//.test(request.body) ? refusal : { status, body },
    });
    const { result } = await runLogin({ serverUrl: lab.mcpUrl });
    assert.deepEqual(result.error, undefined);
    assert.deepEqual(redirectsAt(lab.requests).map((uri) => OWN_PATH.test(uri)), [true, false]);
    assert.match(result.redirectUrl ?? "", /^http:\/\/127\.0\.0\.1:\d+\/callback$/);
    const [refused, repeated] = result.steps.filter(({ step }) => step === "registration");
    assert.match(refused?.detail ?? "", /redirect_uri.*; repeated with the redirect URI "http/);
    assert.deepEqual([refused?.status, repeated?.status], ["done", "done"]);
  });
}

const SECRET = "canary-client-secret-0123456789";

/** What was given to the first issuer. */
const GIVEN: readonly (readonly [string, Partial<LoginPlan>])[] = [
  ["a client secret", { clientId: "own", clientSecret: SECRET }],
  ["an initial access token", { registrationToken: SECRET }],
  ["a software statement", { softwareStatement: SECRET }],
];

for (const [what, plan] of GIVEN) {
  Deno.test(`${what} stays with its issuer when the server moves during the login`, async () => {
    const client = { clientId: "own", clientSecret: SECRET };
    await using place = await startMoving({ clients: [client] });
    const { lab, other } = place;
    const { result } = await runLogin({ serverUrl: lab.mcpUrl, verifyTools: true, ...plan });
    assert.equal(result.completed, false);
    assert.equal(result.error?.code, "issuer_changed");
    assert.ok(result.error.message.includes(other.origin));
    assert.ok(result.error.message.includes(lab.issuer));
    assert.equal(result.verification?.listTools?.passed, false);
    assert.ok(other.requests.length > 0);
    assert.ok(
      other.requests.every(({ method, path }) =>
        method === "GET" && path.startsWith("/.well-known/")
      ),
    );
    assert.ok(!JSON.stringify(other.requests).includes(SECRET));
  });
}

Deno.test("a person who declines the move ends it before anything is registered", async () => {
  await using place = await startMoving();
  const { lab, other } = place;
  const asked: unknown[] = [];
  const { result } = await runLogin({ serverUrl: lab.mcpUrl, verifyTools: true }, {
    issuers: {
      stored: () => Promise.resolve([]),
      ask: (question) => {
        asked.push(question);
        return Promise.resolve(false);
      },
    },
  });
  assert.equal(result.error?.code, "issuer_changed");
  assert.deepEqual(asked, [{
    serverUrl: lab.mcpUrl,
    issuer: other.origin,
    previous: lab.issuer,
    credentials: [],
  }]);
  assert.ok(other.requests.every(({ method }) => method === "GET"));
});

Deno.test("a server that lists another authorization server first moves no login", async () => {
  await using place = await startMoving({}, true);
  const { lab, other } = place;
  const { codes, result } = await runLogin({ serverUrl: lab.mcpUrl, verifyTools: true });
  assert.deepEqual(result.error, undefined);
  assert.equal(result.credentials?.issuer, lab.issuer);
  assert.equal(lab.requests.filter(({ path }) => path === "/token").length, 2);
  assert.deepEqual(other.requests, []);
  assert.ok(!codes.includes("issuer_migrated"));
});
