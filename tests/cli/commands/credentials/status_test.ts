import assert from "node:assert/strict";
import { startFakeLab } from "../../../lab/fake_lab.ts";
import { formOf, headerOf, sequence } from "../../../lab/journal.ts";
import { flat, type Home, openHome } from "../../real_run.ts";

Deno.test("oauth status lists every sign-in without a request and without a secret", async () => {
  await using lab = await startFakeLab({ challenge: { scope: "mcp:read" } });
  await using other = await startFakeLab();
  await using home = await openHome();
  const secrets: string[] = [];
  for (const [at, account] of [[lab, "work"], [lab, "home"], [other, "default"]] as const) {
    const { stdout } = await home.signIn(at, "--account", account);
    const { accessToken, refreshToken } = JSON.parse(stdout).credentials;
    secrets.push(accessToken, refreshToken);
  }
  lab.requests.length = other.requests.length = 0;
  for (const format of ["json", "human"]) {
    const ran = await home.run(["oauth", "status", "--format", format]);
    assert.equal(ran.status, 0);
    for (const secret of secrets) assert.equal((ran.stdout + ran.stderr).includes(secret), false);
    for (const account of ["work", "home"]) assert.match(ran.stdout, RegExp(account));
    if (format === "human") continue;
    const { entries } = JSON.parse(ran.stdout);
    assert.equal(entries.length, 3);
    const work = entries.find((it: { account: string }) => it.account === "work");
    assert.deepEqual(
      [work.issuer, work.scope, work.state, work.renewable, work.secretsIn],
      [lab.issuer, "mcp:read offline_access", "valid", true, "file"],
    );
  }
  assert.equal(lab.requests.length + other.requests.length, 0);
});

Deno.test("MCPASS_DEBUG_OUT does not replace a trace when status sends no request", async () => {
  await using home = await openHome();
  const path = `${home.path}/trace.json`;
  await Deno.writeTextFile(path, "a trace");
  const env = { MCPASS_DEBUG_OUT: path };
  const ran = await home.run(["oauth", "status", "--format", "json"], { env });
  assert.equal(ran.status, 0, ran.stderr);
  assert.equal(await Deno.readTextFile(path), "a trace");
  await home.run(["oauth", "status", "--check", "--format", "json"], { env });
  assert.notEqual(await Deno.readTextFile(path), "a trace");
});

Deno.test("--url shows one server, --account one sign-in; nothing there is exit 4", async () => {
  await using lab = await startFakeLab();
  await using home = await openHome();
  await home.signIn(lab, "--account", "work");
  const status = async (...args: string[]) =>
    await home.run(["oauth", "status", "--format", "json", ...args]);
  assert.equal(JSON.parse((await status("--url", lab.mcpUrl)).stdout).entries.length, 1);
  const none = await status("--url", lab.mcpUrl, "--account", "home");
  assert.equal(none.status, 4);
  assert.equal(JSON.parse(none.stdout).error.code, "not_signed_in");
  assert.deepEqual(JSON.parse((await status("--account", "home")).stdout).entries, []);
});

Deno.test("a file that is refused is a problem with its remedy, and hides no other", async () => {
  await using lab = await startFakeLab();
  await using other = await startFakeLab();
  await using home = await openHome();
  await home.signIn(lab);
  const { stderr } = await home.signIn(other);
  const path = /stored as \S+ in (\/\S+\.json)/.exec(flat(stderr))?.[1] ?? "";
  await Deno.chmod(path, 0o644);
  const ran = await home.run(["oauth", "status", "--format", "json"]);
  const { entries, problems } = JSON.parse(ran.stdout);
  assert.deepEqual(entries.map((it: { serverUrl: string }) => it.serverUrl), [lab.mcpUrl]);
  assert.equal(problems[0].code, "store_permissions");
  assert.match(problems[0].remedy, /chmod 600/);
  assert.match(flat(ran.stderr), /chmod 600/);
});

Deno.test("--check probes the MCP server where there is no introspection, and renews nothing", async () => {
  await using lab = await startFakeLab();
  await using home = await openHome();
  await home.signIn(lab);
  const check = async () =>
    await home.run(["oauth", "status", "--check", "--url", lab.mcpUrl, "--format", "json"]);
  lab.requests.length = 0;
  const good = await check();
  assert.equal(good.status, 0);
  assert.deepEqual(JSON.parse(good.stdout).entries[0].check.accepted, true);
  assert.equal(JSON.parse(good.stdout).entries[0].state, "valid");
  assert.deepEqual(sequence(lab.requests), ["mcp POST /mcp tools/list"]);
  lab.as.expireAccessTokens();
  const bad = await check();
  assert.equal(bad.status, 1);
  const { check: { by, accepted }, state } = JSON.parse(bad.stdout).entries[0];
  assert.equal(state, "refused");
  assert.deepEqual([by, accepted], ["probe", false]);
  assert.equal(lab.requests.some((it) => it.server === "as"), false);
});

for (const era of ["legacy", "modern"] as const) {
  Deno.test(`--check understands a server of the ${era} era and leaves no session behind`, async () => {
    await using lab = await startFakeLab({ mcp: { era } });
    await using home = await openHome();
    await home.signIn(lab);
    lab.requests.length = 0;
    const ran = await home.run(["oauth", "status", "--check", "--url", lab.mcpUrl]);
    assert.equal(ran.status, 0, ran.stdout + ran.stderr);
    const opened = sequence(lab.requests).filter((it) => it.endsWith("initialize")).length;
    const closed = lab.requests.filter((it) => it.method === "DELETE").length;
    assert.equal(closed, opened);
  });
}

for (const active of [true, false]) {
  Deno.test(`--check asks the issuer first: active ${active}`, async () => {
    await using lab = await startFakeLab({
      metadata: (document) => ({
        ...document,
        introspection_endpoint: `${document.issuer}/introspect`,
      }),
    });
    await using home = await openHome();
    await home.signIn(lab);
    lab.asServer.routes["POST /introspect"] = { body: { active, scope: "a b" } };
    lab.requests.length = 0;
    const ran = await home.run([
      "oauth",
      "status",
      "--check",
      "--url",
      lab.mcpUrl,
      "--format",
      "json",
    ]);
    assert.equal(ran.status, active ? 0 : 1);
    const { by, accepted } = JSON.parse(ran.stdout).entries[0].check;
    assert.deepEqual([by, accepted], ["introspection", active]);
    assert.deepEqual(sequence(lab.requests), ["as POST /introspect"]);
    const form = formOf(lab.requests[0] ?? { body: "" });
    assert.deepEqual([...form.keys()], ["token", "token_type_hint", "client_id"]);
  });
}

Deno.test("a client that may not introspect is told by a probe", async () => {
  await using lab = await startFakeLab({
    metadata: (document) => ({
      ...document,
      introspection_endpoint: `${document.issuer}/introspect`,
    }),
  });
  await using home = await openHome();
  await home.signIn(lab);
  lab.asServer.routes["POST /introspect"] = { status: 401, body: { error: "invalid_client" } };
  lab.requests.length = 0;
  const ran = await home.run([
    "oauth",
    "status",
    "--check",
    "--url",
    lab.mcpUrl,
    "--format",
    "json",
  ]);
  const { by, accepted, detail } = JSON.parse(ran.stdout).entries[0].check;
  assert.deepEqual([by, accepted], ["probe", true]);
  assert.match(detail, /introspection failed: HTTP 401, "invalid_client"/);
  const asked = lab.requests.find((it) => it.server === "as");
  assert.equal(headerOf(asked ?? { headers: [] }, "authorization"), undefined);
});

function statusOf(home: Home, columns: number) {
  const setup = { terminal: true, columns, env: { NO_COLOR: "1" } };
  return async (...args: string[]) => (await home.run(["oauth", "status", ...args], setup)).stdout;
}

Deno.test("one sign-in is shown with its verdict first, then its details, at every width", async () => {
  await using lab = await startFakeLab({ challenge: { scope: "mcp:read" } });
  await using home = await openHome();
  const status = statusOf(home, 80);
  assert.match(
    await status(),
    /^No sign-in is stored \(.*\)\n\nSign in:\n {2}mcpass login\n$/s,
  );
  await home.signIn(lab);
  const [summary] = await home.store.find(lab.mcpUrl);
  const path = `${home.path}/credentials/${summary?.key}.json`;
  for (const text of [await status(), await status("--url", lab.mcpUrl)]) {
    assert.match(
      flat(text),
      RegExp(
        `^✓ signed in to ${lab.mcpUrl}, valid (60|59) min, refreshes automatically Name \\S+ Account`,
      ),
    );
    assert.match(flat(text), /Client public client ".+", registered dynamically \(DCR\)/);
    assert.ok(flat(text).includes(`Stored in ${path} (readable only by you; not in a keyring)`));
    assert.ok(
      text.endsWith(`\n\nUse it:\n  mcpass tools list localhost-${new URL(lab.mcpUrl).port}\n`),
      text,
    );
  }
  const narrow = await statusOf(home, 40)();
  assert.match(flat(narrow), /refreshes automatically Name \S+ Account default/);
});

Deno.test("several sign-ins are one verdict line each, and what is due comes with its command", async () => {
  await using lab = await startFakeLab();
  await using other = await startFakeLab();
  await using home = await openHome();
  await home.signIn(lab, "--account", "work");
  await home.signIn(other);
  const [wide] = [await statusOf(home, 200)()];
  const lines = wide.split("\n");
  for (const [server, account] of [[lab.mcpUrl, "work"], [other.mcpUrl, ""]]) {
    const line = lines.find((it) => it.includes(` ${server} `)) ?? "";
    const expected = RegExp(`^✓ (\\S+) +${server} +${account} +valid .*, refreshes automatically$`);
    const [, name] = expected.exec(line) ?? [];
    assert.match(name ?? "", /^localhost-\d+(?:-work)?$/, line);
  }
  for (const line of (await statusOf(home, 40)()).split("\n")) assert.ok(line.length <= 40, line);
  assert.match(wide, /\n\nShow one in detail:\n {2}mcpass status localhost-[\w-]+\n$/);
  const [summary] = await home.store.find(other.mcpUrl);
  const entry = await home.store.read(summary?.key ?? "");
  assert.ok(entry?.tokens);
  await home.store.write({
    ...entry,
    tokens: { ...entry.tokens, refreshToken: null, expiresAt: "2020-01-01T00:00:00.000Z" },
  });
  const due = await statusOf(home, 200)();
  assert.match(due, /(^|\n)✗ \S+ +\S+ +not signed in: expired \d+ days ago, cannot be refreshed\n/);
  assert.match(due, RegExp(`\n\nSign in again:\n  mcpass login ${other.mcpUrl} .*\n`));
  const { entries } = JSON.parse((await home.run(["oauth", "status"])).stdout);
  assert.deepEqual(
    entries.map((it: Record<string, unknown>) => [it["signedIn"], it["due"], it["clientType"]])
      .sort(),
    [[false, "sign_in", "public"], [true, "nothing", "public"]],
  );
});

Deno.test("a sign-in with an ID token says who signed in", async () => {
  const claims = btoa(JSON.stringify({ sub: "1", email: "me@example.com" })).replace(/=+$/, "");
  await using lab = await startFakeLab({
    token: ({ body, ...rest }) => ({
      ...rest,
      body: { ...body, id_token: `e30.${claims}.e30` },
    }),
  });
  await using home = await openHome();
  await home.signIn(lab, "--account", "work");
  assert.match(flat(await statusOf(home, 80)()), /as work \(me@example\.com\), valid/);
});

Deno.test("--watch writes one JSON line for each change, until Ctrl-C", async () => {
  await using lab = await startFakeLab();
  await using home = await openHome();
  await home.signIn(lab);
  const stop = new AbortController();
  let rounds = 0;
  const sleep = async () => {
    rounds += 1;
    if (rounds === 2) await home.expire(lab);
    if (rounds === 4) await home.store.remove((await home.store.find(lab.mcpUrl))[0]?.key ?? "");
    if (rounds === 6) stop.abort();
  };
  const ran = await home.run(["oauth", "status", "--watch"], { sleep, signal: stop.signal });
  assert.equal(ran.status, 130);
  const documents = ran.stdout.trimEnd().split("\n").map((line) => JSON.parse(line));
  assert.deepEqual(
    documents.map(({ entries }) => entries.map((it: { state: string }) => it.state)),
    [["valid"], ["expired"], []],
  );
  assert.equal(ran.stderr, "");
});

Deno.test("--watch draws a terminal again when something changed", async () => {
  await using lab = await startFakeLab();
  await using home = await openHome();
  await home.signIn(lab);
  const stop = new AbortController();
  let rounds = 0;
  const ran = await home.run(["oauth", "status", "--watch"], {
    terminal: true,
    env: { NO_COLOR: "1" },
    signal: stop.signal,
    sleep: async () => {
      rounds += 1;
      if (rounds === 2) await home.expire(lab);
      if (rounds === 4) stop.abort();
    },
  });
  assert.equal(ran.status, 130);
  const [before, ...screens] = ran.stdout.split("\x1b[H\x1b[2J");
  assert.equal(before, "");
  assert.equal(screens.length, 2);
  assert.match(
    flat(screens[0] ?? ""),
    /^✓ signed in to .*, valid.* Checking every 1 s; press Ctrl-C to stop $/,
  );
  assert.match(
    flat(screens[1] ?? ""),
    /^✓ signed in to .*, expired 1 s ago, refreshes at the next/,
  );
});

for (const status of [403, 307, 500]) {
  Deno.test(`status --check says what a server that answers ${status} to the token answers without it`, async () => {
    await using lab = await startFakeLab();
    await using home = await openHome();
    await home.signIn(lab);
    const check = async () => {
      const ran = await home.run(["oauth", "status", "--check", "--format", "json"]);
      return JSON.parse(ran.stdout).entries[0].check;
    };
    const answer = { status, headers: [["location", "/login"]] as const };
    lab.mcp.intercept((request) =>
      headerOf(request, "authorization") === undefined ? undefined : answer
    );
    const compared = await check();
    assert.equal(compared.accepted, null);
    assert.match(
      compared.detail,
      new RegExp(`answers .*${status}.*; without the token it asks for one`),
    );
    lab.mcp.intercept(() => answer);
    assert.doesNotMatch((await check()).detail, /without the token/);
  });
}

Deno.test("the status of a sign-in whose tokens were moved is that of no sign-in", async () => {
  await using lab = await startFakeLab();
  await using home = await openHome();
  await home.signIn(lab);
  const [found] = await home.store.find(lab.mcpUrl);
  const entry = found && await home.store.read(found.key);
  assert.ok(entry);
  const moved = { at: "2026-01-02T03:04:05Z", to: "build-7" };
  await home.store.write({ ...entry, tokens: null, moved });
  const ran = await home.run(["status", lab.mcpUrl, "--format", "json"]);
  assert.equal(ran.status, 4, ran.stderr);
  const { completed, error } = JSON.parse(ran.stdout);
  assert.deepEqual([completed, error.code], [false, "not_signed_in"]);
  assert.match(error.message, /moved to "build-7" on 2026-01-02T03:04:05Z/);
  assert.equal((await home.run(["status"])).status, 0);
});
