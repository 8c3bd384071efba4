import assert from "node:assert/strict";
import { codeOf } from "./failure_code.ts";
import { Failure } from "../../src/core/failure.ts";
import { openPostgresStore, type PostgresStore } from "../../src/store/postgres/open_store.ts";
import { migrate } from "../../src/store/postgres/migrate.ts";
import { newKey } from "../../src/store/seal.ts";
import { envOf, withTokens } from "../store/entries.ts";
import { startCutProxy } from "./cut_proxy.ts";
import type { Database } from "./database.ts";
import { startPgbouncer } from "./pgbouncer_server.ts";
import { postgresOfFile } from "./postgres_of_file.ts";
import type { PostgresServer } from "./postgres_server.ts";

type Open = (port?: number, now?: () => number) => Promise<PostgresStore>;

const serverOfFile = postgresOfFile();

async function withStores(
  work: (open: Open, server: PostgresServer, database: Database) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "mcpass-writes-" });
  const server = serverOfFile();
  const database = await server.createDatabase();
  await migrate({ env: envOf({ MCPASS_STORE_URL: database.url() }) });
  const storeKeyFile = `${folder}/key`;
  await Deno.writeTextFile(storeKeyFile, newKey(), { mode: 0o600 });
  const opened: PostgresStore[] = [];
  const open: Open = async (port, now) => {
    const url = database.url({ ...port && { port }, parameters: { sslmode: "disable" } });
    const env = envOf({ MCPASS_STORE_URL: url });
    const store = await openPostgresStore({ env, storeKeyFile, now, stepTimeout: 5000 });
    opened.push(store);
    return store;
  };
  try {
    await work(open, server, database);
  } finally {
    await Promise.all(opened.map((store) => store.close()));
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("a write replaces only the version that this store has read; a new sign-in replaces any", () =>
  withStores(async (open) => {
    const [one, other] = [await open(), await open()];
    const { key } = await one.write(withTokens("1"));
    await other.read(key);
    await one.write(withTokens("2"), "refreshed");
    assert.equal(await codeOf(other.write(withTokens("3"), "refreshed")), "store_entry_changed");
    assert.deepEqual(await other.read(key), withTokens("2"));
    await other.write(withTokens("3"), "refreshed");
    await one.write(withTokens("4"), "signed_in");
    assert.equal(await codeOf(other.write(withTokens("5"))), "store_entry_changed");
    await other.read(key);
    assert.equal(await one.remove(key), true);
    assert.equal(await codeOf(other.write(withTokens("5"))), "store_entry_changed");
    await one.write(withTokens("6"), "signed_in");
    assert.equal(await codeOf(other.write(withTokens("5"))), "store_entry_changed");
  }));

for (const verdict of ["cut before", "cut after"] as const) {
  Deno.test(`a write whose connection is ${verdict} the server does it is done once`, () =>
    withStores(async (open, server, database) => {
      await using proxy = startCutProxy(server.port);
      const store = await open(proxy.port);
      const { key } = await store.write(withTokens("1"));
      let cuts = 1;
      proxy.judge = ({ text }) => /UPDATE mcpass/.test(text) && cuts-- > 0 ? verdict : "pass";
      await store.write(withTokens("2"), "refreshed");
      assert.ok(cuts < 1);
      assert.deepEqual(await (await open()).read(key), withTokens("2"));
      const events = await database.sql("SELECT event FROM mcpass.events ORDER BY id");
      assert.equal(events, "changed\nrefreshed");
    }));
}

Deno.test("through PgBouncer, a lock excludes others until it is released", () =>
  withStores(async (open, server) => {
    await using pooler = await startPgbouncer(server, { poolSize: 2 });
    const [one, other] = [await open(pooler.port), await open(pooler.port)];
    const { key } = await one.write(withTokens("1"));
    const lock = await one.lock(key);
    const refused = new AbortController();
    const waiting = other.lock(key, refused.signal);
    await one.write(withTokens("2"), "refreshed");
    refused.abort(new Failure("cancelled", "enough"));
    assert.equal(await codeOf(waiting), "cancelled");
    await lock[Symbol.asyncDispose]();
    await (await other.lock(key))[Symbol.asyncDispose]();
    assert.deepEqual(await other.read(key), withTokens("2"));
  }));

Deno.test("machines whose clocks differ see the same time left", () =>
  withStores(async (open) => {
    const fast = await open(undefined, () => Date.now() + 3_600_000);
    const slow = await open(undefined, () => Date.now() - 3_600_000);
    const entry = withTokens("1");
    await fast.find(entry.serverUrl);
    const expiresAt = new Date(Date.now() + 3_600_000 + 60_000).toISOString();
    const { key } = await fast.write({
      ...entry,
      tokens: entry.tokens && { ...entry.tokens, expiresAt },
    }, "signed_in");
    const found = (await slow.read(key))?.tokens?.expiresAt ?? "";
    const left = Date.parse(found) - (Date.now() - 3_600_000);
    assert.ok(Math.abs(left - 60_000) < 10_000, String(left));
  }));

Deno.test("a refresh is under way for others until its result is stored", () =>
  withStores(async (open, _server, database) => {
    const [one, other] = [await open(), await open()];
    const startedAt = new Date().toISOString();
    const journal = { startedAt, refreshTokenFingerprint: "ab" };
    const { key } = await one.write(withTokens("1", { journal }), "refresh_started");
    assert.equal(await one.refreshUnderWay(key), 0);
    assert.ok(await other.refreshUnderWay(key) > 0);
    await database.sql("UPDATE mcpass.entries SET refresh_until = now() - interval '1 s'");
    assert.equal(await other.refreshUnderWay(key), 0);
    await one.write(withTokens("1", { journal }), "refresh_started");
    await one.write(withTokens("1", { journal }), "refresh_failed");
    assert.equal(await other.refreshUnderWay(key), 0);
    await one.write(withTokens("2"), "refreshed");
    assert.equal(await other.refreshUnderWay(key), 0);
  }));
