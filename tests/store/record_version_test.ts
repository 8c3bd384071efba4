import assert from "node:assert/strict";
import type { JsonObject } from "../../src/core/json.ts";
import { additionalDataOf, parseRecord } from "../../src/store/entry_record.ts";
import { entryOf, withTokens } from "./entries.ts";
import { failureOf, makeHome } from "./support.ts";

/** Rewrites a stored file as another program would. */
async function edit(path: string | null, change: (record: Record<string, unknown>) => unknown) {
  assert.ok(path);
  const record = JSON.parse(await Deno.readTextFile(path));
  await Deno.writeTextFile(path, JSON.stringify(change(record) ?? record));
  return await Deno.readTextFile(path);
}

Deno.test("an entry of a newer version is neither used nor overwritten nor removed", async () => {
  await using home = await makeHome();
  const store = home.open();
  const { key, path } = await store.write(entryOf());
  const text = await edit(path, (record) => ({ ...record, version: 3, novelty: true }));
  for (
    const use of [
      () => store.read(key),
      () => store.find("https://mcp.example/mcp"),
      () => store.write(withTokens("new")),
      () => store.remove(key),
    ]
  ) {
    const failure = await failureOf(use());
    assert.equal(failure.code, "store_version_newer");
    assert.match(failure.message, /has version 3, and this mcpass knows versions up to 2/);
    assert.ok(path);
    assert.equal(await Deno.readTextFile(path), text);
  }
  assert.deepEqual((await store.list()).problems.map(({ code }) => code), ["store_version_newer"]);
});

Deno.test("an older version is brought up to date step by step", async () => {
  await using home = await makeHome();
  const { key, path } = await home.open().write(entryOf());
  assert.ok(path);
  const now = JSON.parse(await Deno.readTextFile(path));
  const { protocolVersion, ...older } = now.entry;
  const text = JSON.stringify({
    ...now,
    version: -1,
    entry: { ...older, revision: protocolVersion },
  });
  const steps: number[] = [];
  const migrations = {
    [-1]: (record: JsonObject) => {
      steps.push(-1);
      const { revision, ...entry } = record.entry as JsonObject;
      return { ...record, entry: { ...entry, protocol: revision } };
    },
    0: (record: JsonObject) => {
      steps.push(0);
      const { protocol, ...entry } = record.entry as JsonObject;
      return { ...record, entry: { ...entry, protocolVersion: protocol } };
    },
    1: (record: JsonObject) => record,
  };
  const { record, original } = parseRecord(text, path, key, migrations);
  assert.deepEqual(steps, [-1, 0]);
  assert.equal(record.version, 2);
  assert.equal(
    additionalDataOf(original),
    additionalDataOf(JSON.parse(text)),
    "a seal is judged by what was sealed",
  );
  assert.equal(record.entry.protocolVersion, protocolVersion);
  assert.throws(() => parseRecord(text, path, key), { code: "store_entry_damaged" });
});

Deno.test("an entry of version 1 is read without what is not a scope in its granted scope", async () => {
  for (
    const [granted, expected] of [
      ['mcp:read a"b läs c\\d mcp:write', "mcp:read mcp:write"],
      ["läs", ""],
      ["mcp:read", "mcp:read"],
      [null, null],
    ]
  ) {
    await using home = await makeHome();
    const store = home.open();
    const { key, path } = await store.write(entryOf());
    await edit(path, (record) => ({
      ...record,
      version: 1,
      entry: { ...record.entry as JsonObject, grantedScope: granted },
    }));
    assert.equal((await store.read(key))?.grantedScope, expected);
  }
});

const DAMAGES: Readonly<Record<string, (record: Record<string, unknown>) => unknown>> = {
  "no object": () => [],
  "no version": (record) => delete record.version && undefined,
  "a version that is no number": (record) => ({ ...record, version: "1" }),
  "a version without a way from it": (record) => ({ ...record, version: 0 }),
  "no entry": (record) => ({ ...record, entry: null }),
  "no secrets": (record) => ({ ...record, secrets: { place: "file" } }),
  "no access token": (record) => ({ ...record, secrets: { place: "file", values: {} } }),
  "another server's entry": (record) => ({
    ...record,
    entry: { ...record.entry as JsonObject, serverUrl: "https://evil.example/mcp" },
  }),
  "another issuer's entry": (record) => ({
    ...record,
    entry: { ...record.entry as JsonObject, issuer: "https://evil.example" },
  }),
  "a token endpoint that is no URL": (record) => ({
    ...record,
    entry: { ...record.entry as JsonObject, endpoints: { token: 1 } },
  }),
};

for (const [what, change] of Object.entries(DAMAGES)) {
  Deno.test(`a file with ${what} is refused, and a new login replaces it`, async () => {
    await using home = await makeHome();
    const store = home.open();
    const { key, path } = await store.write(entryOf());
    await edit(path, change);
    const failure = await failureOf(store.read(key));
    assert.equal(failure.code, "store_entry_damaged");
    assert.ok(failure.remedy?.includes(`rm '${path}'`), failure.remedy);
    await store.write(withTokens("new"));
    assert.deepEqual(await store.read(key), withTokens("new"));
  });
}

Deno.test("a file that was cut off is refused at any length", async () => {
  await using home = await makeHome();
  const store = home.open();
  const { key, path } = await store.write(entryOf());
  assert.ok(path);
  const text = (await Deno.readTextFile(path)).trimEnd();
  for (let length = 0; length < text.length; length += 97) {
    await Deno.writeTextFile(path, text.slice(0, length));
    assert.equal((await failureOf(store.read(key))).code, "store_entry_damaged");
  }
});
