import assert from "node:assert/strict";
import { credentialFor } from "../../../../src/cli/commands/credentials/credential_answer.ts";
import { sha256Hex } from "../../../../src/trace/fingerprint.ts";
import type { StoredEntry } from "../../../../src/store/stored_entry.ts";
import { createDpopKey } from "../../../../src/oauth/token/dpop.ts";
import { signedIn } from "../../../flow/credentials/signed_in.ts";
import { memoryRepository, refreshDeps } from "../../../flow/memory_repository.ts";
import { openStore } from "../../../../src/store/file/open_store.ts";
import { type FakeLab, type FakeLabOptions, startFakeLab } from "../../../lab/fake_lab.ts";
import { sequence } from "../../../lab/journal.ts";
import { neverAnswers } from "../../../lab/misbehaviour.ts";
import { CANARIES, entryOf } from "../../../store/entries.ts";
import type { Setup } from "../../fake_runtime.ts";
import { flat, type Home, openHome } from "../../real_run.ts";

const REFRESH = ["as POST /token refresh_token"];
const hashOf = (token = "") => `sha256:${sha256Hex(token)}`;

/** Sends a request, and returns the exit status and the response. */
async function ask(home: Home, members: object, setup: Setup = {}) {
  const stdin = JSON.stringify({ v: 1, action: "get", ...members });
  const ran = await home.run(["credential"], { stdin, ...setup });
  assert.match(ran.stdout, /^\{"v":1,[^\n]*\}\n$/);
  return { ...ran, ...JSON.parse(ran.stdout) };
}

async function signIn(home: Home, options: FakeLabOptions = {}): Promise<FakeLab> {
  const lab = await startFakeLab(options);
  await home.signIn(lab);
  lab.requests.length = 0;
  return lab;
}

async function change(home: Home, lab: FakeLab, parts: Partial<StoredEntry>): Promise<void> {
  const [summary] = await home.store.find(lab.mcpUrl);
  const entry = await home.store.read(summary?.key ?? "");
  if (entry) await home.store.write({ ...entry, ...parts });
}

Deno.test("mcpass credential gives the header fields and their lifetime, without a request", async () => {
  await using home = await openHome();
  await using lab = await signIn(home);
  const { status, stderr, v, ok } = await ask(home, { url: `${lab.mcpUrl}/below?q=1` });
  assert.deepEqual([status, stderr, v], [0, "", 1]);
  assert.deepEqual(ok.headers, { Authorization: `Bearer ${lab.as.accessTokens[0]}` });
  assert.deepEqual(
    [ok.tokenType, ok.cache, ok.issuer, ok.account, ok.url],
    ["Bearer", "until-expiry", lab.issuer, "default", lab.mcpUrl],
  );
  assert.equal(Date.parse(ok.expiresAt) - Date.parse(ok.refreshAfter), 60_000);
  assert.equal(lab.requests.length, 0);
});

Deno.test("only a URL of the stored server gets its token, whatever it looks like", async () => {
  await using home = await openHome();
  await home.store.write(entryOf({ serverUrl: "https://mcp.example/mcp" }));
  const others = [
    ...["https://mcp.example/mcpx", "https://mcp.example/", "https://mcp.example./mcp"],
    ...["http://mcp.example/mcp", "https://mcp.example:444/mcp", "https://MCP.example/MCP"],
    ...["https://mcp.example.evil.example/mcp", "https://mcp.example/mcp/../x"],
  ];
  for (const url of others) {
    const { status, error, stdout } = await ask(home, { url });
    assert.deepEqual([status, error.code, error.reason], [1, "not_configured", "not_signed_in"]);
    assert.deepEqual(error.command.slice(0, 4), ["mcpass", "oauth", "login", "--url"]);
    assert.doesNotMatch(stdout, /canary/);
  }
  const { status, error } = await ask(home, { url: "https://mcp.example@evil.example/mcp" });
  assert.deepEqual(
    [status, error.code, error.reason],
    [1, "url_not_supported", "credential_url_unsupported"],
  );
});

Deno.test("the most specific sign-in is used", async () => {
  await using home = await openHome();
  const tokens = { tokenType: "Bearer", obtainedAt: new Date().toISOString(), expiresAt: null };
  for (const path of ["", "/a", "/a/b"]) {
    const serverUrl = `https://mcp.example${path}`;
    const { dpopKey: _, ...entry } = entryOf({ serverUrl });
    const secrets = { accessToken: `token-of${path}/`, refreshToken: null };
    await home.store.write({ ...entry, tokens: { ...tokens, ...secrets } });
  }
  const given = async (url: string) => (await ask(home, { url })).ok.headers.Authorization;
  assert.equal(await given("https://mcp.example/a/b/c"), "Bearer token-of/a/b/");
  assert.equal(await given("https://mcp.example/a/bc"), "Bearer token-of/a/");
  assert.equal(await given("https://mcp.example/ab"), "Bearer token-of/");
});

Deno.test("a credential is refreshed when it is due, and where minValidSeconds asks for it", async () => {
  await using home = await openHome();
  await using lab = await signIn(home, { accessTokenTtl: 1000 });
  assert.equal((await ask(home, { url: lab.mcpUrl, minValidSeconds: 500 })).status, 0);
  assert.equal(lab.requests.length, 0);
  await home.expire(lab);
  const { ok } = await ask(home, { url: lab.mcpUrl, minValidSeconds: 500 });
  assert.equal(Date.parse(ok.expiresAt) - Date.parse(ok.refreshAfter), 500_000);
  assert.deepEqual(sequence(lab.requests), REFRESH);
  const { status, error } = await ask(home, { url: lab.mcpUrl, minValidSeconds: 5000 });
  assert.deepEqual([status, error.code, error.reason], [1, "unreachable", "validity_too_short"]);
});

Deno.test("a refused token is refreshed once, and a hash of an older token changes nothing", async () => {
  await using home = await openHome();
  await using lab = await signIn(home);
  const challenge = 'Bearer error="invalid_token"';
  const rejected = hashOf(lab.as.accessTokens[0]);
  const { ok: first } = await ask(home, { url: lab.mcpUrl, challenge, rejected });
  const { ok: second } = await ask(home, { url: lab.mcpUrl, challenge, rejected });
  assert.equal(first.headers.Authorization, `Bearer ${lab.as.accessTokens.at(-1)}`);
  assert.deepEqual(second.headers, first.headers);
  assert.deepEqual(sequence(lab.requests), REFRESH);
});

Deno.test("twenty helpers whose token was refused make one refresh and get one token", async () => {
  await using lab = await startFakeLab();
  const entry = await signedIn(lab);
  const repository = memoryRepository(entry);
  await using deps = refreshDeps(lab.mcpUrl);
  const request = { action: "get", rejected: hashOf(entry.tokens?.accessToken) } as const;
  const found = { repository, serverUrl: lab.mcpUrl, account: "default" };
  const signIn = { ...found, loginFlags: undefined, login: {} };
  const all = await Promise.all(
    Array.from({ length: 20 }, () => credentialFor(request, signIn, deps)),
  );
  assert.equal(new Set(all.map(({ headers }) => headers["Authorization"])).size, 1);
  assert.deepEqual(sequence(lab.requests), REFRESH);
});

Deno.test("erase forgets only the token that it names", async () => {
  await using home = await openHome();
  await using lab = await signIn(home);
  const { mcpUrl: url } = lab;
  const erase = (rejected: string) => ask(home, { action: "erase", url, rejected });
  assert.deepEqual((await erase(hashOf("another"))).ok, { erased: false });
  await ask(home, { url });
  assert.equal(lab.requests.length, 0);
  assert.deepEqual((await erase(hashOf(lab.as.accessTokens[0]))).ok, { erased: true });
  const { ok } = await ask(home, { url });
  assert.equal(ok.headers.Authorization, `Bearer ${lab.as.accessTokens.at(-1)}`);
  assert.deepEqual(sequence(lab.requests), REFRESH);
  assert.deepEqual((await erase(hashOf(lab.as.accessTokens[0]))).ok, { erased: false });
});

Deno.test("an erased token that cannot be refreshed needs a person", async () => {
  await using home = await openHome();
  await using lab = await signIn(home, { refreshTokens: false });
  const rejected = hashOf(lab.as.accessTokens[0]);
  await ask(home, { action: "erase", url: lab.mcpUrl, rejected });
  const { status, error } = await ask(home, { url: lab.mcpUrl });
  assert.deepEqual([status, error.code, error.reason], [4, "login_required", "tokens_gone"]);
  assert.deepEqual(error.command.slice(0, 5), ["mcpass", "oauth", "login", "--url", lab.mcpUrl]);
});

Deno.test("more scope than was granted needs a person, and the command asks for all of it", async () => {
  await using home = await openHome();
  await using lab = await signIn(home);
  const challenge = 'Bearer error="insufficient_scope", scope="mcp:write"';
  await change(home, lab, { grantedScope: "mcp:read", requestedScopes: ["mcp:read"] });
  for (const asked of [{ scope: ["mcp:read", "mcp:write"] }, { challenge }]) {
    const { status, error, stderr } = await ask(home, { url: lab.mcpUrl, ...asked });
    assert.deepEqual([status, error.code], [1, "insufficient_scope"]);
    const at = error.command.indexOf("--scopes");
    assert.equal(error.command[at + 1], "mcp:read mcp:write");
    assert.match(flat(stderr), /mcpass login \S+ .*--scopes 'mcp:read mcp:write'/);
  }
  assert.equal((await ask(home, { url: lab.mcpUrl, scope: ["mcp:read"] })).status, 0);
  // The token has changed since that response.
  const outdated = { challenge, rejected: hashOf("an older token") };
  assert.equal((await ask(home, { url: lab.mcpUrl, ...outdated })).status, 0);
  const unnamed = { challenge: 'Bearer error="insufficient_scope"' };
  assert.equal((await ask(home, { url: lab.mcpUrl, ...unnamed })).error.code, "insufficient_scope");
});

Deno.test("a bound token gets a proof for one request of its server, with the nonce", async () => {
  await using home = await openHome();
  await using lab = await signIn(home);
  const [summary] = await home.store.find(lab.mcpUrl);
  const entry = await home.store.read(summary?.key ?? "");
  assert.ok(entry?.tokens);
  const tokens = { ...entry.tokens, tokenType: "DPoP" };
  await change(home, lab, { dpopKey: await createDpopKey([]), tokens });
  const { mcpUrl: url } = lab;
  const missing = await ask(home, { url });
  assert.deepEqual([missing.status, missing.error.code], [2, "bad_request"]);
  const foreign = await ask(home, {
    url,
    request: { method: "POST", url: "https://evil.example/" },
  });
  assert.deepEqual([foreign.status, foreign.error.code], [2, "bad_request"]);
  const request = { method: "POST", url: `${url}?q=1`, nonce: "nonce-1" };
  const { ok } = await ask(home, { url, request });
  assert.deepEqual([ok.cache, ok.tokenType], ["never", "DPoP"]);
  assert.equal(ok.headers.Authorization, `DPoP ${tokens.accessToken}`);
  const claims = JSON.parse(
    atob(ok.headers.DPoP.split(".")[1].replaceAll("-", "+").replaceAll("_", "/")),
  );
  assert.deepEqual([claims.htm, claims.htu, claims.nonce], ["POST", url, "nonce-1"]);
  const again = await ask(home, { url, request });
  assert.notEqual(again.ok.headers.DPoP, ok.headers.DPoP);
  const headers = await home.run(["credential", "headers", url]);
  assert.deepEqual([headers.status, headers.stdout], [4, ""]);
  assert.match(headers.stderr, /credential_bound/);
});

Deno.test("list shows no secret, and capabilities need no store", async () => {
  await using home = await openHome();
  for (const serverUrl of ["https://mcp.example/mcp", "https://other.example/mcp"]) {
    await home.store.write(entryOf({ serverUrl, name: undefined }));
  }
  const { ok, stdout } = await ask(home, { action: "list" });
  assert.deepEqual(ok.signIns.map((it: { readonly url: string }) => it.url).sort(), [
    "https://mcp.example/mcp",
    "https://other.example/mcp",
  ]);
  assert.deepEqual(Object.values(CANARIES).filter((it) => stdout.includes(it)), []);
  const one = await ask(home, { action: "list", url: "https://mcp.example/mcp/x" });
  assert.equal(one.ok.signIns.length, 1);
  const { ok: capabilities } = await ask(home, { action: "capabilities", url: "never read" });
  assert.deepEqual(capabilities.versions, [1]);
  assert.deepEqual(capabilities.actions, ["get", "erase", "list", "capabilities"]);
});

Deno.test("after 8 seconds the command ends, and says what it waits for", async () => {
  await using home = await openHome();
  await using lab = await signIn(home);
  await home.expire(lab);
  const arrived = Promise.withResolvers<void>();
  const wait = neverAnswers();
  lab.asServer.routes["POST /token"] = (request, reply) => {
    arrived.resolve();
    return wait(request, reply);
  };
  const limits: number[] = [];
  const late = await ask(home, { url: lab.mcpUrl }, {
    sleep(ms) {
      limits.push(ms);
      return arrived.promise;
    },
  });
  assert.deepEqual(limits, [8000]);
  assert.deepEqual(
    [late.status, late.error.code, late.error.reason],
    [1, "unreachable", "credential_late"],
  );
  assert.match(late.error.message, /still waiting for the authorization server/);
});

Deno.test("a locked sign-in is named, and may be tried again", async () => {
  await using home = await openHome();
  await using lab = await signIn(home);
  await home.expire(lab);
  const waits = Promise.withResolvers<void>();
  const lock = (_key: string, signal?: AbortSignal) =>
    new Promise<never>((_, reject) => {
      signal?.addEventListener("abort", () => reject(signal.reason));
      waits.resolve();
    });
  const late = await ask(home, { url: lab.mcpUrl }, {
    sleep: () => waits.promise,
    replacements: { openStore: (options) => ({ ...openStore(options), lock }) },
  });
  assert.deepEqual(late.status, 1);
  assert.deepEqual([late.error.code, late.error.retryAfterSeconds], ["store_locked", 1]);
});

Deno.test("a server that limits requests says when to try again", async () => {
  await using home = await openHome();
  await using lab = await signIn(home);
  await home.expire(lab);
  lab.asServer.routes["POST /token"] = { status: 429, headers: [["retry-after", "17"]] };
  const { status, error } = await ask(home, { url: lab.mcpUrl });
  assert.deepEqual([status, error.code, error.retryAfterSeconds], [1, "unreachable", 17]);
});

Deno.test("an invalid request or command line is one line on stdout and exit status 2", async () => {
  await using home = await openHome();
  for (
    const [args, stdin] of [
      [["credential"], "{"],
      [["credential", "--nothing"], ""],
      [["credential", "https://mcp.example/mcp"], ""],
      [["credential", "--account", "a", "--account", "b"], ""],
    ] as const
  ) {
    for (const terminal of [false, true]) {
      const ran = await home.run([...args], { stdin, stdoutIsTerminal: terminal });
      assert.match(
        ran.stdout,
        /^\{"v":1,"error":\{"code":"bad_request",[^\n]*\}\n$/,
        args.join(" "),
      );
      assert.equal(ran.status, 2);
    }
  }
  const typed = await home.run(["credential"], { terminal: true });
  assert.deepEqual([typed.status, JSON.parse(typed.stdout).error.reason], [2, "stdin_is_terminal"]);
});

Deno.test("headers prints the header fields of the server that Claude Code names, or nothing", async () => {
  await using home = await openHome();
  await using lab = await signIn(home);
  const env = { CLAUDE_CODE_MCP_SERVER_NAME: "lab", CLAUDE_CODE_MCP_SERVER_URL: lab.mcpUrl };
  const headers = { Authorization: `Bearer ${lab.as.accessTokens[0]}` };
  const ran = await home.run(["credential", "headers"], { env });
  assert.deepEqual([ran.status, JSON.parse(ran.stdout)], [0, headers]);
  const typed = await home.run(["credential", "headers", lab.mcpUrl], {
    env: { CLAUDE_CODE_MCP_SERVER_URL: "https://other.example/mcp" },
  });
  assert.deepEqual(JSON.parse(typed.stdout), headers);
  // The variable of one server is more specific than that of all commands.
  const both = { ...env, MCPASS_URL: "https://other.example/mcp" };
  assert.equal((await home.run(["credential", "headers"], { env: both })).status, 0);
  for (
    const [args, more] of [
      [["credential", "headers"], {}],
      [["credential", "headers"], { CLAUDE_CODE_MCP_SERVER_URL: "https://other.example/mcp" }],
      [["credential", "headers"], { CLAUDE_CODE_MCP_SERVER_URL: `${lab.mcpUrl}@evil.example/` }],
      [["credential", "headers", "https://other.example/mcp"], {}],
    ] as const
  ) {
    const failed = await home.run([...args], { env: more });
    assert.deepEqual([failed.status, failed.stdout], [4, ""], failed.stderr);
    assert.notEqual(failed.stderr, "");
  }
});

Deno.test("token and kubernetes print the token, and end with 4 where a person has to sign in", async () => {
  await using home = await openHome();
  await using lab = await signIn(home);
  const [token] = lab.as.accessTokens;
  assert.equal((await home.run(["credential", "token", lab.mcpUrl])).stdout, `${token}\n`);
  const spec = { interactive: false, cluster: { server: lab.mcpUrl } };
  const apiVersion = "client.authentication.k8s.io/v1beta1";
  const info = JSON.stringify({ apiVersion, kind: "ExecCredential", spec });
  const ran = await home.run(["credential", "kubernetes"], {
    env: { KUBERNETES_EXEC_INFO: info },
  });
  const { status, ...rest } = JSON.parse(ran.stdout);
  assert.deepEqual(rest, { apiVersion, kind: "ExecCredential" });
  assert.equal(status.token, token);
  assert.match(status.expirationTimestamp, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  const unknown = await home.run(["credential", "kubernetes", lab.mcpUrl], {
    env: { KUBERNETES_EXEC_INFO: '{"apiVersion":"v2"}' },
  });
  assert.deepEqual([unknown.status, unknown.stdout], [2, ""]);
  await home.expire(lab);
  for (const id of lab.as.clients.registered) lab.as.clients.forget(id);
  for (const adapter of ["token", "kubernetes"]) {
    const failed = await home.run(["credential", adapter, lab.mcpUrl]);
    assert.deepEqual([failed.status, failed.stdout], [adapter === "token" ? 4 : 1, ""]);
  }
});
