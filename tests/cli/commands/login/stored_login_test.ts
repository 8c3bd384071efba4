import assert from "node:assert/strict";
import { startFakeLab } from "../../../lab/fake_lab.ts";
import { formOf, sequence } from "../../../lab/journal.ts";
import { flat, openHome } from "../../real_run.ts";
import type { Replacements } from "../../fake_runtime.ts";

const REGISTRATIONS = /^as POST \/register/;

Deno.test("a login keeps its sign-in, says where, and names the next command", async () => {
  await using lab = await startFakeLab();
  await using home = await openHome();
  const human = await home.run([
    ...["login", "--auth-mode", "headless", "--url", lab.mcpUrl, "--account", "work"],
    ...["--format", "human"],
  ]);
  assert.equal(human.status, 0);
  assert.match(
    flat(human.stderr),
    /stored as localhost-\d+-work, account "work", in \/.*\.json, readable only by you/,
  );
  assert.match(human.stdout, /mcpass tools list localhost-\d+-work\n/);
  const [entry] = await home.store.find(lab.mcpUrl);
  assert.equal(entry?.account, "work");
  assert.equal(entry?.issuer, lab.issuer);
  assert.equal(entry?.endpoints.token, `${lab.issuer}/token`);
  assert.notEqual(entry?.protocolVersion, "auto");
});

Deno.test("after a verification the next command is token", async () => {
  await using lab = await startFakeLab();
  await using home = await openHome();
  const ran = await home.run([
    ...["login", "--auth-mode", "headless", "--url", lab.mcpUrl, "--verify-tools"],
    ...["--format", "human"],
  ]);
  assert.match(ran.stdout, new RegExp(`mcpass token localhost-${new URL(lab.mcpUrl).port}\n`));
});

for (
  const [flag, variable] of [["--no-store", {}], ["--quiet", { MCPASS_STORE: "none" }]] as const
) {
  Deno.test(`nothing is kept with ${flag} ${JSON.stringify(variable)}`, async () => {
    await using lab = await startFakeLab();
    await using home = await openHome();
    await home.run([
      ...["login", "--auth-mode", "headless", "--url", lab.mcpUrl, flag],
    ], { env: variable });
    assert.deepEqual(await Array.fromAsync(Deno.readDir(home.path)), []);
  });
}

Deno.test("a login that fails its verification is still stored", async () => {
  await using lab = await startFakeLab();
  await using home = await openHome();
  const ran = await home.run([
    ...["login", "--auth-mode", "headless", "--url", lab.mcpUrl, "--verify-call-tool", "absent"],
  ]);
  assert.equal(ran.status, 1);
  assert.equal((await home.store.find(lab.mcpUrl)).length, 1);
});

Deno.test("step-up keeps the newest tokens and the scopes of the last authorization", async () => {
  await using lab = await startFakeLab({
    scopes: ["mcp:read", "mcp:write"],
    challenge: { scope: "mcp:read" },
  });
  await using home = await openHome();
  const { stdout } = await home.signIn(lab, "--verify-call-tool", "write-thing");
  const [summary] = await home.store.find(lab.mcpUrl);
  const entry = await home.store.read(summary?.key ?? "");
  assert.deepEqual(entry?.requestedScopes, ["mcp:read", "mcp:write"]);
  assert.equal(entry?.tokens?.accessToken, JSON.parse(stdout).credentials.accessToken);
  assert.equal(entry?.tokens?.accessToken, lab.as.accessTokens.at(-1));
});

Deno.test("a place that cannot be written is found out before the first request", async () => {
  await using lab = await startFakeLab();
  await using home = await openHome();
  await Deno.writeTextFile(`${home.path}/file`, "");
  const ran = await home.run(
    ["login", "--auth-mode", "headless", "--url", lab.mcpUrl, "--format", "json"],
    { env: { MCPASS_HOME: `${home.path}/file/inner` } },
  );
  assert.equal(ran.status, 1);
  assert.match(JSON.parse(ran.stdout).error.code, /^store_/);
  assert.equal(lab.requests.length, 0);
});

Deno.test("--credentials-out is the only place unless --store asks for another", async () => {
  await using lab = await startFakeLab();
  await using home = await openHome();
  const file = `${home.path}/c.json`;
  const env = { MCPASS_STORE: "" };
  const login = ["login", "--auth-mode", "headless", "--url", lab.mcpUrl, "--format", "human"];
  const ran = await home.run([...login, "--credentials-out", file], { env });
  assert.match(flat(ran.stderr), /stored in .*c\.json only/);
  assert.match(ran.stdout, /mcpass tools list .* --credentials-file .*c\.json/);
  assert.equal((await home.store.find(lab.mcpUrl)).length, 0);
  await home.run([...login, "--credentials-out", file, "--store", "file"], { env });
  assert.equal((await home.store.find(lab.mcpUrl)).length, 1);
});

Deno.test("a second login uses the registration of the first, with its redirect URI", async () => {
  await using lab = await startFakeLab();
  await using home = await openHome();
  await home.signIn(lab);
  lab.requests.length = 0;
  const { stdout } = await home.signIn(lab);
  assert.deepEqual(sequence(lab.requests).filter((line) => REGISTRATIONS.test(line)), []);
  assert.equal(JSON.parse(stdout).credentials.clientId, lab.as.clients.registered[0]);
  assert.equal((await home.store.find(lab.mcpUrl)).length, 1);
  assert.deepEqual(lab.as.complaints, []);
});

Deno.test("a registration with the redirect URI of every issuer is used again as it is", async () => {
  await using lab = await startFakeLab({
    registrationResponse: ({ status, body }, request) =>
      request.body.includes("/callback/")
        ? { status: 400, body: { error: "invalid_redirect_uri" } }
        : { status, body },
  });
  await using home = await openHome();
  const { redirectUrl } = JSON.parse((await home.signIn(lab)).stdout);
  assert.match(redirectUrl, /\/callback$/);
  lab.requests.length = 0;
  const again = JSON.parse((await home.signIn(lab)).stdout);
  assert.deepEqual(sequence(lab.requests).filter((line) => REGISTRATIONS.test(line)), []);
  assert.equal(again.redirectUrl, redirectUrl);
});

Deno.test("a registration that the server has forgotten is renewed once, and that is said", async () => {
  await using lab = await startFakeLab();
  await using home = await openHome();
  await home.signIn(lab);
  for (const id of lab.as.clients.registered) lab.as.clients.forget(id);
  lab.requests.length = 0;
  const { stdout, stderr } = await home.signIn(lab);
  assert.doesNotMatch(stderr, /replaced|--account/);
  const result = JSON.parse(stdout);
  assert.deepEqual(result.findings.map((it: { code: string }) => it.code), [
    "registration_renewed",
  ]);
  assert.equal(sequence(lab.requests).filter((line) => REGISTRATIONS.test(line)).length, 1);
  const entries = await home.store.find(lab.mcpUrl);
  assert.deepEqual(entries.map((it) => it.client.clientId), [result.credentials.clientId]);
});

Deno.test("invalid_client at the token endpoint renews the registration too", async () => {
  await using lab = await startFakeLab({
    token: (answer, form) =>
      form.get("client_id") === lab.as.clients.registered[0] && spoilt
        ? { status: 401, body: { error: "invalid_client" } }
        : answer,
  });
  let spoilt = false;
  await using home = await openHome();
  await home.signIn(lab);
  spoilt = true;
  const { stdout } = await home.signIn(lab);
  assert.equal(JSON.parse(stdout).credentials.clientId, lab.as.clients.registered[1]);
});

const NOT_REUSED: readonly (readonly [name: string, args: readonly string[]])[] = [
  ["another account", ["--account", "other"]],
  ["another redirect URI", ["--redirect-url", "http://127.0.0.1:4711/other"]],
  ["another authentication method", ["--token-auth-method", "client_secret_post"]],
  ["--no-store", ["--no-store"]],
];

for (const [name, args] of NOT_REUSED) {
  Deno.test(`a registration is not reused for ${name}`, async () => {
    await using lab = await startFakeLab();
    await using home = await openHome();
    await home.signIn(lab);
    await home.signIn(lab, ...args);
    assert.equal(lab.as.clients.registered.length, 2);
    assert.deepEqual(lab.as.complaints, []);
  });
}

Deno.test("a registration is not reused at another issuer", async () => {
  await using lab = await startFakeLab();
  await using home = await openHome();
  await home.signIn(lab);
  const [summary] = await home.store.find(lab.mcpUrl);
  const entry = await home.store.read(summary?.key ?? "");
  assert.ok(entry);
  await home.store.remove(summary?.key ?? "");
  await home.store.write({ ...entry, issuer: "https://other.example" });
  await home.signIn(lab);
  assert.equal(lab.as.clients.registered.length, 2);
});

Deno.test("an interactive login binds the registered port again, and registers anew where it is taken", async () => {
  await using lab = await startFakeLab();
  await using home = await openHome();
  const asked: (string | undefined)[] = [];
  const replacements: Replacements = {
    openInteractiveConsent(options) {
      asked.push(options.redirectUrl);
      return Promise.reject(new Error("the port is taken"));
    },
  };
  await home.signIn(lab);
  const [summary] = await home.store.find(lab.mcpUrl);
  await home.run(["login", "--url", lab.mcpUrl], { replacements });
  assert.deepEqual(asked, [summary?.client.redirectUri, undefined]);
});

Deno.test("a login under the same account replaces a sign-in with another client", async () => {
  await using lab = await startFakeLab({
    clients: [{ clientId: "pre", redirectUris: ["http://127.0.0.1/callback"] }],
  });
  await using home = await openHome();
  await home.signIn(lab);
  const ran = await home.signIn(lab, "--client-id", "pre");
  assert.match(flat(ran.stderr), /replaced the sign-in of client "client-/);
  const entries = await home.store.find(lab.mcpUrl);
  assert.deepEqual(entries.map((it) => it.client.clientId), ["pre"]);
});

Deno.test("the relaxations of a login are kept and shown by status", async () => {
  await using lab = await startFakeLab({ resourceParameter: "optional" });
  await using home = await openHome();
  await home.signIn(lab, "--resource", "none");
  const ran = await home.run(["oauth", "status", "--url", lab.mcpUrl, "--format", "human"]);
  assert.match(ran.stdout, /Relaxations\s+--resource none/);
  lab.requests.length = 0;
  await home.expire(lab);
  await home.run(["oauth", "token", "--url", lab.mcpUrl]);
  assert.equal(formOf(lab.requests[0] ?? { body: "" }).has("resource"), false);
});

Deno.test("a keyring that does not respond is one short note, without its output", {
  ignore: Deno.build.os !== "linux",
}, async () => {
  await using lab = await startFakeLab();
  await using home = await openHome();
  const programs = await Deno.makeTempDir();
  const script = `#!/bin/sh\necho "secret-tool: Cannot autolaunch D-Bus without X11" >&2\nexit 1\n`;
  await Deno.writeTextFile(`${programs}/secret-tool`, script, { mode: 0o755 });
  const { stderr } = await home.run([
    ...["login", lab.mcpUrl, "--auth-mode", "headless", "--format", "human", "--store", "auto"],
  ], { env: { PATH: programs } });
  await Deno.remove(programs, { recursive: true });
  assert.match(
    flat(stderr),
    /readable only by you; the Secret Service keyring \(secret-tool\) does not respond in this session $/,
  );
  assert.doesNotMatch(stderr, /it says/);
});
