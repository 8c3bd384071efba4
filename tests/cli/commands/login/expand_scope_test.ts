import assert from "node:assert/strict";
import { startFakeLab } from "../../../lab/fake_lab.ts";
import { type RecordedRequest, sequence } from "../../../lab/journal.ts";
import { type LabOptions, startLab } from "../../../lab/shapes.ts";
import { consume, makeHome, signIn } from "../../token_commands.ts";
import { openHome } from "../../real_run.ts";

/** A server whose first challenge names less scope than a tool needs: it gets into the registration. */
const BOUND: LabOptions = { protection: { challenge: { scope: "mcp:read" } } };
const UNMANAGED: LabOptions = { ...BOUND, as: { registration: { management: false } } };

function registrations(requests: readonly RecordedRequest[]): string[] {
  return sequence([...requests]).filter((line) => / \/reg/.test(line))
    .map((line) => line.replace(/\/reg\/.*/, "/reg/<id>"));
}

Deno.test("a step-up beyond the scope of a kept registration changes the registration", async () => {
  await using home = await makeHome();
  await using lab = await startLab(BOUND);
  const before = await signIn(lab.mcpUrl);
  assert.equal(before.client.registeredScope, "mcp:read offline_access");
  await home.keep(before);
  lab.requests.length = 0;
  const ran = await consume(
    ["tools", "call", "--url", lab.mcpUrl, "--tool-name", "write-thing", "--format", "json"],
    { env: home.env, terminal: true },
  );
  assert.equal(ran.status, 0, ran.stderr);
  assert.deepEqual(registrations(lab.requests), ["as GET /reg/<id>", "as PUT /reg/<id>"]);
  const after = await home.kept(lab.mcpUrl);
  assert.equal(after?.client.clientId, before.client.clientId);
  assert.match(after?.client.registeredScope ?? "", /mcp:read .*mcp:write/);
  assert.equal(after?.client.registrationToken === before.client.registrationToken, false);
  assert.match(after?.grantedScope ?? "", /mcp:write/);
});

Deno.test("where registrations cannot be changed, one other client is registered and takes the place", async () => {
  await using home = await makeHome();
  await using lab = await startLab(UNMANAGED);
  const before = await signIn(lab.mcpUrl);
  await home.keep(before);
  lab.requests.length = 0;
  const call = ["tools", "call", "--url", lab.mcpUrl, "--tool-name", "write-thing"];
  const ran = await consume([...call, "--format", "json"], { env: home.env, terminal: true });
  assert.equal(ran.status, 0, ran.stderr);
  const made = registrations(lab.requests);
  assert.deepEqual(made, ["as GET /reg/<id>", "as PUT /reg/<id>", "as POST /reg"]);
  const after = await home.kept(lab.mcpUrl);
  assert.notEqual(after?.client.clientId, before.client.clientId);
  assert.match(after?.client.registeredScope ?? "", /mcp:write/);
  // The entry of the old client is gone, and the next call needs nobody.
  const { length } = lab.requests;
  const again = await consume([...call, "--format", "json"], { env: home.env });
  assert.equal(again.status, 0, again.stderr);
  assert.ok(lab.requests.slice(length).every((request) => request.path === "/mcp"));
  const status = await consume(["oauth", "status", "--format", "json"], { env: home.env });
  assert.equal(JSON.parse(status.stdout).entries.length, 1);
});

for (
  const [name, options, made] of [
    ["changes its registration", BOUND, ["as POST /reg", "as GET /reg/<id>", "as PUT /reg/<id>"]],
    ["registers once more", UNMANAGED, [
      ...["as POST /reg", "as GET /reg/<id>", "as PUT /reg/<id>"],
      "as POST /reg",
    ]],
  ] as const
) {
  Deno.test(`a login whose verification needs more scope ${name}, and says so`, async () => {
    await using lab = await startLab(options);
    await using home = await openHome();
    const ran = await home.signIn(lab, "--verify-call-tool", "write-thing");
    const { findings, verification } = JSON.parse(ran.stdout);
    assert.equal(verification.callTool.passed, true);
    assert.deepEqual(registrations(lab.requests), made);
    const said = findings.filter((it: { code: string }) => it.code === "registration_widened");
    assert.equal(said.length, 1);
    assert.match(
      said[0].message,
      /registered for "mcp:read offline_access", but "mcp:read .*mcp:write"/,
    );
  });
}

Deno.test("another login for more scope widens the kept registration, whose new token is kept", async () => {
  await using lab = await startLab(BOUND);
  await using home = await openHome();
  await home.signIn(lab);
  const [first] = await home.store.find(lab.mcpUrl);
  const ran = await home.signIn(lab, "--scopes", "mcp:read mcp:admin");
  const { steps }: { steps: { step: string; status: string; detail?: string }[] } = JSON.parse(
    ran.stdout,
  );
  assert.deepEqual(steps.filter(({ status }) => status !== "done"), []);
  const [refused, ...repeated] = steps.filter(({ step }) => step === "authorization");
  assert.match(
    refused?.detail ?? "",
    /"invalid_scope".*; repeated after a change of the registration$/,
  );
  assert.deepEqual(repeated.map(({ detail }) => detail), ["scope mcp:read mcp:admin"]);
  const [second, ...others] = await home.store.find(lab.mcpUrl);
  assert.deepEqual([second?.client.clientId, others], [first?.client.clientId, []]);
  const shown = await home.run(["oauth", "client", "show", "--url", lab.mcpUrl]);
  assert.equal(shown.status, 0, shown.stderr);
  assert.match(JSON.parse(shown.stdout).metadata.scope, /mcp:read .*mcp:admin/);
});

Deno.test("a registration that cannot be changed: the step has failed, and no repetition is claimed", async () => {
  let registrations = 0;
  await using lab = await startFakeLab({
    scopes: ["mcp:read", "mcp:admin"],
    challenge: { scope: "mcp:read" },
    registrationResponse: (answer) =>
      registrations++ === 0 ? answer : { status: 403, body: { error: "access_denied" } },
    authorizationResponse: (parameters, request) => {
      if (!request.query.get("scope")?.includes("mcp:admin")) return parameters;
      const { state = "", iss = "" } = parameters;
      return { error: "invalid_scope", state, iss };
    },
  });
  await using home = await openHome();
  await home.signIn(lab);
  const ran = await home.run([
    ...["login", "--url", lab.mcpUrl, "--auth-mode", "headless", "--format", "json"],
    ...["--scopes", "mcp:read mcp:admin"],
  ]);
  assert.equal(ran.status, 1);
  const { steps, error }: {
    steps: { step: string; status: string; detail?: string }[];
    error: { message: string };
  } = JSON.parse(ran.stdout);
  assert.match(error.message, /"invalid_scope"/);
  const [step, ...more] = steps.filter(({ step }) => step === "authorization");
  assert.deepEqual([step?.status, more], ["failed", []]);
  assert.doesNotMatch(step?.detail ?? "", /repeated/);
});

Deno.test("a registration token that is replaced on the way is kept, also when the login then fails", async () => {
  await using lab = await startFakeLab({
    scopes: ["mcp:read", "mcp:admin"],
    challenge: { scope: "mcp:read" },
    registrationResponse: ({ status, body }) => ({
      status,
      body: {
        ...body,
        registration_access_token: "first-registration-token",
        registration_client_uri: `${lab.issuer}/manage`,
      },
    }),
    authorizationResponse: (parameters, request) => {
      if (!request.query.get("scope")?.includes("mcp:admin")) return parameters;
      const { state = "", iss = "" } = parameters;
      return { error: "invalid_scope", state, iss };
    },
  });
  lab.asServer.routes["/manage"] = () => ({
    body: {
      client_id: lab.as.clients.registered[0],
      scope: "mcp:read mcp:admin",
      registration_access_token: "second-registration-token",
    },
  });
  await using home = await openHome();
  await home.signIn(lab);
  const [summary] = await home.store.find(lab.mcpUrl);
  const ran = await home.run([
    ...["login", "--url", lab.mcpUrl, "--auth-mode", "headless", "--format", "json"],
    ...["--scopes", "mcp:read mcp:admin"],
  ]);
  assert.equal(ran.status, 1);
  assert.match(JSON.parse(ran.stdout).error.message, /invalid_scope/);
  const entry = await home.store.read(summary?.key ?? "");
  assert.equal(entry?.client.registrationToken, "second-registration-token");
  assert.equal(entry?.client.registeredScope, "mcp:read mcp:admin");
  assert.ok(entry?.tokens?.accessToken);
  assert.deepEqual(registrations(lab.requests), ["as POST /register"]);
});

Deno.test("a grant without the scope, from a registration without it: widened before the limit", async () => {
  const scopes = new Map<string, string>();
  const granted = new Map<string, string[]>();
  await using lab = await startFakeLab({
    scopes: ["mcp:read", "mcp:write"],
    challenge: { scope: "mcp:read" },
    registrationResponse: ({ status, body }) => {
      scopes.set(String(body["client_id"]), String(body["scope"]));
      return { status, body };
    },
    token: ({ status, body }, form) => {
      const allowed = scopes.get(form.get("client_id") ?? "")?.split(" ") ?? [];
      const kept = String(body["scope"]).split(" ").filter((it) => allowed.includes(it));
      granted.set(String(body["access_token"]), kept);
      return { status, body: { ...body, scope: kept.join(" ") } };
    },
    protection: {
      verify: (token) => {
        const kept = granted.get(token);
        return kept === undefined ? "unknown" : { scopes: kept };
      },
    },
  });
  await using home = await openHome();
  const ran = await home.signIn(lab, "--verify-call-tool", "write-thing");
  const { findings, credentials } = JSON.parse(ran.stdout);
  const codes = findings.map((it: { code: string }) => it.code);
  assert.ok(codes.includes("registration_widened"), ran.stdout);
  assert.equal(lab.as.clients.registered.length, 2);
  assert.equal(credentials.clientId, lab.as.clients.registered[1]);
});

Deno.test("where no registration is open, the refusal stands", async () => {
  let closed = false;
  await using lab = await startFakeLab({
    scopes: ["mcp:read", "mcp:write"],
    challenge: { scope: "mcp:read" },
    registrationResponse: (answer) => closed ? { status: 403 } : answer,
    authorizationResponse: (parameters, request) => {
      if (!request.query.get("scope")?.includes("mcp:write")) return parameters;
      closed = true;
      const { state = "", iss = "" } = parameters;
      return { error: "invalid_scope", state, iss };
    },
  });
  await using home = await openHome();
  const ran = await home.run([
    ...["login", "--url", lab.mcpUrl, "--auth-mode", "headless", "--format", "json"],
    ...["--verify-call-tool", "write-thing"],
  ]);
  assert.equal(ran.status, 1);
  assert.match(ran.stdout, /invalid_scope/);
  const posts = sequence(lab.requests).filter((line) => line === "as POST /register");
  assert.equal(posts.length, 2);
  const asked = lab.requests.filter((request) => request.path === "/authorize");
  assert.equal(asked.length, 2);
});

Deno.test("a step-up sends the parameters and the flags of the login again", async () => {
  await using lab = await startLab(BOUND);
  await using home = await openHome();
  await home.signIn(
    lab,
    "--authorize-param",
    "ui_locales=no",
    "--authorize-param",
    "login_hint=ann",
  );
  const [summary] = await home.store.find(lab.mcpUrl);
  const entry = summary && await home.store.read(summary.key);
  assert.ok(entry);
  await home.store.write({ ...entry, authMode: "interactive" });
  lab.requests.length = 0;
  const ran = await consume(
    ["tools", "call", "--url", lab.mcpUrl, "--tool-name", "write-thing", "--format", "json"],
    { env: { MCPASS_HOME: home.path, MCPASS_STORE: "file" }, terminal: true },
  );
  assert.equal(ran.status, 0, ran.stderr);
  const asked = lab.requests.find(({ path }) => path === "/auth");
  assert.equal(asked?.query.get("ui_locales"), "no");
  assert.equal(asked?.query.get("login_hint"), "ann");
  assert.match(asked?.query.get("scope") ?? "", /mcp:write/);
  const [after] = await home.store.find(lab.mcpUrl);
  assert.deepEqual(after?.loginFlags?.["authorizeParam"], ["ui_locales=no", "login_hint=ann"]);
});
