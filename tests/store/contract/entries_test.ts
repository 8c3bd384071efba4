import assert from "node:assert/strict";
import { CANARIES, entryOf, withTokens } from "../entries.ts";
import { makePlace, storeEngine } from "./engine.ts";

const SERVER = "https://mcp.example/mcp";

Deno.test("an entry is read again by another process's store as it was written", async () => {
  await using place = await makePlace();
  const entry = entryOf({
    journal: { startedAt: "2026-01-02T03:04:05.000Z", refreshTokenFingerprint: "abc" },
  });
  const written = await (await place.open()).write(entry);
  assert.deepEqual(await (await place.open()).read(written.key), entry);
  assert.equal(written.secretsIn, storeEngine().mode);
  const { tokens: _, dpopKey: __, ...rest } = entryOf();
  const bare = { ...rest, tokens: null };
  const store = await place.open();
  await store.read(written.key);
  await store.write(bare);
  assert.deepEqual(await (await place.open()).read(written.key), bare);
});

Deno.test("an entry with texts of every kind is stored unchanged", async () => {
  await using place = await makePlace();
  const text = "ü 日本 \u{1f511} \\ \" ' $1 --; %s";
  const entry = entryOf({
    account: "日本",
    subject: text,
    client: { ...entryOf().client, clientId: text, clientName: text },
    loginFlags: { clientName: text, header: [text, text], insecure: true },
    requestedScopes: null,
    grantedScope: null,
    resource: null,
  });
  const { key } = await (await place.open()).write(entry);
  const store = await place.open();
  assert.deepEqual(await store.read(key), entry);
  assert.deepEqual((await store.find(SERVER, "日本")).map((it) => it.key), [key]);
});

Deno.test("an entry is found by any spelling of its server's URL, and by no other server's", async () => {
  await using place = await makePlace();
  const store = await place.open();
  await store.write(entryOf());
  for (const url of ["https://mcp.example/mcp", "HTTPS://MCP.example:443/mcp#top"]) {
    assert.equal((await store.find(url)).length, 1, url);
  }
  for (
    const url of [
      "https://mcp.example/mcp/",
      "https://mcp.example/MCP",
      "https://mcp.example/mcp?a=1",
      "http://mcp.example/mcp",
      "https://mcp.example:8443/mcp",
    ]
  ) {
    assert.deepEqual(await store.find(url), [], url);
  }
});

Deno.test("accounts, issuers and clients of one server are entries of their own", async () => {
  await using place = await makePlace();
  const store = await place.open();
  const client = entryOf().client;
  await store.write(entryOf());
  await store.write(entryOf({ account: "work" }));
  await store.write(entryOf({ issuer: "https://other.example" }));
  await store.write(entryOf({ client: { ...client, clientId: "client-2" } }));
  await store.write(entryOf({ serverUrl: "https://elsewhere.example/mcp" }));
  assert.equal((await store.find(SERVER)).length, 4);
  const [work, ...others] = await store.find(SERVER, "work");
  assert.equal(work?.account, "work");
  assert.deepEqual(others, []);
  assert.equal((await store.find(SERVER, "default")).length, 3);
  assert.deepEqual(await store.find(SERVER, "none"), []);
  const { entries, problems } = await store.list();
  assert.deepEqual(entries.map((entry) => [entry.serverUrl, entry.account, entry.issuer]), [
    ["https://elsewhere.example/mcp", "default", "https://as.example"],
    ["https://mcp.example/mcp", "default", "https://as.example"],
    ["https://mcp.example/mcp", "default", "https://as.example"],
    ["https://mcp.example/mcp", "default", "https://other.example"],
    ["https://mcp.example/mcp", "work", "https://as.example"],
  ]);
  assert.deepEqual(problems, []);
  assert.deepEqual((await store.list(SERVER, "work")).entries.map((it) => it.account), ["work"]);
});

Deno.test("summaries name the secrets that an entry has and show none", async () => {
  await using place = await makePlace();
  const store = await place.open();
  await store.write(entryOf());
  const found = await store.find(SERVER);
  for (const canary of Object.values(CANARIES)) assert.ok(!JSON.stringify(found).includes(canary));
  assert.deepEqual(found[0]?.holds, [
    "client.clientSecret",
    "client.registrationToken",
    "tokens.accessToken",
    "tokens.refreshToken",
    "tokens.idToken",
    "dpopKey",
  ]);
  assert.equal(found[0]?.secretsIn, storeEngine().mode);
  assert.equal(found[0]?.tokens?.expiresAt, "2026-01-02T04:04:05.000Z");
});

Deno.test("a removed entry is gone for every process, and the other entries are there", async () => {
  await using place = await makePlace();
  const store = await place.open();
  const { key } = await store.write(entryOf());
  const other = await store.write(entryOf({ account: "work" }));
  assert.equal(await store.remove(key), true);
  for (const opened of [store, await place.open()]) {
    assert.equal(await opened.read(key), undefined);
    assert.equal(await opened.remove(key), false);
    assert.deepEqual((await opened.find(SERVER)).map((it) => it.account), ["work"]);
  }
  assert.equal(await store.remove(other.key), true);
  assert.deepEqual(await store.list(), { entries: [], problems: [] });
});

Deno.test("an entry is written again after it was removed", async () => {
  await using place = await makePlace();
  const store = await place.open();
  const { key } = await store.write(withTokens("1"));
  await (await place.open()).remove(key);
  assert.equal(await store.read(key), undefined);
  await store.write(withTokens("2"));
  assert.deepEqual(await (await place.open()).read(key), withTokens("2"));
});

Deno.test("an empty store has nothing to find, list, read or remove", async () => {
  await using place = await makePlace();
  const store = await place.open();
  assert.deepEqual(await store.find(SERVER), []);
  assert.deepEqual(await store.findNamed("one"), []);
  assert.deepEqual(await store.list(), { entries: [], problems: [] });
  assert.equal(await store.read(store.keyOf(entryOf())), undefined);
  assert.equal(await store.remove(store.keyOf(entryOf())), false);
  assert.deepEqual(await store.removeDamaged(SERVER, "default"), []);
  assert.equal(await store.refreshUnderWay(store.keyOf(entryOf())), 0);
});

Deno.test("preparing stores no entry", async () => {
  await using place = await makePlace();
  const store = await place.open();
  await store.prepare();
  assert.deepEqual(await store.list(), { entries: [], problems: [] });
  assert.equal(store.describe().mode, storeEngine().mode);
});

Deno.test("the new name is found after a change, and the former one is not", async () => {
  await using place = await makePlace();
  const store = await place.open();
  await store.write(entryOf({ name: "one" }));
  await store.write(entryOf({ name: "two" }));
  assert.deepEqual(await store.findNamed("one"), []);
  assert.equal((await store.findNamed("two")).length, 1);
  assert.deepEqual((await (await place.open()).findNamed("two")).map((it) => it.name), ["two"]);
});

Deno.test("a name leads to the entries of one account, and to none after they were removed", async () => {
  await using place = await makePlace();
  const store = await place.open();
  const first = await store.write(entryOf({ name: "one" }));
  const { client } = entryOf();
  const second = await store.write(entryOf({ name: "one", client: { ...client, clientId: "b" } }));
  await store.write(entryOf({ name: "two", serverUrl: "https://other.example/mcp" }));
  assert.equal((await store.findNamed("one")).length, 2);
  await store.remove(first.key);
  assert.deepEqual((await store.findNamed("one")).map(({ key }) => key), [second.key]);
  await store.remove(second.key);
  assert.deepEqual(await store.findNamed("one"), []);
});

Deno.test("tokens that were moved away leave an entry that says where", async () => {
  await using place = await makePlace();
  const moved = { at: "2026-01-02T03:04:05.000Z", to: "web-1" };
  const entry = entryOf({ tokens: null, moved });
  const { key } = await (await place.open()).write(entry, "moved");
  assert.deepEqual((await (await place.open()).read(key))?.moved, moved);
  assert.deepEqual((await (await place.open()).find(SERVER))[0]?.moved, moved);
});
