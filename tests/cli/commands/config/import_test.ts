import assert from "node:assert/strict";
import { mcpRemoteHash, plainCall } from "../../../../src/flow/mcp_clients/mcp_remote_call.ts";
import { type FakeLab, startFakeLab } from "../../../lab/fake_lab.ts";
import { flat, type Home, openHome } from "../../real_run.ts";
import type { Setup } from "../../fake_runtime.ts";

interface RemoteFiles {
  /** Folder with the home of the user. */
  readonly home: string;
  readonly tokens: string;
}

interface FileChanges {
  readonly tokens?: object;
  readonly client?: object;
  readonly hash?: string;
}

/** The files that mcp-remote 0.15.1 writes, with the tokens of a sign-in at the lab. */
async function writeRemoteFiles(
  home: Home,
  lab: FakeLab,
  { tokens = {}, client = {}, hash = mcpRemoteHash(plainCall(lab.mcpUrl)) }: FileChanges = {},
): Promise<RemoteFiles> {
  const ran = await home.signIn(lab, "--no-store", "--scopes", "mcp:read offline_access");
  const { credentials } = JSON.parse(ran.stdout);
  const folder = `${home.path}/user/.mcp-auth/mcp-remote-v1`;
  await Deno.mkdir(folder, { recursive: true });
  const path = `${folder}/${hash}_tokens.json`;
  const write = (name: string, document: object) =>
    Deno.writeTextFile(name, JSON.stringify(document, null, 2));
  await write(path, {
    access_token: credentials.accessToken,
    token_type: "Bearer",
    expires_in: 3600,
    refresh_token: credentials.refreshToken,
    scope: "mcp:read offline_access",
    expires_at: Date.now() + 3_600_000,
    requested_scope: "mcp:read offline_access",
    ...tokens,
  });
  await write(`${folder}/${hash}_client_info.json`, {
    redirect_uris: ["http://localhost:21859/oauth/callback"],
    token_endpoint_auth_method: "none",
    grant_types: ["authorization_code", "refresh_token"],
    client_id: credentials.clientId,
    ...client,
  });
  return { home: `${home.path}/user`, tokens: path };
}

async function configure(home: string, servers: object): Promise<void> {
  const text = `{ // servers\n  "mcpServers": ${JSON.stringify(servers)},\n}\n`;
  await Deno.mkdir(home, { recursive: true });
  await Deno.writeTextFile(`${home}/.claude.json`, text);
}

const remote = (url: string) => ({ command: "npx", args: ["-y", "mcp-remote", url] });

function importer(home: Home, setup: Setup = {}) {
  return (...args: string[]) =>
    home.run(["config", "import", ...args], {
      ...setup,
      env: { HOME: `${home.path}/user`, NO_COLOR: "1", ...setup.env },
    });
}

const exists = (path: string) => Deno.stat(path).then(() => true, () => false);

Deno.test("without a terminal and without a name, config import only lists", async () => {
  await using lab = await startFakeLab();
  await using home = await openHome();
  const files = await writeRemoteFiles(home, lab);
  await configure(files.home, {
    lab: remote(lab.mcpUrl),
    fixed: { url: "https://a.example/mcp", headers: { Authorization: "Bearer canary-secret" } },
  });
  lab.requests.length = 0;
  const run = importer(home);
  const ran = await run();
  assert.equal(ran.status, 0, ran.stderr);
  const { signIns, servers } = JSON.parse(ran.stdout);
  const [one] = signIns;
  assert.deepEqual(
    [one.serverUrl, one.client, one.name, one.status, one.hasRefreshToken, one.moved],
    [lab.mcpUrl, "mcp-remote", "lab", "available", true, null],
  );
  assert.deepEqual(
    servers.map((it: Record<string, unknown>) => [it["name"], it["hasStaticSecret"]]),
    [["lab", false], ["fixed", true]],
  );
  const human = await run("--format", "human");
  assert.match(flat(human.stdout), /^✓ found 1 sign-in to import and 2 servers/);
  assert.match(flat(human.stdout), /Importing moves a refresh token/);
  const token = JSON.parse(await Deno.readTextFile(files.tokens));
  for (const secret of ["canary-secret", token.access_token, token.refresh_token]) {
    assert.equal((ran.stdout + ran.stderr + human.stdout + human.stderr).includes(secret), false);
  }
  assert.equal(lab.requests.length, 0);
  assert.equal((await home.store.list()).entries.length, 0);
  assert.ok(await exists(files.tokens));
});

Deno.test("a sign-in with a refresh token is moved: stored here, deleted there, and refreshable", async () => {
  await using lab = await startFakeLab();
  await using home = await openHome();
  const files = await writeRemoteFiles(home, lab);
  await configure(files.home, { lab: remote(lab.mcpUrl) });
  const { refresh_token } = JSON.parse(await Deno.readTextFile(files.tokens));
  lab.requests.length = 0;
  const ran = await importer(home)("lab", "--format", "human");
  assert.equal(ran.status, 0, ran.stderr);
  assert.match(flat(ran.stdout), /· removed: ~\/\.mcp-auth\/mcp-remote-v1\//);
  assert.match(flat(ran.stdout), /^✓ imported 1 sign-in ✓ \S+: imported; the tokens were moved/);
  assert.match(flat(ran.stdout), /mcp-remote will ask you to sign in again/);
  const line = `mcpass config claude-code ${lab.mcpUrl} --name lab --replace --write`;
  assert.ok(
    ran.stdout.endsWith(`Let Claude Code use this sign-in through mcpass bridge:\n  ${line}\n`),
  );
  assert.equal(await exists(files.tokens), false);
  const left = await Array.fromAsync(Deno.readDir(files.tokens.replace(/[^/]*$/, "")));
  assert.deepEqual(left.map(({ name }) => name.replace(/^\w{32}/, "")), ["_client_info.json"]);
  assert.equal(
    lab.requests.some(({ method, path }) => method === "POST" && path === "/token"),
    false,
  );
  const [summary] = await home.store.find(lab.mcpUrl);
  const entry = await home.store.read(summary?.key ?? "");
  assert.equal(entry?.tokens?.refreshToken, refresh_token);
  assert.equal(entry?.issuer, lab.issuer);
  assert.equal(entry?.resource, lab.mcpUrl);
  const refreshed = await home.run(["oauth", "refresh", "--url", lab.mcpUrl]);
  assert.equal(refreshed.status, 0, refreshed.stderr);
});

Deno.test("--copy stores the access token only, and leaves the other client as it is", async () => {
  await using lab = await startFakeLab();
  await using home = await openHome();
  const files = await writeRemoteFiles(home, lab);
  const before = await Deno.readTextFile(files.tokens);
  const ran = await importer(home)(lab.mcpUrl, "--copy");
  assert.equal(ran.status, 0, ran.stderr);
  assert.deepEqual(JSON.parse(ran.stdout).signIns[0].moved, false);
  assert.equal(await Deno.readTextFile(files.tokens), before);
  const [summary] = await home.store.find(lab.mcpUrl);
  const entry = await home.store.read(summary?.key ?? "");
  assert.equal(entry?.tokens?.refreshToken, null);
  const status = await home.run(["oauth", "status", "--check", "--url", lab.mcpUrl]);
  assert.equal(JSON.parse(status.stdout).entries[0].check.accepted, true);
});

Deno.test("on a terminal a person chooses, after reading that tokens are moved", async () => {
  await using lab = await startFakeLab();
  await using home = await openHome();
  const files = await writeRemoteFiles(home, lab);
  await configure(files.home, { lab: { url: lab.mcpUrl } });
  const ran = await importer(home, { terminal: true, answers: ["0"] })();
  assert.equal(ran.status, 0, ran.stderr);
  assert.deepEqual(ran.questions, ["Which sign-ins should mcpass import?"]);
  assert.match(ran.before.join(" "), /removes it from the other client/);
  assert.equal(await exists(files.tokens), false);
  const declined = await writeRemoteFiles(home, lab);
  await home.run(["oauth", "logout", "--all"]);
  await importer(home, { terminal: true, answers: ["as ticked"] })();
  assert.ok(await exists(declined.tokens));
});

for (
  const [what, changes, reason] of [
    ["a hash that no known URL has", { hash: "0".repeat(32) }, /URL of its server is unknown/],
    ["no client", { client: { client_id: undefined } }, /client ID is not stored/],
    [
      "an expired token alone",
      { tokens: { refresh_token: undefined, expires_at: 1000 } },
      /has expired and has no refresh token/,
    ],
    [
      "the tokens of another issuer",
      { tokens: { issuer: "https://other.example" } },
      /tokens belong to the issuer "https:\/\/other\.example"/,
    ],
  ] as const
) {
  Deno.test(`a sign-in with ${what} is not imported, and stays where it is`, async () => {
    await using lab = await startFakeLab();
    await using home = await openHome();
    const files = await writeRemoteFiles(home, lab, changes);
    await configure(files.home, { lab: remote(lab.mcpUrl) });
    const ran = await importer(home)("--all");
    assert.match(JSON.parse(ran.stdout).signIns[0].reason, reason);
    assert.equal((await home.store.list()).entries.length, 0);
    assert.ok(await exists(files.tokens));
  });
}

Deno.test("--authorization-server refuses the tokens to any other issuer", async () => {
  await using lab = await startFakeLab();
  await using home = await openHome();
  const files = await writeRemoteFiles(home, lab);
  const ran = await importer(home)(lab.mcpUrl, "--authorization-server", "https://other.example");
  assert.equal(ran.status, 1);
  assert.ok(await exists(files.tokens));
  const same = await importer(home)(lab.mcpUrl, "--authorization-server", lab.issuer);
  assert.equal(same.status, 0, same.stderr);
});

Deno.test("a file that is broken is skipped with its name, and hides no other", async () => {
  await using lab = await startFakeLab();
  await using home = await openHome();
  const files = await writeRemoteFiles(home, lab);
  await configure(files.home, { lab: remote(lab.mcpUrl) });
  await Deno.mkdir(`${files.home}/.cursor`);
  await Deno.writeTextFile(`${files.home}/.cursor/mcp.json`, "{ broken");
  const broken = files.tokens.replace(/[0-9a-f]{32}_/, `${"1".repeat(32)}_`);
  await Deno.writeTextFile(broken, "[]");
  const ran = await importer(home)();
  assert.equal(ran.status, 0);
  const { problems, signIns } = JSON.parse(ran.stdout);
  assert.deepEqual(problems.map((it: { code: string }) => it.code), [
    "client_file_invalid",
    "client_file_invalid",
  ]);
  assert.equal(signIns.length, 1);
  const human = await importer(home)("--format", "human");
  assert.match(flat(human.stdout), /! skipped "\S+\/\.cursor\/mcp\.json": not a JSON object/);
});

Deno.test("the servers of Codex, goose, Continue and a profile of VS Code are found", async () => {
  await using home = await openHome();
  const user = `${home.path}/user`;
  const server = (name: string) => `https://${name}.example/mcp?access=canary`;
  const files = [
    [".codex/config.toml", `[mcp_servers.codex]\nurl = "${server("codex")}"\n`],
    [".config/goose/config.yaml", `extensions: { goose: { uri: "${server("goose")}" } }\n`],
    [
      ".continue/mcpServers/one.yaml",
      `mcpServers: [{ name: continue, url: "${server("continue")}" }]`,
    ],
    [
      ".config/Code/User/profiles/-5f3a/mcp.json",
      JSON.stringify({ servers: { profile: { url: server("profile") } } }),
    ],
  ] as const;
  for (const [path, text] of files) {
    await Deno.mkdir(`${user}/${path}`.replace(/\/[^/]*$/, ""), { recursive: true });
    await Deno.writeTextFile(`${user}/${path}`, text);
  }
  const ran = await importer(home)();
  const { servers, problems } = JSON.parse(ran.stdout);
  assert.deepEqual(problems, []);
  assert.deepEqual(
    servers.map((it: { name: string; client: string; path: string }) => [it.client, it.name]),
    [["VS Code", "profile"], ["Codex", "codex"], ["goose", "goose"], ["Continue", "continue"]],
  );
  assert.ok(servers.every((it: { problem: string }) => it.problem.endsWith("/mcp?access=…")));
  const missing = await importer(home)("https://a.example/mcp?access=canary");
  assert.equal(missing.status, 2);
  const human = await importer(home)("--format", "human");
  for (const { stdout, stderr } of [ran, missing, human]) {
    assert.doesNotMatch(stdout + stderr, /canary/);
  }
});

Deno.test("while mcp-remote refreshes, nothing is taken from it", async () => {
  await using lab = await startFakeLab();
  await using home = await openHome();
  const files = await writeRemoteFiles(home, lab);
  await Deno.writeTextFile(files.tokens.replace("tokens", "refresh_in_progress"), "{}");
  const ran = await importer(home)(lab.mcpUrl);
  assert.equal(ran.status, 1);
  assert.match(ran.stderr, /refreshing this token now/);
  assert.equal(JSON.parse(ran.stdout).error?.code ?? "import_refused", "import_refused");
  assert.ok(await exists(files.tokens));
});

Deno.test("a token file that becomes unreadable during the import stays where it is", async () => {
  const paths: string[] = [];
  const metadata = (document: object) => {
    for (const path of paths) Deno.writeTextFileSync(path, "[]");
    return document;
  };
  await using lab = await startFakeLab({ metadata });
  await using home = await openHome();
  const files = await writeRemoteFiles(home, lab);
  paths.push(files.tokens);
  const ran = await importer(home)(lab.mcpUrl);
  assert.equal(ran.status, 1);
  assert.match(JSON.parse(ran.stdout).signIns[0].reason, /not a token file of mcp-remote/);
  assert.equal(await Deno.readTextFile(files.tokens), "[]");
  assert.equal(await exists(`${files.tokens}.importing`), false);
  assert.deepEqual((await home.store.list()).entries, []);
});

/** As after an import that was killed when it had renamed the file, which mcp-remote wrote earlier. */
async function interruptImport(
  { tokens }: RemoteFiles,
  text: string,
  seconds = 60,
): Promise<string> {
  const path = `${tokens}.importing`;
  await Deno.writeTextFile(path, text);
  const time = new Date(Date.now() - seconds * 1000);
  await Deno.utime(path, time, time);
  return path;
}

for (const [what, ...between] of [["at once"], ["after a refresh", "oauth", "refresh"]]) {
  Deno.test(`an import that was killed before it removed the file is finished ${what}`, async () => {
    await using lab = await startFakeLab();
    await using home = await openHome();
    const files = await writeRemoteFiles(home, lab);
    const text = await Deno.readTextFile(files.tokens);
    assert.equal((await importer(home)(lab.mcpUrl)).status, 0);
    const left = await interruptImport(files, text);
    if (between.length > 0) {
      const ran = await home.run([...between, "--url", lab.mcpUrl]);
      assert.equal(ran.status, 0, ran.stderr);
    }
    const listed = await importer(home)("--format", "human");
    assert.match(
      flat(listed.stdout),
      /^✓ found 0 sign-ins .* ✓ \S+: imported; the tokens were moved \(an earlier import was interrupted, and is now finished\)/,
    );
    assert.equal(await exists(left), false);
    assert.equal((await home.store.list()).entries.length, 1);
    const again = await importer(home)();
    assert.deepEqual(JSON.parse(again.stdout).signIns, []);
    const refreshed = await home.run(["oauth", "refresh", "--url", lab.mcpUrl]);
    assert.equal(refreshed.status, 0, refreshed.stderr);
  });
}

Deno.test("an import that was killed before it stored the newest tokens is repeated", async () => {
  await using lab = await startFakeLab();
  await using home = await openHome();
  const files = await writeRemoteFiles(home, lab);
  const text = await Deno.readTextFile(files.tokens);
  await configure(files.home, { lab: remote(lab.mcpUrl) });
  const left = await interruptImport(files, text, 0);
  await Deno.remove(files.tokens);
  for (const earlier of [undefined, "older"]) {
    if (earlier !== undefined) {
      const [summary] = await home.store.find(lab.mcpUrl);
      const entry = await home.store.read(summary?.key ?? "");
      assert.ok(entry?.tokens);
      const obtainedAt = new Date(Date.now() - 60_000).toISOString();
      await home.store.write({
        ...entry,
        tokens: { ...entry.tokens, refreshToken: earlier, obtainedAt },
      });
      await Deno.writeTextFile(left, text);
    }
    const listed = await importer(home)();
    const [one] = JSON.parse(listed.stdout).signIns;
    assert.deepEqual([one.status, one.path], ["available", left]);
    const ran = await importer(home)(lab.mcpUrl);
    assert.equal(ran.status, 0, ran.stderr);
    assert.equal(await exists(left), false);
    const [summary] = await home.store.find(lab.mcpUrl);
    const entry = await home.store.read(summary?.key ?? "");
    assert.equal(entry?.tokens?.refreshToken, JSON.parse(text).refresh_token);
  }
});

Deno.test("a server where mcpass is signed in is not imported again", async () => {
  await using lab = await startFakeLab();
  await using home = await openHome();
  const files = await writeRemoteFiles(home, lab);
  await home.signIn(lab);
  const list = await importer(home)();
  assert.match(JSON.parse(list.stdout).signIns[0].reason, /already signed in/);
  const other = await importer(home)(lab.mcpUrl, "--account", "second");
  assert.equal(other.status, 0, other.stderr);
  assert.equal(await exists(files.tokens), false);
});

Deno.test("a name that was not found is a usage error with the choices", async () => {
  await using lab = await startFakeLab();
  await using home = await openHome();
  const files = await writeRemoteFiles(home, lab);
  await configure(files.home, { lab: remote(lab.mcpUrl) });
  const ran = await importer(home)("other");
  assert.equal(ran.status, 2);
  assert.equal(JSON.parse(ran.stdout).error.code, "import_not_found");
  assert.ok(flat(ran.stderr).includes(`Choose from "${lab.mcpUrl}"`), ran.stderr);
});

Deno.test("a server without a sign-in to import: the command that signs in", async () => {
  await using home = await openHome();
  const url = "https://mcp.linear.app/mcp";
  await configure(`${home.path}/user`, { linear: { url } });
  for (const operand of ["linear", url]) {
    const ran = await importer(home)(operand);
    const { error } = JSON.parse(ran.stdout);
    assert.deepEqual(
      [ran.status, error.code, error.try],
      [2, "import_not_found", `mcpass login ${url}`],
    );
  }
});

Deno.test("sign-ins that Claude Code stores in a file are reported, not taken", async () => {
  await using home = await openHome();
  const folder = `${home.path}/user/.claude`;
  await Deno.mkdir(folder, { recursive: true });
  await Deno.writeTextFile(
    `${folder}/.credentials.json`,
    JSON.stringify({
      claudeAiOauth: { accessToken: "canary-own" },
      mcpOAuth: {
        "linear|60c8": {
          serverName: "linear",
          serverUrl: "https://mcp.linear.app/mcp",
          accessToken: "canary-access",
          refreshToken: "canary-refresh",
          expiresAt: Date.now() + 60_000,
        },
      },
    }),
  );
  const ran = await importer(home)();
  const [one] = JSON.parse(ran.stdout).signIns;
  assert.deepEqual([one.client, one.status, one.hasRefreshToken], [
    "Claude Code",
    "unavailable",
    true,
  ]);
  assert.doesNotMatch(ran.stdout, /canary/);
});
