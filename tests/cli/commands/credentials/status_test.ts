import assert from "node:assert/strict";
import { startFakeLab } from "../../../lab/fake_lab.ts";
import { formOf, headerOf, sequence } from "../../../lab/journal.ts";
import { flat, openHome } from "../../real_run.ts";

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
    for (const account of ["work", "home", "default"]) assert.match(ran.stdout, RegExp(account));
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
  const path = /stored in (\/\S+\.json)/.exec(flat(stderr))?.[1] ?? "";
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
  assert.match(detail, /issuer did not say: HTTP 401, "invalid_client"/);
  const asked = lab.requests.find((it) => it.server === "as");
  assert.equal(headerOf(asked ?? { headers: [] }, "authorization"), undefined);
});

Deno.test("the list is as wide as the terminal, and every answer names the next command", async () => {
  await using lab = await startFakeLab({ challenge: { scope: "mcp:read" } });
  await using home = await openHome();
  const status = async (columns: number, ...args: string[]) =>
    (await home.run(["oauth", "status", ...args], {
      terminal: true,
      columns,
      env: { NO_COLOR: "1" },
    })).stdout;
  assert.match(await status(40), /^Nothing is stored \(.*\)\n\nSign in:\n {2}mcpass login\n$/s);
  await home.signIn(lab);
  const [head = "", row = ""] = (await status(200)).split("\n");
  assert.match(head, /^Server +Account +Expires/);
  assert.ok(row.startsWith(lab.mcpUrl), row);
  const narrow = await status(40);
  assert.match(flat(narrow), /account default · expires in .* · refreshable yes · issuer http/);
  for (const line of narrow.split("\n")) assert.ok(line.length <= 40, line);
  assert.match(narrow, /All about one:\n {2}mcpass oauth status --url '<url>'\n$/);
  assert.ok(
    (await status(80, "--url", lab.mcpUrl)).endsWith(
      `\n\nUse it:\n  mcpass tools list --url ${lab.mcpUrl}\n`,
    ),
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
