import assert from "node:assert/strict";
import { startFakeLab } from "../../../lab/fake_lab.ts";
import { formOf } from "../../../lab/journal.ts";
import { startLab } from "../../../lab/shapes.ts";
import { entryOf } from "../../../store/entries.ts";
import { flat, openHome } from "../../real_run.ts";

Deno.test("logout revokes the refresh token, then the access token, then deletes", async () => {
  await using lab = await startFakeLab();
  await using home = await openHome();
  await home.signIn(lab);
  lab.requests.length = 0;
  const ran = await home.run(["oauth", "logout", "--url", lab.mcpUrl, "--format", "json"]);
  assert.equal(ran.status, 0, ran.stderr);
  const hints = lab.requests.map((it) => formOf(it).get("token_type_hint"));
  assert.deepEqual(hints, ["refresh_token", "access_token"]);
  assert.deepEqual(lab.as.accessTokens, []);
  const { signedOut } = JSON.parse(ran.stdout);
  assert.deepEqual(signedOut[0].revoked, { refreshToken: true, accessToken: true });
  assert.deepEqual(signedOut[0].notRevoked, []);
  assert.deepEqual((await home.store.list()).entries, []);
});

const FAILING: readonly (readonly [name: string, status: number, body: object | string])[] = [
  ["503", 503, "busy"],
  ["an OAuth error", 400, { error: "unsupported_token_type" }],
  ["an error with status 200", 200, { error: "invalid_client" }],
];

for (const [name, status, body] of FAILING) {
  Deno.test(`logout deletes also when revoking fails with ${name}, and says so`, async () => {
    await using lab = await startFakeLab();
    await using home = await openHome();
    await home.signIn(lab);
    lab.asServer.routes["POST /token"] = { status, body };
    const ran = await home.run(["oauth", "logout", "--url", lab.mcpUrl, "--format", "human"]);
    assert.equal(ran.status, 1);
    assert.match(flat(ran.stdout), /; not revoked: refresh token, access token \(valid until/);
    assert.match(flat(ran.stdout), /the refresh token was not revoked .* remains valid until/);
    assert.match(flat(ran.stderr), /revocation failed .* deleted anyway/);
    assert.deepEqual((await home.store.list()).entries, []);
  });
}

Deno.test("an access token of a kind that oidc-provider does not revoke is a warning with its end", async () => {
  await using lab = await startLab();
  await using home = await openHome();
  const { stdout } = await home.signIn(lab);
  const { expiresAt } = JSON.parse(stdout).credentials;
  const ran = await home.run(["oauth", "logout", "--url", lab.mcpUrl, "--format", "json"]);
  assert.equal(ran.status, 0, ran.stdout);
  const { completed, signedOut: [ended] } = JSON.parse(ran.stdout);
  assert.equal(completed, true);
  assert.deepEqual(ended.revoked, { refreshToken: true, accessToken: false });
  const [finding] = ended.findings;
  assert.deepEqual([finding.code, finding.severity], ["access_token_not_revocable", "warning"]);
  assert.match(finding.message, new RegExp(`valid until ${expiresAt}`));
  assert.deepEqual(ended.notRevoked, [{ token: "accessToken", validUntil: expiresAt }]);
  assert.match(ended.note, /^the access token was not revoked \(.*valid until it expires$/);
  await home.signIn(lab);
  const human = await home.run(["oauth", "logout", "--url", lab.mcpUrl, "--format", "human"]);
  assert.match(
    flat(human.stdout),
    /: refresh token revoked, sign-in deleted; not revoked: access token \(valid until \d{4}-\S+Z\) warning: .* does not revoke access tokens/,
  );
});

Deno.test("an access token that has expired needs no revocation", async () => {
  await using lab = await startLab();
  await using home = await openHome();
  await home.signIn(lab);
  const [{ key = "" } = {}] = await home.store.find(lab.mcpUrl);
  const entry = await home.store.read(key);
  assert.ok(entry?.tokens);
  const tokens = { ...entry.tokens, expiresAt: "2020-01-01T00:00:00.000Z" };
  await home.store.write({ ...entry, tokens });
  const ran = await home.run(["logout", lab.mcpUrl, "--format", "human"]);
  assert.equal(ran.status, 0, ran.stderr);
  assert.match(
    flat(ran.stdout),
    /^✓ signed out of \S+ \(localhost-\d+\): refresh token revoked, sign-in deleted $/,
  );
});

Deno.test("the same answer for the refresh token is a failure", async () => {
  await using lab = await startFakeLab();
  await using home = await openHome();
  await home.signIn(lab);
  lab.asServer.routes["POST /token"] = (request) =>
    formOf(request).get("token_type_hint") === "refresh_token"
      ? { status: 400, body: { error: "unsupported_token_type" } }
      : { status: 200 };
  const ran = await home.run(["oauth", "logout", "--url", lab.mcpUrl, "--format", "json"]);
  assert.equal(ran.status, 1);
  assert.equal(JSON.parse(ran.stdout).error.code, "revocation_failed");
});

Deno.test("logout deletes also when the authorization server is gone", async () => {
  const lab = await startFakeLab();
  await using home = await openHome();
  await home.signIn(lab);
  await lab.close();
  const ran = await home.run(["oauth", "logout", "--url", lab.mcpUrl]);
  assert.equal(ran.status, 1);
  assert.deepEqual((await home.store.list()).entries, []);
});

Deno.test("without a revocation endpoint logout says that the tokens stay valid", async () => {
  await using lab = await startFakeLab({
    metadata: ({ revocation_endpoint: _, ...document }) => document,
  });
  await using home = await openHome();
  await home.signIn(lab);
  lab.requests.length = 0;
  const ran = await home.run(["oauth", "logout", "--url", lab.mcpUrl, "--format", "human"]);
  assert.equal(ran.status, 0);
  assert.match(
    flat(ran.stdout),
    /: sign-in deleted; not revoked: refresh token, access token \(valid .*has no revocation endpoint: the tokens remain valid until they expire/,
  );
  assert.equal(lab.requests.length, 0);
});

Deno.test("logout ends one account; --all ends every account, here or everywhere", async () => {
  await using lab = await startFakeLab();
  await using other = await startFakeLab();
  await using home = await openHome();
  const accounts = async () =>
    (await home.store.list()).entries.map((it) => it.account).sort().join(" ");
  for (const account of ["a", "b", "c"]) await home.signIn(lab, "--account", account);
  await home.signIn(other, "--account", "d");
  const logout = (...args: string[]) => home.run(["oauth", "logout", ...args]);
  assert.equal((await logout("--url", lab.mcpUrl)).status, 2);
  assert.equal(await accounts(), "a b c d");
  assert.equal((await logout("--url", lab.mcpUrl, "--account", "b")).status, 0);
  assert.equal(await accounts(), "a c d");
  assert.equal((await logout("--all", "--account", "a")).status, 2);
  assert.equal((await logout("--url", lab.mcpUrl, "--all")).status, 0);
  assert.equal(await accounts(), "d");
  assert.equal((await logout("--all")).status, 0);
  assert.equal(await accounts(), "");
  const nothing = await logout("--url", lab.mcpUrl, "--format", "json");
  assert.equal(nothing.status, 0);
  assert.deepEqual(JSON.parse(nothing.stdout).signedOut, []);
});

Deno.test("logout names the server for which nothing is kept", async () => {
  await using home = await openHome();
  const url = "https://mcp.example/mcp";
  const ran = await home.run(["oauth", "logout", "--url", url, "--format", "human"]);
  assert.equal(ran.status, 0);
  assert.equal(ran.stdout, `✓ already signed out: no sign-in is stored for "${url}"\n`);
});

Deno.test("logout --all: a sign-in that cannot be deleted is named, and the others are signed out", async () => {
  await using lab = await startFakeLab();
  await using home = await openHome();
  await home.signIn(lab);
  const { key } = await home.store.write(entryOf({ account: "work" }));
  await using _lock = await home.store.lock(key);
  const ran = await home.run(["logout", "--all", "--step-timeout", "200", "--format", "json"]);
  assert.equal(ran.status, 1, ran.stdout);
  const { completed, signedOut, problems } = JSON.parse(ran.stdout);
  assert.equal(completed, false);
  assert.deepEqual(signedOut.map((it: { serverUrl: string }) => it.serverUrl), [lab.mcpUrl]);
  assert.deepEqual(signedOut[0].revoked, { refreshToken: true, accessToken: true });
  assert.equal(problems[0].code, "store_lock_timeout");
  assert.match(
    problems[0].message,
    /^"https:\/\/mcp\.example\/mcp" \(account "work"\): cannot lock/,
  );
  assert.deepEqual((await home.store.list()).entries.map((it) => it.key), [key]);
});
