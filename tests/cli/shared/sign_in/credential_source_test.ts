import assert from "node:assert/strict";
import { startFakeLab } from "../../../lab/fake_lab.ts";
import { headerOf, sequence } from "../../../lab/journal.ts";
import { flat, openHome } from "../../real_run.ts";

const URL = "https://mcp.example/mcp";

const CONFLICTS: readonly (readonly [
  name: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  talk: RegExp,
])[] = [
  [
    "two different tokens",
    ["--access-token", "canary-one", "--oauth-access-token", "canary-two"],
    {},
    /two different tokens/,
  ],
  [
    "a token and a file",
    ["--access-token", "canary-one", "--credentials-file", "c.json"],
    {},
    /--access-token and --credentials-file name different credentials/,
  ],
  [
    "a token and an account",
    ["--oauth-access-token", "canary-one", "--account", "work"],
    {},
    /--oauth-access-token and --account name different credentials/,
  ],
  [
    "a file and a store",
    ["--credentials-file", "c.json", "--store", "file"],
    {},
    /--credentials-file and --store name different credentials/,
  ],
  [
    "variables that contradict each other",
    [],
    { MCPASS_ACCESS_TOKEN: "canary-one", MCPASS_CREDENTIALS_FILE: "c.json" },
    /MCPASS_ACCESS_TOKEN and MCPASS_CREDENTIALS_FILE name/,
  ],
  [
    "--store and --no-store",
    ["--store", "file", "--no-store"],
    {},
    /--no-store cannot be used with --store/,
  ],
];

for (const [name, args, env, talk] of CONFLICTS) {
  Deno.test(`conflicting credentials are a usage error: ${name}`, async () => {
    await using home = await openHome();
    const ran = await home.run(["tools", "list", "--url", URL, ...args, "--format", "json"], {
      env,
    });
    assert.equal(ran.status, 2, ran.stderr);
    assert.match(flat(ran.stderr), talk);
    assert.equal((ran.stdout + ran.stderr).includes("canary-"), false);
  });
}

Deno.test("what was typed wins over a variable", async () => {
  await using lab = await startFakeLab();
  await using home = await openHome();
  const { stdout } = await home.signIn(lab);
  const token = JSON.parse(stdout).credentials.accessToken;
  lab.requests.length = 0;
  const ran = await home.run(["tools", "list", "--url", lab.mcpUrl, "--access-token", token], {
    env: { MCPASS_CREDENTIALS_FILE: "absent.json", MCPASS_ACCOUNT: "absent" },
  });
  assert.equal(ran.status, 0, ran.stderr);
  const sent = new Set(lab.requests.map((it) => headerOf(it, "authorization")));
  assert.deepEqual([...sent].filter((it) => it !== undefined), [`Bearer ${token}`]);
});

Deno.test("the same token under both names is one token", async () => {
  await using lab = await startFakeLab();
  await using home = await openHome();
  const token = JSON.parse((await home.signIn(lab, "--no-store")).stdout).credentials.accessToken;
  const ran = await home.run([
    ...["tools", "list", "--url", lab.mcpUrl],
    ...["--access-token", token, "--oauth-access-token", token],
  ]);
  assert.equal(ran.status, 0, ran.stderr);
});

/** Signs in with a credentials file as the only place. */
async function withFile(lab: Awaited<ReturnType<typeof startFakeLab>>) {
  const home = await openHome();
  const file = `${home.path}/credentials file.json`;
  await home.signIn(lab, "--credentials-out", file, "--no-store");
  const read = async () => JSON.parse(await Deno.readTextFile(file));
  const change = async (members: Readonly<Record<string, unknown>>) => {
    await Deno.writeTextFile(file, JSON.stringify({ ...await read(), ...members }));
  };
  return { home, file, read, change };
}

const LONG_AGO = "2020-01-01T00:00:00.000Z";

Deno.test("a refresh through a credentials file writes it back, 0600, with members it does not know", async () => {
  await using lab = await startFakeLab();
  const { home, file, read, change } = await withFile(lab);
  await using _home = home;
  await change({ expiresAt: LONG_AGO, note: "of the owner" });
  const before = await read();
  lab.requests.length = 0;
  const args = ["oauth", "token", "--url", lab.mcpUrl, "--credentials-file", file];
  const all = await Promise.all(Array.from({ length: 5 }, () => home.run(args)));
  assert.deepEqual(sequence(lab.requests), ["as POST /token refresh_token"]);
  const after = await read();
  assert.deepEqual(new Set(all.map((it) => it.stdout)), new Set([`${after.accessToken}\n`]));
  assert.notEqual(after.refreshToken, before.refreshToken);
  assert.equal(after.note, "of the owner");
  assert.equal("refreshBegun" in after, false);
  assert.equal(((await Deno.stat(file)).mode ?? 0) & 0o777, 0o600);
  const names = await Array.fromAsync(Deno.readDir(home.path), ({ name }) => name);
  assert.deepEqual(names, ["credentials file.json"]);
});

Deno.test("a credentials file goes to no other server", async () => {
  await using lab = await startFakeLab();
  await using other = await startFakeLab();
  const { home, file } = await withFile(lab);
  await using _home = home;
  for (const command of [["oauth", "token"], ["tools", "list"]]) {
    const ran = await home.run([...command, "--url", other.mcpUrl, "--credentials-file", file]);
    assert.equal(ran.status, 2);
    assert.match(flat(ran.stderr), /is for ".*", not for ".*"/);
  }
  assert.equal(other.requests.length, 0);
});

const UNUSABLE: readonly (readonly [name: string, content: unknown, talk: RegExp])[] = [
  ["another version", { version: 2 }, /has version 2/],
  ["no version", {}, /has no "version": 1/],
  ["no token", { version: 1, serverUrl: URL }, /"accessToken" must be an access token, or null/],
  [
    "a token endpoint that is no secure URL",
    { version: 1, serverUrl: URL, accessToken: "a", tokenEndpoint: "http://evil.example/token" },
    /"tokenEndpoint"/,
  ],
  ["a list", [], /not a JSON object/],
];

for (const [name, content, talk] of UNUSABLE) {
  Deno.test(`a credentials file with ${name} is a usage error`, async () => {
    await using home = await openHome();
    const file = `${home.path}/c.json`;
    await Deno.writeTextFile(file, JSON.stringify(content), { mode: 0o600 });
    const ran = await home.run(["oauth", "token", "--url", URL, "--credentials-file", file]);
    assert.deepEqual([ran.status, ran.stdout], [2, ""]);
    assert.match(flat(ran.stderr), talk);
  });
}

Deno.test("a credentials file that others can read is refused with the command that mends it", async () => {
  await using lab = await startFakeLab();
  const { home, file } = await withFile(lab);
  await using _home = home;
  await Deno.chmod(file, 0o644);
  const ran = await home.run(["oauth", "token", "--url", lab.mcpUrl, "--credentials-file", file]);
  assert.deepEqual([ran.status, ran.stdout], [2, ""]);
  assert.match(flat(ran.stderr), /chmod 600 '.*credentials file\.json'/);
});

Deno.test("a minimal file is used as long as its token lasts, and then asks for a sign-in", async () => {
  await using lab = await startFakeLab();
  await using home = await openHome();
  const { credentials } = JSON.parse((await home.signIn(lab, "--no-store")).stdout);
  const file = `${home.path}/c.json`;
  const minimal = { version: 1, serverUrl: lab.mcpUrl, accessToken: credentials.accessToken };
  await Deno.writeTextFile(file, JSON.stringify(minimal), { mode: 0o600 });
  const args = ["oauth", "token", "--url", lab.mcpUrl, "--credentials-file", file];
  assert.equal((await home.run(args)).stdout, `${credentials.accessToken}\n`);
  await Deno.writeTextFile(file, JSON.stringify({ ...minimal, expiresAt: LONG_AGO }));
  const ran = await home.run(args);
  assert.deepEqual([ran.status, ran.stdout], [4, ""]);
  assert.match(flat(ran.stderr), /cannot be refreshed: its token endpoint was not stored/);
  assert.match(ran.stderr, /mcpass explain no_token_endpoint/);
});

Deno.test("logout with a credentials file revokes and removes the file", async () => {
  await using lab = await startFakeLab();
  const { home, file } = await withFile(lab);
  await using _home = home;
  const ran = await home.run(["oauth", "logout", "--url", lab.mcpUrl, "--credentials-file", file]);
  assert.equal(ran.status, 0, ran.stderr);
  assert.deepEqual(lab.as.accessTokens, []);
  assert.deepEqual(await Array.fromAsync(Deno.readDir(home.path)), []);
});
