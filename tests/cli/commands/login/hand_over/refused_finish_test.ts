import assert from "node:assert/strict";
import { startFakeLab } from "../../../../lab/shapes.ts";
import type { Home } from "../../../real_run.ts";
import { addressAfter, begin, finish, openHome, pendingFiles } from "./begun_logins.ts";

const errorOf = (stdout: string) => JSON.parse(stdout).error;

/** The only record, as a changed file has it. */
async function changeRecord(home: Home, change: (record: Record<string, unknown>) => object) {
  const [name = ""] = (await pendingFiles(home)).filter((it) => /^[0-9a-f]{64}\.json$/.test(it));
  const path = `${home.path}/pending/${name}`;
  await Deno.writeTextFile(path, JSON.stringify(change(JSON.parse(await Deno.readTextFile(path)))));
}

async function begun() {
  const lab = await startFakeLab();
  const home = await openHome();
  const login = await begin(home, lab);
  const address = await addressAfter(login);
  const tokens = () => lab.requests.filter(({ path }) => path === "/token").length;
  return {
    ...{ lab, home, login, address, tokens },
    async [Symbol.asyncDispose]() {
      await home[Symbol.asyncDispose]();
      await lab.close();
    },
  };
}

Deno.test("a page that somebody else sent cannot be finished into the own store", async () => {
  await using attacker = await begun();
  const { lab, address, tokens } = attacker;
  await using victim = await openHome();
  const own = await begin(victim, lab);
  // The attacker sent the page; the victim consented, and has the address.
  const without = await victim.run(["login", "--finish", address, "--format", "json"]);
  assert.equal(without.status, 2);
  assert.equal(errorOf(without.stdout).code, "missing_options");
  assert.match(errorOf(without.stdout).remedy, /somebody else sent you the page/);
  const withOwn = await finish(victim, address, own.handle);
  assert.equal(errorOf(withOwn.stdout).code, "pending_login_unknown");
  const withTheirs = await finish(victim, address, attacker.login.handle);
  assert.equal(errorOf(withTheirs.stdout).code, "pending_login_unknown");
  assert.equal(tokens(), 0);
  const entries = await victim.store.find(lab.mcpUrl);
  assert.ok(entries.every(({ registeredOnly }) => registeredOnly));
});

Deno.test("a wrong handle does not show whether there is a record, and does not use it up", async () => {
  await using it = await begun();
  const { home, login, address } = it;
  const wrong = `${"A".repeat(42)}A`;
  const known = await finish(home, address, wrong);
  const unknown = await finish(home, address.replace(/state=[^&]*/, "state=other"), wrong);
  assert.equal(known.stdout, unknown.stdout);
  assert.equal(known.status, unknown.status);
  assert.equal(errorOf(known.stdout).code, "pending_login_unknown");
  assert.equal((await finish(home, address, login.handle)).status, 0);
});

Deno.test("the address of another login does not fit the handle", async () => {
  await using it = await begun();
  const { home, lab, login, address, tokens } = it;
  const other = await begin(home, lab);
  const mixed = await finish(home, await addressAfter(other), login.handle);
  assert.equal(errorOf(mixed.stdout).code, "pending_login_unknown");
  assert.equal(tokens(), 0);
  assert.equal((await finish(home, address, login.handle)).status, 0);
});

const CHANGED_ADDRESSES:
  readonly (readonly [string, (address: string) => string, string, RegExp])[] = [
    [
      "another issuer",
      (address) => address.replace(/iss=[^&]*/, "iss=https%3A%2F%2Fother.example"),
      "iss_mismatch",
      /other\.example/,
    ],
    [
      "an error",
      (address) => address.replace(/code=[^&]*/, "error=access_denied"),
      "authorization_error",
      /access_denied/,
    ],
    [
      "two codes",
      (address) => `${address}&code=second`,
      "callback_repeated_parameter",
      /more than once/,
    ],
  ];

for (const [name, change, code, message] of CHANGED_ADDRESSES) {
  Deno.test(`an address with ${name} ends the login without a token request`, async () => {
    await using it = await begun();
    const { home, login, address, tokens } = it;
    const ran = await finish(home, change(address), login.handle);
    assert.equal(ran.status, 1);
    assert.equal(errorOf(ran.stdout).code, code);
    assert.match(errorOf(ran.stdout).message, message);
    const again = await finish(home, address, login.handle);
    assert.equal(errorOf(again.stdout).code, "pending_login_used");
    assert.match(errorOf(again.stdout).remedy, /Begin again.*mcpass login <server> --begin/);
    assert.equal(tokens(), 0);
  });
}

for (
  const [name, change] of [
    ["no issuer", (address: string) => address.replace(/&?iss=[^&]*/, "")],
    ["a part of the issuer", (address: string) => address.replace(/(iss=[^&]{10})[^&]*/, "$1")],
  ] as const
) {
  Deno.test(`an address with ${name} may be cut off, and does not use up the login`, async () => {
    await using it = await begun();
    const { home, login, address, tokens } = it;
    const ran = await finish(home, change(address), login.handle);
    assert.equal(ran.status, 2);
    assert.match(errorOf(ran.stdout).message, /may be cut off.*"iss"/);
    assert.equal(tokens(), 0);
    assert.equal((await finish(home, address, login.handle)).status, 0);
  });
}

const NOT_ADDRESSES:
  readonly (readonly [string, (address: string, url: string) => string, RegExp])[] = [
    ["the page that was opened", (_, url) => url, /neither "code" nor "error"/],
    ["a code alone", (address) => new URL(address).searchParams.get("code") ?? "", /no "code"/],
    ["an address without state", (address) => address.replace(/state=[^&]*/, ""), /no "state"/],
    ["two states", (address) => `${address}&state=x`, /"state" more than once/],
    ["two words", (address) => `${address} x`, /spaces/],
  ];

for (const [name, change, message] of NOT_ADDRESSES) {
  Deno.test(`${name} is not the final URL, and does not use up the login`, async () => {
    await using it = await begun();
    const { home, login, address } = it;
    const ran = await finish(home, change(address, login.url), login.handle);
    assert.equal(ran.status, 2);
    assert.match(errorOf(ran.stdout).message, message);
    const { searchParams } = new URL(address);
    for (const value of [searchParams.get("code") ?? "", searchParams.get("state") ?? ""]) {
      assert.equal((ran.stdout + ran.stderr).includes(value), false);
    }
    assert.equal((await finish(home, address, login.handle)).status, 0);
  });
}

Deno.test("the address of another place is refused once, and can then be corrected", async () => {
  await using it = await begun();
  const { home, login, address, tokens } = it;
  const moved = address.replace(/^http:\/\/[^/]*/, "https://elsewhere.example");
  const ran = await finish(home, moved, login.handle);
  assert.equal(ran.status, 2);
  assert.match(errorOf(ran.stdout).message, /begins with http:\/\/127\.0\.0\.1/);
  assert.equal(tokens(), 0);
  assert.equal((await finish(home, address, login.handle)).status, 0);
});

Deno.test("a login is finished once: a second time says when it ended", async () => {
  await using it = await begun();
  const { home, login, address, tokens } = it;
  assert.equal((await finish(home, address, login.handle)).status, 0);
  const again = await finish(home, address, login.handle);
  assert.equal(again.status, 1);
  assert.equal(errorOf(again.stdout).code, "pending_login_used");
  assert.match(errorOf(again.stdout).message, /it was finished, and the sign-in was stored/);
  assert.equal(tokens(), 1);
});

Deno.test("of two processes that finish at the same time, one redeems the code", async () => {
  await using it = await begun();
  const { home, lab, login, address, tokens } = it;
  const both = await Promise.all([1, 2].map(() => finish(home, address, login.handle)));
  assert.deepEqual(both.map(({ status }) => status).sort(), [0, 1]);
  const loser = both.find(({ status }) => status === 1);
  assert.equal(errorOf(loser?.stdout ?? "").code, "pending_login_used");
  assert.equal(tokens(), 1);
  assert.equal((await home.store.find(lab.mcpUrl)).length, 1);
});

Deno.test("an expired login is not finished", async () => {
  await using it = await begun();
  const { home, login, address, tokens } = it;
  const expiresAt = new Date(Date.now() - 1).toISOString();
  await changeRecord(home, (record) => ({ ...record, expiresAt }));
  for (let attempt = 0; attempt < 2; attempt += 1) {
    const ran = await finish(home, address, login.handle);
    assert.equal(ran.status, 4);
    assert.equal(errorOf(ran.stdout).code, "pending_login_expired");
  }
  assert.equal(tokens(), 0);
});

Deno.test("a record that was changed is not used", async () => {
  await using it = await begun();
  const { home, login, address, tokens } = it;
  await changeRecord(home, (record) => {
    const sealed = JSON.parse(String(record["record"]));
    const data = String(sealed.data);
    const other = data.startsWith("A") ? "B" : "A";
    return { ...record, record: JSON.stringify({ ...sealed, data: other + data.slice(1) }) };
  });
  const ran = await finish(home, address, login.handle);
  assert.equal(errorOf(ran.stdout).code, "pending_login_damaged");
  assert.equal(
    errorOf((await finish(home, address, login.handle)).stdout).code,
    "pending_login_used",
  );
  assert.equal(tokens(), 0);
});

Deno.test("a record of another version is refused, and remains for that version", async () => {
  await using it = await begun();
  const { home, login, address, tokens } = it;
  const { openRecord, pendingKeys, sealRecord } = await import(
    "../../../../../src/store/pending_logins.ts"
  );
  const keys = await pendingKeys(login.handle, new URL(address).searchParams.get("state") ?? "");
  let version = 2;
  const reseal = async () => {
    const path = `${home.path}/pending/${keys.id}.json`;
    const file = JSON.parse(await Deno.readTextFile(path));
    const record = await openRecord(file.record, keys) as object;
    file.record = await sealRecord({ ...record, version }, keys);
    await Deno.writeTextFile(path, JSON.stringify(file));
  };
  await reseal();
  const ran = await finish(home, address, login.handle);
  assert.equal(errorOf(ran.stdout).code, "pending_login_unknown_version");
  version = 1;
  await reseal();
  assert.equal((await finish(home, address, login.handle)).status, 0);
  assert.equal(tokens(), 1);
});

Deno.test("output files are checked before the record is claimed", async () => {
  await using it = await begun();
  const { home, login, address } = it;
  for (let attempt = 0; attempt < 3; attempt += 1) {
    const ran = await finish(home, address, login.handle, ["--debug-out", "/nowhere/x"]);
    assert.equal(ran.status, 2);
  }
  assert.equal((await finish(home, address, login.handle)).status, 0);
});
