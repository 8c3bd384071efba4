import assert from "node:assert/strict";
import type { Failure } from "../../src/core/failure.ts";
import { openStore } from "../../src/store/file/open_store.ts";
import type { FileStoreMode, Store } from "../../src/store/store.ts";
import { CANARIES, entryOf, envOf, withTokens } from "../store/entries.ts";
import { failureOf, makeHome } from "../store/support.ts";
import { keyringHome, type KeyringSession } from "./keyring_session.ts";

function storeIn({ env }: KeyringSession, mode: FileStoreMode): Store {
  return openStore({
    mode,
    env: envOf({ ...env, MCPASS_HOME: `${env.HOME}/mc pass`, MCPASS_CLIENT_SECRET: "canary-env" }),
  });
}

/** What `secret-tool` itself finds in the session. */
async function search({ env }: KeyringSession): Promise<string> {
  const { stdout } = await new Deno.Command("secret-tool", {
    args: ["search", "--all", "service", "mcpass"],
    clearEnv: true,
    env,
  }).output();
  return new TextDecoder().decode(stdout);
}

Deno.test("an entry in gnome-keyring comes back in the next session, and goes with its key", async () => {
  await using home = await keyringHome();
  const entry = entryOf();
  const key = await (async () => {
    await using session = await home.start("unlocked");
    const kept = await storeIn(session, "auto").write(entry);
    assert.deepEqual([kept.secretsIn, kept.note], ["keyring", undefined]);
    assert.ok(kept.path);
    assert.doesNotMatch(await Deno.readTextFile(kept.path), /canary/);
    return kept.key;
  })();
  await using session = await home.start("unlocked");
  const store = storeIn(session, "keyring");
  assert.deepEqual(await store.read(key), entry);
  await store.write(withTokens("new"));
  assert.deepEqual(await storeIn(session, "auto").read(key), withTokens("new"));
  assert.match(await search(session), /label = mcpass/);
  assert.equal(await store.remove(key), true);
  assert.equal(await store.read(key), undefined);
  assert.equal(await search(session), "");
});

Deno.test("an entry that gnome-keyring sealed is not replaced by one that is not sealed", async () => {
  await using home = await keyringHome();
  await using session = await home.start("unlocked");
  const { key, path } = await storeIn(session, "auto").write(entryOf());
  assert.ok(path);
  await using elsewhere = await makeHome();
  const planted = await elsewhere.open().write(withTokens("planted"));
  await Deno.writeTextFile(path, await Deno.readTextFile(planted.path ?? ""));
  for (const mode of ["auto", "keyring"] as const) {
    const failure = await failureOf(storeIn(session, mode).read(key));
    assert.equal(failure.code, "store_entry_not_sealed");
  }
  await storeIn(session, "auto").write(withTokens("again"));
  assert.doesNotMatch(await Deno.readTextFile(path), /access-again/);
  assert.deepEqual(await storeIn(session, "auto").read(key), withTokens("again"));
  const file = storeIn(session, "file");
  await file.write(withTokens("file"));
  assert.deepEqual(await storeIn(session, "auto").read(key), withTokens("file"));
  assert.equal(await search(session), "");
});

Deno.test("secrets far longer than secret-tool takes are kept whole", async () => {
  await using home = await keyringHome();
  await using session = await home.start("unlocked");
  const long = withTokens("x".repeat(100_000));
  const { key, secretsIn } = await storeIn(session, "keyring").write(long);
  assert.equal(secretsIn, "keyring");
  assert.deepEqual(await storeIn(session, "keyring").read(key), long);
});

Deno.test("no secret and no setting reaches the arguments or the environment of secret-tool", async () => {
  await using home = await keyringHome();
  await using session = await home.start("unlocked");
  const store = storeIn(session, "keyring");
  const { key } = await store.write(entryOf());
  await storeIn(session, "keyring").read(key);
  await store.remove(key);
  const started = await home.started();
  for (const call of ["store", "lookup", "clear"]) {
    assert.match(started, new RegExp(`^${call}$`, "m"));
  }
  for (const canary of [...Object.values(CANARIES), "canary-env"]) {
    assert.ok(!started.includes(canary), canary);
  }
  assert.doesNotMatch(started, /MCPASS_|[0-9a-f]{64}/);
});

Deno.test("a locked keyring loses nothing: it is named, and the entry is there when it is unlocked", async () => {
  await using home = await keyringHome();
  const key = await (async () => {
    await using session = await home.start("unlocked");
    return (await storeIn(session, "keyring").write(entryOf())).key;
  })();
  await (async () => {
    await using session = await home.start("locked");
    for (const mode of ["keyring", "auto"] as const) {
      assert.equal((await failureOf(storeIn(session, mode).read(key))).code, "keyring_locked");
    }
    const other = entryOf({ account: "other" });
    const failure = await failureOf(storeIn(session, "keyring").write(other));
    assert.equal(failure.code, "keyring_locked");
    const kept = await storeIn(session, "auto").write(other);
    assert.equal(kept.secretsIn, "file");
    assert.match(kept.note ?? "", /Secret Service keyring \(secret-tool\) is locked/);
    assert.deepEqual(await storeIn(session, "auto").read(kept.key), other);
    assert.equal((await storeIn(session, "auto").find(other.serverUrl)).length, 2);
  })();
  await using session = await home.start("unlocked");
  assert.deepEqual(await storeIn(session, "auto").read(key), entryOf());
});

/** How a session can be without a keyring, beside a bus without one. */
const ABSENCES: Readonly<Record<string, (env: Record<string, string>) => Record<string, string>>> =
  {
    "a bus without a keyring": (env) => env,
    "no bus": ({ DBUS_SESSION_BUS_ADDRESS: _, XDG_RUNTIME_DIR: __, ...env }) => env,
    "a bus that is gone": (env) => ({ ...env, DBUS_SESSION_BUS_ADDRESS: "unix:path=/nonexistent" }),
    "no secret-tool": (env) => ({ ...env, PATH: "/nonexistent" }),
  };

for (const [what, change] of Object.entries(ABSENCES)) {
  Deno.test(`with ${what}, --store keyring fails and auto takes a file and says why`, async () => {
    await using home = await keyringHome();
    await using session = await home.start("absent");
    const changed = { ...session, env: change(session.env) };
    const failures: Failure[] = [
      await failureOf(storeIn(changed, "keyring").prepare()),
      await failureOf(storeIn(changed, "keyring").write(entryOf())),
    ];
    for (const { code, remedy } of failures) {
      assert.equal(code, "keyring_absent");
      assert.match(remedy ?? "", /--store file/);
    }
    const kept = await storeIn(changed, "auto").write(entryOf());
    assert.equal(kept.secretsIn, "file");
    assert.match(kept.note ?? "", /Secret Service keyring \(secret-tool\)/);
    assert.deepEqual(await storeIn(changed, "auto").read(kept.key), entryOf());
  });
}
