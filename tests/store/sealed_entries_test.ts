import assert from "node:assert/strict";
import type { JsonObject } from "../../src/core/json.ts";
import type { FileStoreMode } from "../../src/store/store.ts";
import type { StoredEntry } from "../../src/store/stored_entry.ts";
import { splitEntry } from "../../src/store/entry_codec.ts";
import { additionalDataOf, RECORD_VERSION } from "../../src/store/entry_record.ts";
import { sha256Hex } from "../../src/trace/fingerprint.ts";
import { newKey, seal } from "../../src/store/seal.ts";
import { entryOf, envOf, withTokens } from "./entries.ts";
import { filesWithPoints } from "./points.ts";
import { failureOf, fakeKeyring, type Home, makeHome } from "./support.ts";

const SESSION = { DBUS_SESSION_BUS_ADDRESS: "unix:path=/run/bus" };

/** Stores of one home and one keyring, as processes of a desktop session open them. */
async function session() {
  const home: Home = await makeHome();
  const keyring = fakeKeyring();
  const env = envOf({ MCPASS_HOME: home.home, ...SESSION });
  const open = (mode: FileStoreMode, variables = env) =>
    home.open({ mode, run: keyring.run, os: "linux", env: variables });
  return {
    ...{ keyring, open, home },
    /** Writes an entry as another program that cannot read the keyring would. */
    async plant(entry: StoredEntry) {
      const elsewhere = await makeHome();
      const { path, key } = await elsewhere.open().write(entry);
      const { folder } = home.open().describe();
      const [server = ""] = key.split("/");
      await Deno.mkdir(`${folder}/${server}`, { recursive: true, mode: 0o700 });
      await Deno.writeTextFile(`${folder}/${key}.json`, await Deno.readTextFile(path ?? ""), {
        mode: 0o600,
      });
      await elsewhere[Symbol.asyncDispose]();
      return { key, path: `${folder}/${key}.json` };
    },
    [Symbol.asyncDispose]: () => home[Symbol.asyncDispose](),
  };
}

const EVIL = withTokens("evil", { endpoints: { token: "https://evil.example/token" } });

Deno.test("a sealed entry that another program replaced by one that is not sealed is refused", async () => {
  await using it = await session();
  const { key, path } = await it.open("keyring").write(entryOf());
  const sealed = await Deno.readTextFile(path ?? "");
  await it.plant(EVIL);
  const planted = await Deno.readTextFile(path ?? "");
  for (const mode of ["auto", "keyring"] as const) {
    const failure = await failureOf(it.open(mode).read(key));
    assert.equal(failure.code, "store_entry_not_sealed");
    assert.match(
      failure.remedy ?? "",
      /\n {2}mcpass logout https:\/\/mcp\.example\/mcp\n {2}mcpass login http/,
    );
    assert.equal(await Deno.readTextFile(path ?? ""), planted);
  }
  // Whoever says so uses it.
  assert.deepEqual(await it.open("file").read(key), EVIL);
  await Deno.writeTextFile(path ?? "", sealed);
  assert.deepEqual(await it.open("auto").read(key), entryOf());
});

/** Entries that would be found for the same server. */
const SUBSTITUTES: Readonly<Record<string, Partial<StoredEntry>>> = {
  "another account": { account: "work" },
  "another issuer": { issuer: "https://evil.example" },
  "another client": { client: { ...entryOf().client, clientId: "evil" } },
};

for (const [what, parts] of Object.entries(SUBSTITUTES)) {
  Deno.test(`a sealed entry is not replaced by one of ${what} that is not sealed`, async () => {
    await using it = await session();
    const { path } = await it.open("auto").write(entryOf());
    await Deno.remove(path ?? "");
    const { key } = await it.plant({ ...EVIL, ...parts });
    const [found] = await it.open("auto").find("https://mcp.example/mcp");
    assert.equal(found?.key, key);
    assert.equal((await failureOf(it.open("auto").read(key))).code, "store_entry_not_sealed");
    // Another server's entries are not concerned.
    const other = entryOf({ serverUrl: "https://other.example/mcp" });
    const { key: otherKey } = await it.open("file").write(other);
    assert.deepEqual(await it.open("auto").read(otherKey), other);
  });
}

Deno.test("a new sign-in after a replacement is sealed again, whatever the file says", async () => {
  await using it = await session();
  const { key, path } = await it.open("keyring").write(entryOf());
  await it.plant(EVIL);
  assert.equal((await it.open("auto").write(withTokens("new"))).secretsIn, "keyring");
  assert.doesNotMatch(await Deno.readTextFile(path ?? ""), /access-/);
  assert.deepEqual(await it.open("auto").read(key), withTokens("new"));
});

Deno.test("signing out after a replacement lets the user store in a file again", async () => {
  for (const mode of ["auto", "keyring"] as const) {
    await using it = await session();
    const { key } = await it.open("keyring").write(entryOf());
    await it.plant(EVIL);
    const store = it.open(mode);
    assert.equal((await failureOf(store.read(key))).code, "store_entry_not_sealed");
    assert.equal(await store.remove(key), true);
    await it.open("file").write(withTokens("file"));
    assert.deepEqual(await it.open("auto").read(key), withTokens("file"));
  }
});

Deno.test("the user's own commands change between file and keyring, as often as they like", async () => {
  await using it = await session();
  for (const mode of ["file", "keyring", "file", "keyring", "keyring", "file"] as const) {
    const entry = withTokens(mode);
    const { key, secretsIn } = await it.open(mode).write(entry);
    assert.equal(secretsIn, mode);
    assert.deepEqual(await it.open("auto").read(key), entry);
    assert.equal(it.keyring.keys.size, mode === "file" ? 0 : 2);
  }
});

Deno.test("a sign-in in a file next to a sealed one is an exception for itself alone", async () => {
  await using it = await session();
  const { key } = await it.open("keyring").write(entryOf());
  const work = withTokens("work", { account: "work" });
  const { key: workKey } = await it.open("file").write(work);
  assert.deepEqual(await it.open("auto").read(workKey), work);
  // A refresh keeps it where it is.
  const later = withTokens("later", { account: "work" });
  assert.equal((await it.open("auto").write(later)).secretsIn, "file");
  assert.deepEqual(await it.open("auto").read(workKey), later);
  await it.plant(EVIL);
  assert.equal((await failureOf(it.open("auto").read(key))).code, "store_entry_not_sealed");
  // Sealed itself, it is no exception any more.
  await it.open("keyring").write(work);
  await it.plant({ ...EVIL, account: "work" });
  assert.equal((await failureOf(it.open("auto").read(workKey))).code, "store_entry_not_sealed");
  const store = it.open("auto");
  for (const each of [workKey, key]) {
    assert.equal((await failureOf(store.read(each))).code, "store_entry_not_sealed");
    await store.remove(each);
  }
  assert.equal(it.keyring.keys.size, 0);
});

Deno.test("an exception ends with its sign-in", async () => {
  await using it = await session();
  await it.open("keyring").write(entryOf());
  const { key } = await it.open("file").write(withTokens("work", { account: "work" }));
  await it.open("auto").remove(key);
  await it.plant({ ...EVIL, account: "work" });
  assert.equal((await failureOf(it.open("auto").read(key))).code, "store_entry_not_sealed");
});

Deno.test("where the keyring cannot answer, auto uses what is in the file and --store keyring does not", async () => {
  await using it = await session();
  const { key } = await it.open("keyring").write(entryOf());
  await it.plant(EVIL);
  const without = envOf({ MCPASS_HOME: it.home.home });
  const before = it.keyring.started.length;
  assert.deepEqual(await it.open("auto", without).read(key), EVIL);
  assert.equal((await failureOf(it.open("keyring").read(key))).code, "store_entry_not_sealed");
  assert.equal(it.keyring.started.length, before, "no helper was started");
  it.keyring.trouble = { status: 1, stdout: "", stderr: "secret-tool: Could not connect" };
  assert.deepEqual(await it.open("auto").read(key), EVIL);
});

Deno.test("--store file starts no helper for an entry that is in a file", async () => {
  await using it = await session();
  const store = it.open("file");
  const { key } = await store.write(entryOf());
  await store.read(key);
  await store.write(withTokens("next"));
  await store.write(entryOf({ account: "work" }));
  await store.remove(key);
  assert.equal(it.keyring.started.length, 0);
});

/** A store of the session whose files cannot be put in their place. */
function withoutRename(it: Awaited<ReturnType<typeof session>>) {
  return it.home.open({
    mode: "keyring",
    run: it.keyring.run,
    os: "linux",
    env: envOf({ MCPASS_HOME: it.home.home, ...SESSION }),
    files: {
      ...filesWithPoints(() => {}),
      rename: () => Promise.reject(new Deno.errors.PermissionDenied()),
    },
  });
}

Deno.test("an entry that cannot be written leaves the mark of the sealed ones next to it", async () => {
  await using it = await session();
  const { key } = await it.open("keyring").write(entryOf());
  const before = new Map(it.keyring.keys);
  const failing = withoutRename(it).write(withTokens("work", { account: "work" }));
  assert.equal((await failureOf(failing)).code, "store_not_written");
  assert.deepEqual(it.keyring.keys, before);
  await it.plant(EVIL);
  assert.equal((await failureOf(it.open("auto").read(key))).code, "store_entry_not_sealed");
});

Deno.test("a sealed entry is written again with its own key, after one call of the helper", async () => {
  await using it = await session();
  await it.open("keyring").write(entryOf());
  const before = new Map(it.keyring.keys);
  it.keyring.started.length = 0;
  await it.open("keyring").write(withTokens("next"));
  assert.deepEqual(it.keyring.keys, before);
  assert.deepEqual(it.keyring.started.map(({ args }) => args[0]), ["lookup"]);
});

Deno.test("a store asks the keyring once for a key, and another store again", async () => {
  await using it = await session();
  const { key } = await it.open("keyring").write(entryOf());
  it.keyring.started.length = 0;
  const store = it.open("auto");
  for (let time = 0; time < 3; time++) assert.deepEqual(await store.read(key), entryOf());
  assert.equal(it.keyring.started.length, 1);
  assert.deepEqual(await it.open("auto").read(key), entryOf());
  assert.equal(it.keyring.started.length, 2);
});

Deno.test("an entry that its store removed and writes again is sealed with a key that is there", async () => {
  await using it = await session();
  const store = it.open("keyring");
  const { key } = await store.write(entryOf());
  await store.remove(key);
  assert.equal(it.keyring.keys.size, 0);
  await store.write(withTokens("again"));
  assert.equal(it.keyring.keys.size, 2);
  assert.deepEqual(await it.open("auto").read(key), withTokens("again"));
});

Deno.test("a question to the keyring that Ctrl-C ends is no answer", async () => {
  await using it = await session();
  const { key } = await it.open("keyring").write(entryOf());
  await it.plant(EVIL);
  const ending = new AbortController();
  const reason = new Error("enough");
  const store = it.home.open({
    mode: "auto",
    os: "linux",
    env: envOf({ MCPASS_HOME: it.home.home, ...SESSION }),
    signal: ending.signal,
    run: () => {
      ending.abort(reason);
      return Promise.reject(new Error("ended"));
    },
  });
  await assert.rejects(store.read(key), reason);
});

Deno.test("a file that cannot be written leaves the entry before it usable", async () => {
  await using it = await session();
  const { key } = await it.open("file").write(entryOf());
  assert.equal(
    (await failureOf(withoutRename(it).write(withTokens("new")))).code,
    "store_not_written",
  );
  assert.equal(it.keyring.keys.size, 0);
  assert.deepEqual(await it.open("auto").read(key), entryOf());
});

/** Every path to a value that is not an object. */
function leaves(value: unknown, at: readonly string[] = []): (readonly string[])[] {
  if (typeof value !== "object" || value === null) return [at];
  return Object.entries(value).flatMap(([name, item]) => leaves(item, [...at, name]));
}

function changedAt(record: JsonObject, path: readonly string[], value: unknown): JsonObject {
  const copy = structuredClone(record) as Record<string, unknown>;
  let holder = copy;
  for (const step of path.slice(0, -1)) holder = holder[step] as Record<string, unknown>;
  holder[path.at(-1) ?? ""] = value;
  return copy;
}

Deno.test("no member of a sealed entry's file can be changed, added or taken from another entry", async () => {
  await using it = await session();
  const { key, path } = await it.open("keyring").write(entryOf());
  const other = await it.open("keyring").write(withTokens("other", { account: "work" }));
  const record = JSON.parse(await Deno.readTextFile(path ?? ""));
  const others = JSON.parse(await Deno.readTextFile(other.path ?? ""));
  const refused = async (what: string, document: unknown) => {
    await Deno.writeTextFile(path ?? "", JSON.stringify(document));
    const { code } = await failureOf(it.open("auto").read(key));
    assert.match(code, /^store_(secrets_lost|entry_damaged|version_newer)$/, what);
  };
  for (const leaf of leaves(record)) {
    // Which program has the key is only shown.
    if (leaf.join(".") === "secrets.helper") continue;
    for (const value of ["https://evil.example/token", "evil", null, 1]) {
      await refused(`${leaf.join(".")}: ${value}`, changedAt(record, leaf, value));
    }
  }
  await refused(
    "revocation",
    changedAt(record, ["entry", "endpoints", "introspection"], "https://evil.example/"),
  );
  await refused("relaxation", changedAt(record, ["entry", "relaxations", "resource"], "none"));
  await refused("certificate", changedAt(record, ["entry", "certificateAtServer"], true));
  await refused("unknown", changedAt(record, ["entry", "other"], "x"));
  await refused("sealed text of another entry", { ...record, secrets: others.secrets });
  await refused("another entry", others);
  await refused("an older version", { ...record, version: RECORD_VERSION - 1 });
  await Deno.writeTextFile(path ?? "", JSON.stringify(record));
  assert.deepEqual(await it.open("auto").read(key), entryOf());
});

Deno.test("a name in the keyring that is no name of ours starts no helper", async () => {
  await using it = await session();
  const { key, path } = await it.open("keyring").write(entryOf());
  const record = JSON.parse(await Deno.readTextFile(path ?? ""));
  const before = it.keyring.started.length;
  for (
    const id of [
      "x\ndelete-keychain",
      "');Start-Process calc;('",
      "",
      "a".repeat(31),
      "a".repeat(33),
    ]
  ) {
    const document = { ...record, secrets: { ...record.secrets, id } };
    await Deno.writeTextFile(path ?? "", JSON.stringify(document));
    assert.equal((await failureOf(it.open("auto").read(key))).code, "store_entry_damaged");
  }
  assert.equal(it.keyring.started.length, before);
});

Deno.test("an entry that was sealed before there were marks is read, and marked at the next write", async () => {
  await using it = await session();
  const store = it.open("keyring");
  const { key, path } = await store.write(entryOf());
  await store.remove(key);
  const { publicEntry, secrets: values } = splitEntry(entryOf());
  const body = { version: 1, entry: publicEntry, holds: Object.keys(values) as never[] };
  const { folder } = store.describe();
  const [id, secret] = [sha256Hex(`${folder}\n${key}`).slice(0, 32), newKey()];
  it.keyring.keys.set(id, secret);
  const sealed = await seal(JSON.stringify(values), secret, additionalDataOf(body));
  const old = { ...body, secrets: { place: "keyring", helper: "secret-tool", id, sealed } };
  await Deno.mkdir((path ?? "").replace(/\/[^/]*$/, ""), { recursive: true, mode: 0o700 });
  await Deno.writeTextFile(path ?? "", JSON.stringify(old), { mode: 0o600 });
  assert.deepEqual(await it.open("auto").read(key), entryOf());
  await it.open("auto").write(withTokens("next"));
  assert.equal(JSON.parse(await Deno.readTextFile(path ?? "")).version, RECORD_VERSION);
  assert.equal(it.keyring.keys.size, 2);
  await it.plant(EVIL);
  assert.equal((await failureOf(it.open("auto").read(key))).code, "store_entry_not_sealed");
});

Deno.test("a store that was moved is read, and sealed and marked where it is now", async () => {
  await using it = await session();
  const { key, path } = await it.open("keyring").write(entryOf());
  await using other = await session();
  const moved = `${other.home.home}/credentials/${key}.json`;
  await Deno.mkdir(moved.replace(/\/[^/]*$/, ""), { recursive: true, mode: 0o700 });
  await Deno.copyFile(path ?? "", moved);
  for (const [id, secret] of it.keyring.keys) other.keyring.keys.set(id, secret);
  const before = new Map(other.keyring.keys);
  assert.deepEqual(await other.open("auto").read(key), entryOf());
  await other.open("auto").write(withTokens("next"));
  assert.deepEqual(await other.open("auto").read(key), withTokens("next"));
  for (const [id, secret] of before) assert.equal(other.keyring.keys.get(id), secret);
  await other.plant(EVIL);
  assert.equal((await failureOf(other.open("auto").read(key))).code, "store_entry_not_sealed");
});

Deno.test("a planted name in the keyring is neither sealed with nor deleted", async () => {
  await using it = await session();
  const { key, path } = await it.open("keyring").write(entryOf());
  const other = await it.open("keyring").write(withTokens("other", { account: "work" }));
  const names = [...it.keyring.keys.keys()];
  const record = JSON.parse(await Deno.readTextFile(path ?? ""));
  for (const id of names) {
    const planted = { ...record, secrets: { ...record.secrets, id } };
    await Deno.writeTextFile(path ?? "", JSON.stringify(planted));
    await it.open("keyring").write(withTokens("new"));
    assert.equal(JSON.parse(await Deno.readTextFile(path ?? "")).secrets.id, record.secrets.id);
    await Deno.writeTextFile(path ?? "", JSON.stringify(planted));
    await it.open("auto").remove(key);
    assert.deepEqual(
      await it.open("auto").read(other.key),
      withTokens("other", { account: "work" }),
    );
    await it.plant(EVIL);
    assert.equal((await failureOf(it.open("auto").read(key))).code, "store_entry_not_sealed");
    await it.open("keyring").write(entryOf());
  }
});
