import assert from "node:assert/strict";
import { processName } from "../../src/core/process_name.ts";
import { openStoreAs } from "../../src/cli/shared/sign_in/store_options.ts";
import { migrate } from "../../src/store/postgres/migrate.ts";
import { SCHEMA_VERSION } from "../../src/store/postgres/schema.ts";
import type { PostgresStore } from "../../src/store/postgres/open_store.ts";
import { run } from "../cli/fake_runtime.ts";
import { entryOf, envOf, withTokens } from "../store/entries.ts";
import { postgresOfFile } from "./postgres_of_file.ts";

const server = postgresOfFile();

/** A store in a database of its own, and the variables of processes that use it. */
async function openShared() {
  const home = await Deno.makeTempDir({ prefix: "mcpass-events-" });
  const database = await server().createDatabase();
  const keyFile = `${home}/keys`;
  await Deno.writeTextFile(keyFile, `${"0f".repeat(32)}\n`, { mode: 0o600 });
  const env = {
    MCPASS_HOME: home,
    MCPASS_STORE: "postgres",
    MCPASS_STORE_URL: database.url(),
    MCPASS_STORE_KEY_FILE: keyFile,
  };
  await migrate({ env: envOf(env) });
  const runtime = {
    env: envOf(env),
    signal: new AbortController().signal,
    load: <T>(module: () => Promise<T>) => module(),
  };
  const store = await openStoreAs("postgres", runtime, {}) as PostgresStore;
  return {
    database,
    store,
    run: (...args: string[]) => run(args, { real: true, now: Date.now, env }),
    async [Symbol.asyncDispose]() {
      await store.close();
      await Deno.remove(home, { recursive: true });
    },
  };
}

Deno.test("store log lists what processes did, newest first and without a secret", async () => {
  await using shared = await openShared();
  const { store } = shared;
  const { key } = await store.write(entryOf(), "signed_in");
  await store.read(key);
  await store.write(withTokens("1"), "refreshed");
  await store.write(entryOf({ serverUrl: "https://other.example/mcp" }), "signed_in");
  const ran = await shared.run("store", "log", "--format", "json");
  assert.equal(ran.status, 0, ran.stdout + ran.stderr);
  const { events } = JSON.parse(ran.stdout);
  const shown = events.map(({ event, serverUrl }: Record<string, string>) => [event, serverUrl]);
  assert.deepEqual(shown, [
    ["signed_in", "https://other.example/mcp"],
    ["refreshed", "https://mcp.example/mcp"],
    ["signed_in", "https://mcp.example/mcp"],
  ]);
  for (const { at, by, account } of events) {
    assert.ok(Math.abs(Date.parse(at) - Date.now()) < 3_600_000);
    assert.deepEqual([by, account], [processName(), "default"]);
  }
  assert.doesNotMatch(ran.stdout, /canary|mcpass-password/);

  const one = await shared.run(
    ...["store", "log", "https://other.example/mcp", "--limit", "5", "--format", "json"],
  );
  assert.equal(JSON.parse(one.stdout).events.length, 1, one.stdout);
  const later = await shared.run("store", "log", "--since", "2099-01-01", "--format", "human");
  assert.equal(later.stdout, "No events\n");
});

Deno.test("store prune removes old events, and records what it removed", async () => {
  await using shared = await openShared();
  const { store, database } = shared;
  const { tokens } = entryOf();
  assert.ok(tokens);
  await store.write(entryOf({ tokens: { ...tokens, refreshToken: null } }), "signed_in");
  await database.sql("UPDATE mcpass.events SET at = at - interval '100 days'");
  const dry = await shared.run("store", "prune", "--dry-run", "--format", "json");
  assert.deepEqual([dry.status, JSON.parse(dry.stdout).events?.count], [0, 1], dry.stdout);
  const ran = await shared.run("store", "prune", "--yes", "--format", "json");
  assert.equal(ran.status, 0, ran.stdout + ran.stderr);
  const { entries, events } = JSON.parse(ran.stdout);
  assert.deepEqual([entries.length, entries[0].removed, events.count], [1, true, 1]);
  assert.deepEqual((await store.list()).entries, []);
  assert.equal(await database.sql("SELECT event FROM mcpass.events"), "pruned");
});

Deno.test("status names the process that signed in, or that refreshed last", async () => {
  await using shared = await openShared();
  const { store, database } = shared;
  const lineOf = async (verb: string) => {
    const ran = await shared.run("status", "work", "--format", "human", "--no-color");
    const line = new RegExp(`^ *${verb} +by (.*) \\(process \\d+\\), \\d+ s ago \\((.*)\\)$`, "m");
    return line.exec(ran.stdout)?.slice(1) ?? assert.fail(ran.stdout);
  };
  const status = async () => {
    const ran = await shared.run("status", "--format", "json");
    return JSON.parse(ran.stdout).entries[0];
  };
  const other = "UPDATE mcpass.entries SET tokens_by = 'web-7 (process 41)'";
  const { key } = await store.write(entryOf({ name: "work" }), "signed_in");
  const signedIn = await status();
  assert.deepEqual([signedIn.obtained.event, signedIn.obtained.by], ["signed_in", processName()]);
  assert.match(signedIn.storedIn, /database/);
  await lineOf("Signed in");

  await store.read(key);
  await store.write({ ...withTokens("1"), name: "work" }, "refreshed");
  assert.equal((await status()).obtained.event, "refreshed");
  await database.sql(other);
  // Another process only renames it.
  const renamed = { ...withTokens("1"), name: "work" };
  await store.write({ ...renamed, subject: "somebody" }, "renamed");
  const after = await status();
  assert.deepEqual(
    [after.obtained.event, after.obtained.by, after.written.by],
    ["refreshed", "web-7 (process 41)", processName()],
  );
  assert.deepEqual(await lineOf("Refreshed"), ["web-7", after.obtained.at]);
  await store.write(entryOf({ serverUrl: "https://other.example/mcp" }), "signed_in");
  const list = await shared.run("status", "--format", "human", "--no-color");
  assert.match(list.stdout.replaceAll(/\s+/g, " "), /refreshed by web-7 \(process 41\) \d+ s ago/);

  await store.read(key);
  await store.write({ ...renamed, tokens: null }, "refresh_failed");
  assert.equal((await status()).obtained, undefined);
});

Deno.test("tables of version 1 are migrated, and their sign-ins are usable", async () => {
  await using shared = await openShared();
  const { store, database } = shared;
  const { key } = await store.write(entryOf({ name: "work" }), "signed_in");
  const columns = ["event", "by", "at"].map((it) => `DROP COLUMN tokens_${it}`).join(", ");
  await database.sql(`ALTER TABLE mcpass.entries ${columns}`);
  await database.sql("UPDATE mcpass.schema_version SET version = 1");
  const old = await shared.run("status", "--format", "json");
  assert.equal(JSON.parse(old.stdout).error.code, "store_schema_older");
  const migrated = await shared.run("store", "migrate", "--format", "json");
  const { from, to } = JSON.parse(migrated.stdout);
  assert.deepEqual([from, to], [1, SCHEMA_VERSION]);

  assert.deepEqual(await store.read(key), entryOf({ name: "work" }));
  const human = await shared.run("status", "work", "--format", "human", "--no-color");
  assert.match(human.stdout, /Written +by .* \(process \d+\), \d+ s ago/);
  await store.write({ ...withTokens("1"), name: "work" }, "refreshed");
  assert.equal((await store.find(entryOf().serverUrl))[0]?.obtained?.event, "refreshed");
});
