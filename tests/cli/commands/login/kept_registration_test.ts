import assert from "node:assert/strict";
import type { FakeLab, FakeLabOptions } from "../../../lab/fake_lab.ts";
import { startFakeLab } from "../../../lab/fake_lab.ts";
import { headerOf, type RecordedRequest } from "../../../lab/journal.ts";
import { type Home, openHome } from "../../real_run.ts";
import type { Ran } from "../../fake_runtime.ts";

const registrations = ({ requests }: FakeLab) =>
  requests.filter(({ method, path }) => method === "POST" && path === "/register").length;

function login(home: Home, { mcpUrl }: FakeLab, ...args: string[]): Promise<Ran> {
  const mode = args.includes("--auth-mode") ? [] : ["--auth-mode", "headless"];
  return home.run(["oauth", "login", "--format", "json", "--url", mcpUrl, ...mode, ...args]);
}

const denied: FakeLabOptions["authorizationResponse"] = ({ state = "", iss = "" }) => ({
  error: "invalid_target",
  state,
  iss,
});

/** Supabase Auth refuses resource in a page of its own. */
const REFUSED_PAGE = {
  status: 400,
  body: { code: 400, msg: "authorization request cannot be processed" },
};

const FAILURES: readonly (readonly [name: string, options: FakeLabOptions])[] = [
  ["the authorization", { authorizationResponse: denied }],
  ["the authorization, with a page", { authorizationResponse: () => ({ answer: REFUSED_PAGE }) }],
  ["the authorization, busy", { authorizationResponse: () => ({ answer: { status: 503 } }) }],
  ["the token request", { token: () => ({ status: 400, body: { error: "invalid_target" } }) }],
  ["the token endpoint's server", { token: () => ({ status: 503, body: "down" }) }],
];

for (const [name, options] of FAILURES) {
  Deno.test(`three logins that fail at ${name} register one client`, async () => {
    await using lab = await startFakeLab(options);
    await using home = await openHome();
    for (let attempt = 0; attempt < 3; attempt += 1) {
      assert.equal((await login(home, lab)).status, 1);
    }
    assert.equal(registrations(lab), 1);
  });
}

Deno.test("so do logins of a person, whose request is checked before the browser is opened", async () => {
  await using lab = await startFakeLab({ authorizationResponse: denied });
  await using home = await openHome();
  for (let attempt = 0; attempt < 3; attempt += 1) {
    const ran = await login(home, lab, "--auth-mode", "interactive", "--print-url");
    assert.equal(ran.status, 1);
    assert.match(ran.stdout, /authorization_request_rejected/);
  }
  assert.equal(registrations(lab), 1);
});

Deno.test("a sign-in that a busy server refuses keeps its client", async () => {
  let busy = false;
  await using lab = await startFakeLab({
    authorizationResponse: (parameters) => busy ? { answer: { status: 503 } } : parameters,
  });
  await using home = await openHome();
  assert.equal((await login(home, lab)).status, 0);
  busy = true;
  assert.equal((await login(home, lab)).status, 1);
  assert.equal(registrations(lab), 1);
});

/** Outside the range of which the system takes ports. */
const FIXED_PORT = ["--redirect-url", "http://127.0.0.1:17907/callback"];

const REFUSED_SCOPE = {
  status: 400,
  body: { error: "invalid_scope", error_description: "unknown scope" },
};

for (const [mode, flag] of [["headless", "--verbose"], ["interactive", "--print-url"]] as const) {
  Deno.test(`a ${mode} login whose scope is refused without a redirect keeps the client`, async () => {
    let refuses = false;
    await using lab = await startFakeLab({
      authorizationResponse: (parameters) => refuses ? { answer: REFUSED_SCOPE } : parameters,
    });
    await using home = await openHome();
    assert.equal((await login(home, lab, ...FIXED_PORT)).status, 0);
    refuses = true;
    const ran = await login(home, lab, "--auth-mode", mode, flag, ...FIXED_PORT);
    assert.equal(ran.status, 1);
    const { error, findings } = JSON.parse(ran.stdout);
    assert.match(error.message, /HTTP 400; the server says "invalid_scope: unknown scope"/);
    assert.match(error.remedy, /--scopes '<a b>'/);
    assert.doesNotMatch(error.remedy, /--resource none/);
    assert.doesNotMatch(JSON.stringify(findings), /registration_renewed/);
    assert.equal(registrations(lab), 1);
  });
}

Deno.test("a client that the server does not know without a redirect: compare it", async () => {
  await using lab = await startFakeLab({
    authorizationResponse: () => ({ answer: { status: 401, body: { error: "invalid_client" } } }),
  });
  await using home = await openHome();
  const { error } = JSON.parse((await login(home, lab)).stdout);
  assert.match(error.remedy, /Compare the client ID .*--client-id '<id>'/s);
});

/** A lab whose authorization server denies access while `fails` says so. */
const startDenying = (fails: () => boolean) =>
  startFakeLab({
    authorizationResponse: (parameters, request) =>
      fails() ? denied?.(parameters, request) ?? parameters : parameters,
  });

Deno.test("a login that succeeds after failed ones uses their client, and replaces it", async () => {
  let fails = true;
  await using lab = await startDenying(() => fails);
  await using home = await openHome();
  assert.equal((await login(home, lab)).status, 1);
  fails = false;
  assert.equal((await login(home, lab)).status, 0);
  assert.equal(registrations(lab), 1);
  const { entries } = await home.store.list();
  assert.deepEqual(entries.map(({ registeredOnly }) => registeredOnly), [undefined]);
});

Deno.test("a failed login with another redirect URI registers once, and the sign-in is still used", async () => {
  let fails = false;
  await using lab = await startDenying(() => fails);
  await using home = await openHome();
  assert.equal((await login(home, lab)).status, 0);
  fails = true;
  for (let attempt = 0; attempt < 3; attempt += 1) {
    const ran = await login(home, lab, "--redirect-url", "http://127.0.0.1:33418/other");
    assert.equal(ran.status, 1);
  }
  assert.equal(registrations(lab), 2);
  assert.equal((await home.run(["oauth", "token", "--url", lab.mcpUrl])).status, 0);
});

Deno.test("a failed login that gets the client of the sign-in again does not end it", async () => {
  let fails = false;
  await using lab = await startFakeLab({
    // One client for everybody, as gateways in front of other products have it.
    registrationResponse: ({ body, ...answer }) => ({
      ...answer,
      body: { ...body, client_id: "all" },
    }),
    clients: [{
      clientId: "all",
      redirectUris: ["http://127.0.0.1:33418/one", "http://127.0.0.1:33418/other"],
    }],
    authorizationResponse: (parameters, request) =>
      fails ? denied?.(parameters, request) ?? parameters : parameters,
  });
  await using home = await openHome();
  const first = await login(home, lab, "--redirect-url", "http://127.0.0.1:33418/one");
  assert.equal(first.status, 0, first.stderr);
  fails = true;
  const ran = await login(home, lab, "--redirect-url", "http://127.0.0.1:33418/other");
  assert.equal(ran.status, 1);
  const token = await home.run(["oauth", "token", "--url", lab.mcpUrl]);
  assert.equal(token.status, 0, token.stderr);
});

Deno.test("a client without sign-in is not a sign-in: exit 4, status says so, logout removes it", async () => {
  await using lab = await startFakeLab({ authorizationResponse: denied });
  await using home = await openHome();
  await login(home, lab, "--client-name", "Named App");
  const at = ["--url", lab.mcpUrl];
  for (const command of [["oauth", "token"], ["oauth", "refresh"], ["tools", "list"]]) {
    const ran = await home.run(
      [...command, ...at, "--format", "human"].filter((it, at, all) =>
        command[1] !== "token" || at < all.length - 2 || !["--format", "human"].includes(it)
      ),
    );
    assert.equal(ran.status, 4, command.join(" ") + ran.stderr);
  }
  const token = await home.run(["oauth", "token", ...at]);
  assert.match(token.stderr, /only the registered client\s+is stored/);
  const status = await home.run(["oauth", "status", ...at, "--format", "json"]);
  const { completed, entries: [entry] } = JSON.parse(status.stdout);
  assert.deepEqual([status.status, completed], [4, false]);
  assert.deepEqual([entry.registeredOnly, entry.state, entry.renewable], [true, "gone", false]);
  const text = await home.run(["oauth", "status", ...at, "--format", "human"]);
  assert.match(text.stdout, /^✗ not signed in to \S+: only the client is registered\n/);
  assert.match(text.stdout, /^Sign in:$/m);
  const table = await home.run(["oauth", "status", "--format", "human"]);
  assert.match(table.stdout, /not\s+signed\s+in/);
  for (const { stdout } of [text, table]) {
    assert.doesNotMatch(stdout, /expires|refreshable|no token|again/i);
  }
  const offered = await home.run(["tools", "list"], { terminal: true, answers: [lab.mcpUrl] });
  assert.deepEqual(offered.hints, ["client registered, not signed in"]);
  const doctor = await home.run(["server", "doctor", ...at, "--format", "json"]);
  assert.equal(JSON.parse(doctor.stdout).status, "sign_in_needed");
  const out = await home.run(["oauth", "logout", ...at, "--format", "human"]);
  assert.match(out.stdout, /^✓ was not signed in to .*stored\s+client\s+deleted$/ms);
  assert.equal(out.status, 0, out.stderr);
  assert.deepEqual((await home.store.list()).entries, []);
});

Deno.test("--no-store keeps no registration", async () => {
  await using lab = await startFakeLab({ authorizationResponse: denied });
  await using home = await openHome();
  await login(home, lab, "--no-store");
  assert.deepEqual((await home.store.list()).entries, []);
});

/** Registers and authenticates by Basic, and lists only a method of its own. */
function unlisted(document: Record<string, unknown>): Record<string, unknown> {
  return { ...document, token_endpoint_auth_methods_supported: ["vendor_handshake"] };
}

Deno.test("a client whose working method is not listed is used again, and not registered again", async () => {
  await using lab = await startFakeLab({ metadata: unlisted });
  await using home = await openHome();
  for (let attempt = 0; attempt < 2; attempt += 1) {
    const ran = await login(home, lab);
    assert.equal(ran.status, 0, ran.stdout);
  }
  assert.equal(registrations(lab), 1);
  const basic = ({ path, headers }: RecordedRequest) =>
    path === "/token" && headerOf({ headers }, "authorization") !== undefined;
  assert.equal(lab.requests.filter(basic).length, 0);
});

/** A lab that forgot its clients, and says so on a page with status 200. */
async function startForgetfulLab(): Promise<{ lab: FakeLab; forget: () => void }> {
  const lab = await startFakeLab();
  const { routes } = lab.asServer;
  const [name = "", authorize] = Object.entries(routes).find(([key]) => /^GET .*auth/.test(key)) ??
    [];
  assert.ok(typeof authorize === "function");
  const page = "<!doctype html><title>Error</title><h1>This app is not known here</h1>";
  routes[name] = (request, raw) =>
    lab.as.clients.find(request.query.get("client_id") ?? "") === undefined
      ? { status: 200, headers: [["content-type", "text/html"]], body: page }
      : authorize(request, raw);
  return {
    lab,
    forget: () => lab.as.clients.registered.forEach((id) => lab.as.clients.forget(id)),
  };
}

const MODES = { headless: "page_needs_person", interactive: "consent_timeout" };

for (const [mode, code] of Object.entries(MODES)) {
  Deno.test(`a page for a forgotten client (${mode}): the message leads to another client`, async () => {
    const { lab, forget } = await startForgetfulLab();
    await using _lab = lab;
    await using home = await openHome();
    assert.equal((await login(home, lab, "--account", "work", ...FIXED_PORT)).status, 0);
    forget();
    const ran = await home.run([
      ...["oauth", "login", "--format", "json", "--url", lab.mcpUrl, "--account", "work"],
      ...["--auth-mode", mode, ...FIXED_PORT],
      ...mode === "headless" ? [] : ["--print-url", "--consent-timeout", "300"],
    ]);
    const { error } = JSON.parse(ran.stdout.slice(ran.stdout.indexOf("{\n")));
    assert.equal(error.code, code);
    const line = /\n {2}mcpass (logout \S+ --account work)/.exec(error.remedy)?.[1];
    assert.ok(line, error.remedy);
    // The server knows the tokens as little as the client, so nothing can be revoked.
    await home.run(line.split(" "));
    assert.deepEqual((await home.store.list()).entries, []);
    assert.equal((await login(home, lab, "--account", "work")).status, 0);
    assert.equal(registrations(lab), 2);
  });
}

Deno.test("a client that is new has no such advice: nothing is stored that could be old", async () => {
  const { lab } = await startForgetfulLab();
  await using _lab = lab;
  await using home = await openHome();
  const ran = await home.run([
    ...["oauth", "login", "--auth-mode", "interactive", "--print-url", "--format", "json"],
    ...["--consent-timeout", "300", "--url", lab.mcpUrl],
  ]);
  assert.doesNotMatch(ran.stdout, /oauth logout/);
});

Deno.test("a page without an answer, when no scope was requested: the login with scopes", async () => {
  const { lab } = await startForgetfulLab();
  await using _lab = lab;
  await using home = await openHome();
  const wait = ["--auth-mode", "interactive", "--print-url", "--consent-timeout", "300"];
  const remedyOf = (stdout: string) => JSON.parse(stdout.slice(stdout.indexOf("{\n"))).error.remedy;
  const asked = await login(home, lab, ...wait, "--scopes", "mcp:read");
  assert.doesNotMatch(remedyOf(asked.stdout), /requires one/);
  const unasked = await login(home, lab, ...wait);
  assert.match(
    remedyOf(unasked.stdout),
    /requires a scope, request one:\n {2}mcpass .*--scopes 'mcp:read /,
  );
});

for (const error of ["access_denied", "invalid_scope"]) {
  Deno.test(`so does ${error}, as oidc-provider sends it if no scope was granted`, async () => {
    await using lab = await startFakeLab({
      authorizationResponse: ({ state = "", iss = "" }) => ({ error, state, iss }),
    });
    await using home = await openHome();
    const { error: { remedy } } = JSON.parse((await login(home, lab)).stdout);
    assert.match(remedy, /requires a scope, request one:\n {2}mcpass .*--scopes 'mcp:read /);
  });
}

for (
  const [name, body, status] of [
    ["a text", "unknown client", 401],
    ["FastAPI's detail", { detail: "Client not found" }, 401],
    ["a description", { error: "invalid_request", error_description: "unknown client_id" }, 400],
  ] as const
) {
  Deno.test(`a client that the token endpoint forgot, in ${name}: mcpass registers another one`, async () => {
    let forgotten = "";
    await using lab = await startFakeLab({
      token: (answer, form) => form.get("client_id") === forgotten ? { status, body } : answer,
    });
    await using home = await openHome();
    assert.equal((await login(home, lab)).status, 0);
    forgotten = lab.as.clients.registered[0] ?? "";
    const ran = await login(home, lab);
    assert.equal(ran.status, 0, ran.stdout);
    assert.match(ran.stdout, /"registration_renewed"/);
    assert.equal(registrations(lab), 2);
  });

  Deno.test(`the same at a refresh: exit 4, with the command that registers another one`, async () => {
    let forgotten = "";
    await using lab = await startFakeLab({
      token: (answer, form) => form.get("client_id") === forgotten ? { status, body } : answer,
    });
    await using home = await openHome();
    assert.equal((await login(home, lab)).status, 0);
    forgotten = lab.as.clients.registered[0] ?? "";
    await home.expire(lab);
    const token = await home.run(["oauth", "token", "--url", lab.mcpUrl]);
    assert.equal(token.status, 4, token.stderr);
    assert.match(token.stderr, /mcpass login http/);
    assert.equal((await login(home, lab)).status, 0);
  });
}

const SCOPES = ["mcp:read", "mcp:write"];

Deno.test("a server that registers no client without a scope: the scopes of its metadata are registered", async () => {
  await using lab = await startFakeLab({
    scopes: SCOPES,
    prm: {},
    registrationResponse: (answer, { body }) =>
      JSON.parse(body).scope === undefined
        ? {
          status: 400,
          body: {
            error: "invalid_client_metadata",
            error_description: "Only mcp:read and mcp:write scopes are supported.",
          },
        }
        : answer,
  });
  await using home = await openHome();
  const ran = await login(home, lab);
  assert.equal(ran.status, 0, ran.stdout);
  assert.match(ran.stdout, /"registration_scope_required"/);
  const sent = lab.requests.filter(({ path }) => path === "/register")
    .map(({ body }) => JSON.parse(body).scope);
  assert.deepEqual(sent, [undefined, SCOPES.join(" ")]);
});
