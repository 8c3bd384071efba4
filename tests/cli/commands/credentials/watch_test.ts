import assert from "node:assert/strict";
import { type FakeLab, startFakeLab } from "../../../lab/fake_lab.ts";
import { sequence } from "../../../lab/journal.ts";
import { flat, type Home, openHome } from "../../real_run.ts";
import { startWatched } from "./watched_token.ts";

const MINUTE = 60_000;

/** A home that is signed in; tokens are valid for five minutes. */
async function signedIn(): Promise<
  { readonly lab: FakeLab; readonly home: Home } & AsyncDisposable
> {
  const lab = await startFakeLab({ accessTokenTtl: 300 });
  const home = await openHome();
  await home.signIn(lab);
  lab.requests.length = 0;
  return {
    lab,
    home,
    async [Symbol.asyncDispose]() {
      await home[Symbol.asyncDispose]();
      await lab[Symbol.asyncDispose]();
    },
  };
}

const modeOf = async (path: string) => ((await Deno.stat(path)).mode ?? 0) & 0o777;

const REFRESH = "as POST /token refresh_token";

/** The newest token of the lab, as the file has it. */
const newest = (lab: FakeLab) => `${lab.as.accessTokens.at(-1)}\n`;

Deno.test("a watcher writes the token for its owner only, and each signal ends it with status 0", async () => {
  await using setup = await signedIn();
  const { lab, home } = setup;
  await using watched = await startWatched(home, lab);
  await watched.rested();
  assert.equal(await watched.text(), newest(lab));
  assert.equal(await modeOf(watched.path), 0o600);
  assert.match(flat(watched.stderr()), /wrote the token to ".*\/token"; it expires in 5 minutes/);
  assert.equal(await watched.stop(), 0);
  assert.equal(await watched.text(), newest(lab), "the file remains");
  assert.equal(lab.requests.length, 0);
});

Deno.test("a watcher refreshes before the expiry, with one request for each token", async () => {
  await using setup = await signedIn();
  const { lab, home } = setup;
  await using watched = await startWatched(home, lab);
  await watched.rested();
  const first = await watched.text();
  watched.clock.advance(4 * MINUTE - 1000);
  await watched.rested();
  assert.equal(await watched.text(), first, "twice the margin before the expiry at the earliest");
  watched.clock.advance(31_000);
  await watched.says(/wrote[^]*wrote/);
  await watched.rested();
  assert.deepEqual(sequence(lab.requests), [REFRESH]);
  assert.notEqual(await watched.text(), first);
  assert.equal(await watched.text(), newest(lab));
});

Deno.test("a watcher writes the token that another process obtained, and sends nothing", async () => {
  await using setup = await signedIn();
  const { lab, home } = setup;
  await using watched = await startWatched(home, lab);
  await watched.rested();
  assert.equal((await home.run(["oauth", "refresh", "--url", lab.mcpUrl])).status, 0);
  lab.requests.length = 0;
  watched.clock.advance(MINUTE);
  await watched.says(/wrote[^]*wrote/);
  assert.equal(await watched.text(), newest(lab));
  assert.equal(lab.requests.length, 0);
});

Deno.test("a file that was removed is written again", async () => {
  await using setup = await signedIn();
  const { lab, home } = setup;
  await using watched = await startWatched(home, lab, "--health", "0");
  await watched.rested();
  await Deno.remove(watched.path);
  assert.deepEqual((await watched.health())[0], 503);
  watched.clock.advance(MINUTE);
  await watched.says(/wrote[^]*wrote/);
  assert.equal(await watched.text(), newest(lab));
  assert.deepEqual((await watched.health())[0], 200);
});

Deno.test("while the authorization server is down, the file has the token until it expires", async () => {
  await using setup = await signedIn();
  const { lab, home } = setup;
  await using watched = await startWatched(home, lab, "--health", "0");
  await watched.rested();
  const first = await watched.text();
  const works = lab.asServer.routes["POST /token"];
  lab.asServer.routes["POST /token"] = {
    status: 503,
    body: { error: "temporarily_unavailable" },
  };
  watched.clock.advance(4.5 * MINUTE + 1000);
  await watched.says(/mcpass tries again/);
  await watched.rested();
  assert.equal(await watched.text(), first);
  const [status, body] = await watched.health();
  assert.deepEqual([status, Object.keys(body)], [200, ["ok", "expiresAt"]]);
  watched.clock.advance(2000);
  await watched.rested();
  watched.clock.advance(MINUTE);
  await watched.says(/the token has expired: removed/);
  await watched.rested(false);
  assert.equal(await watched.text(), undefined);
  assert.deepEqual(await watched.health(), [503, { ok: false, reason: "token_error" }]);
  assert.equal(watched.stderr().match(/mcpass tries again/g)?.length, 1, watched.stderr());
  if (works !== undefined) lab.asServer.routes["POST /token"] = works;
  watched.clock.advance(MINUTE * 2);
  await watched.says(/the error no longer occurs/);
  assert.equal(await watched.text(), newest(lab));
});

Deno.test("a watcher waits for a person who signs in elsewhere, and says so once", async () => {
  await using lab = await startFakeLab({ accessTokenTtl: 300 });
  await using home = await openHome();
  await using watched = await startWatched(home, lab, "--health", "0");
  for (let round = 0; round < 3; round += 1) {
    await watched.rested(false);
    assert.deepEqual(await watched.health(), [503, { ok: false, reason: "not_signed_in" }]);
    watched.clock.advance(MINUTE);
  }
  assert.equal(watched.stderr().match(/mcpass login/g)?.length, 1, watched.stderr());
  assert.equal(lab.requests.length, 0);
  await watched.rested(false);
  await home.signIn(lab);
  watched.clock.advance(2 * MINUTE);
  await watched.says(/wrote the token/);
  assert.equal(await watched.text(), newest(lab));
});

Deno.test("a watcher waits for a sign-in with a name that is not stored yet", async () => {
  await using lab = await startFakeLab({ accessTokenTtl: 300 });
  await using home = await openHome();
  await using watched = await startWatched(home, { mcpUrl: "main" });
  await watched.rested(false);
  assert.match(watched.stderr(), /no sign-in is named "main"[^]*login <server>\s+--name main/);
  await home.signIn(lab, "--name", "main", "--account", "work");
  await home.signIn(lab, "--account", "default");
  watched.clock.advance(2 * MINUTE);
  await watched.says(/wrote the token/);
  assert.equal(await watched.text(), `${lab.as.accessTokens.at(-2)}\n`);
});

Deno.test("a refresh that was sent before the signal is stored, so that nothing is lost", async () => {
  await using setup = await signedIn();
  const { lab, home } = setup;
  await using watched = await startWatched(home, lab);
  await watched.rested();
  const received = Promise.withResolvers<void>();
  const released = Promise.withResolvers<void>();
  const works = lab.asServer.routes["POST /token"];
  assert.ok(typeof works === "function");
  lab.asServer.routes["POST /token"] = async (request, raw) => {
    received.resolve();
    await released.promise;
    return await works(request, raw);
  };
  watched.clock.advance(4.5 * MINUTE + 1000);
  await received.promise;
  const stopped = watched.stop();
  released.resolve();
  assert.equal(await stopped, 0);
  assert.equal(await watched.text(), newest(lab));
  const [found] = await home.store.find(lab.mcpUrl);
  const entry = found && await home.store.read(found.key);
  assert.equal(`${entry?.tokens?.accessToken}\n`, newest(lab));
  assert.equal(entry?.journal, undefined);
});

Deno.test("a watcher of a token that another process is refreshing sends nothing while it is valid", async () => {
  await using setup = await signedIn();
  const { lab, home } = setup;
  const [found] = await home.store.find(lab.mcpUrl);
  const entry = found && await home.store.read(found.key);
  assert.ok(entry?.tokens);
  const journal = { startedAt: new Date().toISOString(), refreshTokenFingerprint: "0".repeat(16) };
  await home.store.write({ ...entry, journal });
  await using watched = await startWatched(home, lab);
  for (let second = 0; second < 265; second += 5) {
    await watched.rested();
    watched.clock.advance(5000);
  }
  await watched.rested();
  assert.equal(lab.requests.length, 0);
  watched.clock.advance(30_000 + 1000);
  await watched.says(/wrote[^]*wrote/);
  assert.deepEqual(sequence(lab.requests), [REFRESH]);
});

Deno.test("a watcher does not wait for a lock that another process has, and looks again later", async () => {
  await using setup = await signedIn();
  const { lab, home } = setup;
  await using watched = await startWatched(home, lab, "--health", "0");
  await watched.rested();
  const first = await watched.text();
  const [found] = await home.store.find(lab.mcpUrl);
  const lock = await home.store.lock(found?.key ?? "");
  watched.clock.advance(4.5 * MINUTE + 1000);
  await watched.rested();
  assert.equal(await watched.text(), first);
  watched.clock.advance(MINUTE);
  await watched.says(/refresh_under_way/);
  await watched.rested(false);
  assert.deepEqual(await watched.health(), [503, { ok: false, reason: "refresh_under_way" }]);
  assert.equal(lab.requests.length, 0);
  await lock[Symbol.asyncDispose]();
  watched.clock.advance(13_000);
  await watched.says(/the error no longer occurs/);
  assert.equal(await watched.text(), newest(lab));
});

/** A JWT that expires after so many milliseconds; no signature is checked. */
function jwt(ms: number): string {
  const exp = Math.floor((Date.now() + ms) / 1000);
  const part = (value: object) =>
    new TextEncoder().encode(JSON.stringify(value)).toBase64({
      alphabet: "base64url",
      omitPadding: true,
    });
  return `${part({ alg: "RS256", typ: "at+jwt" })}.${part({ exp })}.c2lnbmF0dXJl`;
}

const expiresIn = (ms: number) =>
  JSON.stringify({ accessToken: "t", expiresAt: new Date(Date.now() + ms).toISOString() });

const EARLIER: readonly (readonly [name: string, text: string, remains: boolean])[] = [
  ["an opaque token", "opaque\n", false],
  ["an opaque token for curl", 'header = "Authorization: Bearer opaque"\n', false],
  ["a JWT that has expired", `${jwt(-MINUTE)}\n`, false],
  ["a header with a valid JWT", `Authorization: Bearer ${jwt(MINUTE)}\n`, true],
  ["a document whose token has expired", expiresIn(-MINUTE), false],
  ["a document with a valid token", expiresIn(MINUTE), true],
];

for (const [name, text, remains] of EARLIER) {
  Deno.test(`nobody is signed in, and an earlier run left ${name}`, async () => {
    await using lab = await startFakeLab();
    await using home = await openHome();
    const path = `${home.path}/token`;
    await Deno.writeTextFile(path, text);
    await using watched = await startWatched(home, lab);
    if (remains) await watched.rested();
    else await watched.says(/removed/);
    assert.equal(await watched.text(), remains ? text : undefined);
    if (!remains) {
      assert.match(flat(watched.stderr()), /expired: removed ".*token"/);
      return;
    }
    watched.clock.advance(2 * MINUTE);
    await watched.says(/the token has expired: removed/);
    assert.equal(await watched.text(), undefined);
  });
}

Deno.test("a watcher that starts again replaces the token of the earlier run", async () => {
  await using setup = await signedIn();
  const { lab, home } = setup;
  await Deno.writeTextFile(`${home.path}/token`, "opaque\n");
  await using watched = await startWatched(home, lab);
  await watched.rested();
  assert.equal(await watched.text(), newest(lab));
  assert.doesNotMatch(watched.stderr(), /removed/);
});

Deno.test("--as and --progress json change the file and the messages", async () => {
  await using setup = await signedIn();
  const { lab, home } = setup;
  await using watched = await startWatched(home, lab, "--as", "env", "--progress", "json");
  await watched.rested();
  assert.equal(await watched.text(), `MCPASS_ACCESS_TOKEN=${newest(lab)}`);
  const [event] = watched.stderr().trim().split("\n").map((line) => JSON.parse(line));
  assert.deepEqual([event.event, event.path], ["token_written", watched.path]);
});

Deno.test("a temporary file of a process that was killed is removed, others are not", async () => {
  await using setup = await signedIn();
  const { lab, home } = setup;
  const names = [".token.0123456789abcdef.tmp", ".token.fedcba9876543210.tmp", ".token.note.tmp"];
  const [abandoned = "", ...others] = names;
  for (const name of names) await Deno.writeTextFile(`${home.path}/${name}`, "secret");
  await Deno.utime(`${home.path}/${abandoned}`, 1, 1);
  await using watched = await startWatched(home, lab);
  await watched.rested();
  const left = await Array.fromAsync(Deno.readDir(home.path), ({ name }) => name);
  assert.deepEqual(names.filter((name) => left.includes(name)), others);
});

Deno.test("a folder that cannot be written to, a bad address and no validity end a watcher", async () => {
  await using setup = await signedIn();
  const { lab, home } = setup;
  const command = ["oauth", "token", "--url", lab.mcpUrl];
  const rows: readonly (readonly [args: string[], status: number, RegExp])[] = [
    [["--watch", `${home.path}/none/token`], 2, /its folder does not exist/],
    [
      ["--watch", `${home.path}/a`, "--health", "no port"],
      2,
      /--health: "no port" is not an address/,
    ],
    [["--watch", `${home.path}/a`, "--health", `unix:${home.path}`], 2, /--health: cannot use/],
    [["--watch", `${home.path}/a`, "--min-validity", "400000"], 1, /valid for 5 minutes/],
    [["--health", "0"], 2, /--health requires --watch/],
    [["--watch", `${home.path}/a`, "--out", `${home.path}/b`], 2, /cannot be used together/],
    [["--watch", `${home.path}/a`, "--decode"], 2, /cannot be used together/],
    [["--out", `${home.path}/a`, "--field", "accessToken"], 2, /cannot be used together/],
  ];
  for (const [args, status, text] of rows) {
    const ran = await home.run([...command, ...args]);
    assert.equal(ran.status, status, `${args}: ${ran.stderr}`);
    assert.match(flat(ran.stderr), text);
  }
});

Deno.test("--out writes the token to a file once, and no file if a person has to sign in", async () => {
  await using setup = await signedIn();
  const { lab, home } = setup;
  const path = `${home.path}/token`;
  const out = ["oauth", "token", "--url", lab.mcpUrl, "--out", path];
  const ran = await home.run([...out, "--as", "header"]);
  assert.deepEqual([ran.status, ran.stdout, ran.stderr], [0, "", ""]);
  assert.equal(await Deno.readTextFile(path), `Authorization: Bearer ${newest(lab)}`);
  assert.equal(await modeOf(path), 0o600);
  await Deno.remove(path);
  await home.run(["oauth", "logout", "--url", lab.mcpUrl]);
  const refused = await home.run(out);
  assert.equal(refused.status, 4, refused.stderr);
  await assert.rejects(Deno.stat(path), Deno.errors.NotFound);
});
