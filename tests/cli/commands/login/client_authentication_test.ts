import assert from "node:assert/strict";
import { decodeJwt } from "jose";
import { DEVICE_GRANT } from "../../../lab/fake_device.ts";
import { type FakeLab, type FakeLabOptions, startFakeLab } from "../../../lab/fake_lab.ts";
import { formOf, headerOf, type RecordedRequest } from "../../../lab/journal.ts";
import type { Answer, Handler } from "../../../lab/scripted_server.ts";
import { type Home, openHome } from "../../real_run.ts";

const SECRET = "s3cret-of-the-client";

/** Path and authentication of each request with which a client authenticates. */
function authentications(requests: readonly RecordedRequest[]): string[] {
  const found: string[] = [];
  for (const request of requests) {
    if (
      request.method !== "POST" || !/^\/(token|par|device|revoke|introspect)/.test(request.path)
    ) {
      continue;
    }
    const form = formOf(request);
    const isBasic = headerOf(request, "authorization")?.startsWith("Basic ");
    const secret = form.get("client_secret");
    const way = secret ? "post" : isBasic ? "basic" : "none";
    const more = [
      ...isBasic && form.has("client_id") ? [" with client_id"] : [],
      ...secret === "" ? [" with an empty secret"] : [],
    ];
    found.push(`${request.path.split("/")[1]} ${way}${more.join("")}`);
  }
  return found;
}

async function secretFile(home: Home): Promise<string> {
  const path = `${home.path}/client-secret`;
  await Deno.writeTextFile(path, SECRET, { mode: 0o600 });
  return path;
}

async function checkAndRevoke(home: Home, { mcpUrl }: FakeLab): Promise<void> {
  const at = ["--url", mcpUrl, "--format", "json"];
  const status = await home.run(["oauth", "status", "--check", ...at]);
  assert.equal(jsonOf(status).entries[0].check.accepted, true, status.stdout);
  const out = await home.run(["oauth", "logout", ...at]);
  assert.match(out.stdout, REVOKED);
}

const jsonOf = ({ stdout }: { readonly stdout: string }) => JSON.parse(stdout);

/** A client with a secret in the form, at every endpoint where clients authenticate. */
async function startStrictServer(options: FakeLabOptions = {}) {
  const client = {
    clientId: "own",
    clientSecret: SECRET,
    authMethod: "client_secret_post" as const,
    grantTypes: ["authorization_code", "refresh_token", DEVICE_GRANT],
  };
  const lab = await startFakeLab({
    ...options,
    clients: [client],
    metadata: ({ issuer, ...document }) => ({
      ...document,
      issuer,
      pushed_authorization_request_endpoint: `${issuer}/par`,
      introspection_endpoint: `${issuer}/introspect`,
    }),
  });
  const { routes } = lab.asServer;
  const authorize = Object.entries(routes).find(([key]) => /^GET .*auth/.test(key));
  const [name = "", handler] = authorize ?? [];
  assert.ok(typeof handler === "function");
  const pushed = new Map<string, URLSearchParams>();
  const uri = "urn:pushed:1";
  const posted = (answer: (form: URLSearchParams) => Answer): Handler => (request) => {
    const form = formOf(request);
    const isAuthenticated = form.get("client_secret") === SECRET;
    return isAuthenticated ? answer(form) : { status: 401, body: { error: "invalid_client" } };
  };
  Object.assign(routes, {
    "POST /par": posted((form) => {
      form.delete("client_secret");
      pushed.set(uri, form);
      return { status: 201, body: { request_uri: uri, expires_in: 60 } };
    }),
    "POST /introspect": posted(() => ({ body: { active: true } })),
    [name]: ((request, raw) =>
      handler({
        ...request,
        query: pushed.get(request.query.get("request_uri") ?? "") ?? request.query,
      }, raw)) as Handler,
  });
  return lab;
}

async function secretOptions(home: Home, lab: FakeLab): Promise<string[]> {
  return [
    ...["--client-id", "own", "--client-secret-file", await secretFile(home)],
    ...["--authorization-server", lab.issuer],
  ];
}

Deno.test("a client of another method signs in by PAR, refreshes, is checked and revokes", async () => {
  await using lab = await startStrictServer();
  await using home = await openHome();
  const ran = await home.signIn(lab, "--par", ...await secretOptions(home, lab));
  const codes = jsonOf(ran).findings.map(({ code }: { code: string }) => code);
  assert.ok(codes.includes("client_auth_method_refused"), ran.stdout);
  assert.deepEqual(authentications(lab.requests), [
    "par basic with client_id",
    "par post",
    "token post",
  ]);

  lab.requests.length = 0;
  await home.expire(lab);
  const token = await home.run(["oauth", "token", "--url", lab.mcpUrl]);
  assert.equal(token.status, 0, token.stderr);
  await checkAndRevoke(home, lab);
  const all = ["token post", "introspect post", "token post", "token post"];
  assert.deepEqual(authentications(lab.requests), all);
});

Deno.test("a stored method that is no longer accepted: the next one checks and revokes", async () => {
  await using lab = await startStrictServer();
  await using home = await openHome();
  await home.signIn(lab, ...await secretOptions(home, lab));
  const [summary] = await home.store.find(lab.mcpUrl);
  const entry = await home.store.read(summary?.key ?? "");
  assert.ok(entry);
  const tokenAuthMethod = "client_secret_basic" as const;
  await home.store.write({ ...entry, client: { ...entry.client, tokenAuthMethod } });
  lab.requests.length = 0;
  await checkAndRevoke(home, lab);
  // Revocation knows after the first refusal what the server accepts.
  const all = ["introspect basic", "introspect post", "token basic", "token post", "token post"];
  assert.deepEqual(authentications(lab.requests), all);
});

Deno.test("a client of another method signs in with a device code", async () => {
  await using lab = await startStrictServer({ device: ["authorization_pending", "approved"] });
  await using home = await openHome();
  const ran = await home.run([
    ...["oauth", "login", "--auth-mode", "device", "--format", "json", "--url", lab.mcpUrl],
    ...await secretOptions(home, lab),
  ], { sleep: () => Promise.resolve() });
  assert.equal(ran.status, 0, ran.stdout + ran.stderr);
  const all = authentications(lab.requests);
  assert.deepEqual(all.slice(0, 2), ["device basic", "device post"]);
  assert.ok(all.slice(2).every((it) => it === "token post"), all.join());
});

const REVOKED = /"refreshToken": true,\s+"accessToken": true/;

/**
 * The authorization server of the official Python SDK: `client_id` has to be in the form with every
 * method, and a revocation has to have `client_secret` there.
 */
async function startFormServer(options: FakeLabOptions = {}) {
  const lab = await startFakeLab({
    ...options,
    authMethods: ["client_secret_post", "client_secret_basic"],
    metadata: (document) => ({
      ...document,
      revocation_endpoint: `${document["issuer"]}/revoke`,
      token_endpoint_auth_methods_supported: ["client_secret_post", "client_secret_basic"],
    }),
  });
  const token = lab.asServer.routes["POST /token"];
  assert.ok(typeof token === "function");
  const method = options.clients?.[0]?.authMethod;
  const refusal = (status: number, error: string, error_description: string) => ({
    status,
    body: { error, error_description },
  });
  lab.asServer.routes["POST /token"] = (request, raw) => {
    const form = formOf(request);
    if (!form.has("client_id")) return refusal(401, "invalid_client", "Missing client_id");
    if (method === "client_secret_basic" && headerOf(request, "authorization") === undefined) {
      const words = "Missing or invalid Basic authentication in Authorization header";
      return refusal(401, "invalid_client", words);
    }
    return method === "client_secret_post" && !form.has("client_secret")
      ? refusal(401, "invalid_client", "Client secret is required")
      : token(request, raw);
  };
  lab.asServer.routes["POST /revoke"] = (request, raw) => {
    const form = formOf(request);
    if (!form.has("client_id")) return refusal(401, "unauthorized_client", "Missing client_id");
    const secret = form.get("client_secret");
    if (secret === null) return refusal(400, "invalid_request", "client_secret: Field required");
    if (secret === "") form.delete("client_secret");
    return token({ ...request, body: form.toString() }, raw);
  };
  return lab;
}

Deno.test("where client_id and client_secret have to be in the form, a default login does everything", async () => {
  await using lab = await startFormServer();
  await using home = await openHome();
  await home.signIn(lab);
  await home.expire(lab);
  assert.equal((await home.run(["oauth", "token", "--url", lab.mcpUrl])).status, 0);
  const out = await home.run(["oauth", "logout", "--url", lab.mcpUrl, "--format", "json"]);
  assert.match(out.stdout, REVOKED);
  const all = ["token post", "token post", "revoke post", "revoke post"];
  assert.deepEqual(authentications(lab.requests), all);
});

Deno.test("Basic where client_id has to be in the form: it is added after the refusal, and stored", async () => {
  await using lab = await startFormServer();
  await using home = await openHome();
  await home.signIn(lab, "--token-auth-method", "client_secret_basic");
  await home.expire(lab);
  assert.equal((await home.run(["oauth", "token", "--url", lab.mcpUrl])).status, 0);
  const all = ["token basic", "token basic with client_id", "token basic with client_id"];
  assert.deepEqual(authentications(lab.requests), all);
  lab.requests.length = 0;
  const out = await home.run(["oauth", "logout", "--url", lab.mcpUrl, "--format", "json"]);
  assert.match(out.stdout, REVOKED);
  const way = "revoke basic with client_id";
  const revoked = [way, `${way} with an empty secret`, `${way} with an empty secret`];
  assert.deepEqual(authentications(lab.requests), revoked);
});

Deno.test("a public client where a revocation has to have client_secret: an empty one revokes", async () => {
  await using lab = await startFormServer({ clients: [{ clientId: "by-hand" }] });
  await using home = await openHome();
  await home.signIn(lab, "--client-id", "by-hand");
  lab.requests.length = 0;
  const out = await home.run(["oauth", "logout", "--url", lab.mcpUrl, "--format", "json"]);
  assert.match(out.stdout, REVOKED);
  const way = "revoke none";
  const revoked = [way, `${way} with an empty secret`, `${way} with an empty secret`];
  assert.deepEqual(authentications(lab.requests), revoked);
});

for (const authMethod of ["client_secret_basic", "client_secret_post"] as const) {
  const clients = [{ clientId: "own", clientSecret: SECRET, authMethod }];

  Deno.test(`a given client of ${authMethod} does everything where client_id has to be in the form`, async () => {
    await using lab = await startFormServer({ clients });
    await using home = await openHome();
    const login = await home.signIn(lab, ...await secretOptions(home, lab));
    const [, way = ""] = authMethod.split("client_secret_");
    const accepted = way === "post" ? way : `${way} with client_id`;
    const refused = ["token basic", ...way === "post" ? ["token basic with client_id"] : []];
    assert.deepEqual(authentications(lab.requests), [...refused, `token ${accepted}`]);
    const { findings } = jsonOf(login);
    const found = findings.find((it: { code: string }) => it.code === "client_auth_method_refused");
    const said = way === "post" ? /accepted client_secret_post/ : /only with client_id in the form/;
    assert.match(found.message, said);

    lab.requests.length = 0;
    await home.expire(lab);
    assert.equal((await home.run(["oauth", "token", "--url", lab.mcpUrl])).status, 0);
    const out = await home.run(["oauth", "logout", "--url", lab.mcpUrl, "--format", "json"]);
    assert.match(out.stdout, REVOKED);
    const [token, revoke, ...more] = authentications(lab.requests);
    assert.deepEqual([token, revoke], [`token ${accepted}`, `revoke ${accepted}`]);
    const last = way === "post" ? `revoke ${accepted}` : `revoke ${accepted} with an empty secret`;
    assert.equal(more.at(-1), last);
  });

  Deno.test(`a wrong secret of a client of ${authMethod}: the refusal of the complete form is shown`, async () => {
    await using lab = await startFormServer({ clients });
    await using home = await openHome();
    const path = `${home.path}/wrong`;
    await Deno.writeTextFile(path, "wr0ng-wr0ng", { mode: 0o600 });
    const client = ["--client-id", "own", "--client-secret-file", path];
    const ran = await home.run([
      ...["oauth", "login", "--auth-mode", "headless", "--format", "json", "--url", lab.mcpUrl],
      ...client,
    ]);
    assert.equal(ran.status, 1, ran.stdout);
    assert.doesNotMatch(jsonOf(ran).error.message, /Missing client_id/);
    assert.ok(authentications(lab.requests).length <= 3);
  });
}

/** A server that requires the URL of the endpoint as the audience of assertions, as Okta does. */
async function startOlderServer(refusal: Answer, options: FakeLabOptions = {}) {
  const client = { clientId: "own", clientSecret: SECRET, authMethod: "client_secret_post" };
  const lab = await startFakeLab({ ...options, clients: [client as never] });
  const audiences: unknown[] = [];
  const handler = lab.asServer.routes["POST /token"];
  assert.ok(typeof handler === "function");
  lab.asServer.routes["POST /token"] = (request, ...rest) => {
    const form = formOf(request);
    const { aud } = decodeJwt(form.get("client_assertion") ?? "");
    audiences.push(aud);
    if (aud !== `${lab.issuer}/token`) return refusal;
    form.delete("client_assertion");
    form.set("client_secret", SECRET);
    return handler({ ...request, body: form.toString() }, ...rest);
  };
  return { lab, audiences };
}

const AUDIENCE_REFUSALS: readonly Answer[] = [
  { status: 401, body: { error: "invalid_client", error_description: "wrong audience" } },
  { status: 403 },
];

for (const refusal of AUDIENCE_REFUSALS) {
  Deno.test(`an assertion for the issuer that gets ${refusal.status}: once more, for the endpoint`, async () => {
    const { lab, audiences } = await startOlderServer(refusal);
    await using _lab = lab;
    await using home = await openHome();
    const method = ["--token-auth-method", "client_secret_jwt"];
    const ran = await home.signIn(lab, ...await secretOptions(home, lab), ...method);
    const [finding] = jsonOf(ran).findings;
    assert.deepEqual([finding.code, finding.severity], ["client_auth_method_refused", "info"]);
    const endpoint = `${lab.issuer}/token`;
    assert.deepEqual(audiences, [lab.issuer, endpoint]);
    await home.run(["oauth", "refresh", "--url", lab.mcpUrl]);
    // It takes revocations too.
    const out = await home.run(["oauth", "logout", "--url", lab.mcpUrl, "--format", "json"]);
    assert.match(out.stdout, REVOKED);
    assert.deepEqual(audiences.slice(2), [endpoint, endpoint, endpoint]);
  });
}

Deno.test("an assertion is for no endpoint at another origin than the issuer", async () => {
  const { lab: honest, audiences } = await startOlderServer({ status: 401 });
  await using _honest = honest;
  const { lab } = await startOlderServer({ status: 401 }, {
    metadata: (document) => ({ ...document, token_endpoint: `${honest.issuer}/token` }),
  });
  await using _lab = lab;
  await using home = await openHome();
  const method = ["--token-auth-method", "client_secret_jwt"];
  const ran = await home.run([
    ...["oauth", "login", "--url", lab.mcpUrl, "--auth-mode", "headless"],
    ...[...await secretOptions(home, lab), ...method],
  ]);
  assert.equal(ran.status, 1);
  assert.deepEqual(audiences, [lab.issuer]);
});
