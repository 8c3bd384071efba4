import assert from "node:assert/strict";
import { migrate } from "../../src/store/postgres/migrate.ts";
import { openPostgresStore, type PostgresStore } from "../../src/store/postgres/open_store.ts";
import { rekey } from "../../src/store/postgres/rekey.ts";
import { newKey } from "../../src/store/seal.ts";
import type { StoredEntry } from "../../src/store/stored_entry.ts";
import { entryOf, envOf, withTokens } from "../store/entries.ts";
import { MCPASS } from "./machines.ts";
import { type PostgresServer, startPostgres } from "./postgres_server.ts";

const [OLD, NEW, OTHER] = [newKey(), newKey(), newKey()] as const;
const SERVERS = ["a", "b", "c", "d", "e", "f"].map((name) => `https://${name}.example/mcp`);

/** The sign-in to a server, which has a token of its own. */
function signInTo(serverUrl: string, token = `token of ${serverUrl}`): StoredEntry {
  const entry = entryOf({ serverUrl });
  assert.ok(entry.tokens);
  return { ...entry, tokens: { ...entry.tokens, accessToken: token.replaceAll(" ", "-") } };
}

/** A store whose sign-ins are sealed with the old key; rows are in the order of their keys. */
async function openScene(server: PostgresServer) {
  const folder = await Deno.makeTempDir({ prefix: "mcpass-rekey-" });
  const database = await server.createDatabase();
  const env = { MCPASS_STORE_URL: database.url(), MCPASS_HOME: folder };
  await migrate({ env: envOf(env) });
  const stores: PostgresStore[] = [];
  const settings = async (...keys: readonly string[]) => {
    const storeKeyFile = await Deno.makeTempFile({ dir: folder });
    await Deno.writeTextFile(storeKeyFile, keys.join("\n"), { mode: 0o600 });
    return { env: envOf(env), storeKeyFile };
  };
  const open = async (...keys: readonly string[]) => {
    const store = await openPostgresStore(await settings(...keys));
    stores.push(store);
    return store;
  };
  const store = await open(OLD);
  const written = SERVERS.map((url) => signInTo(url));
  for (const entry of written) await store.write(entry, "signed_in");
  const keyOf = (entry: StoredEntry) => store.keyOf(entry);
  const entries = written.toSorted((a, b) => keyOf(a) < keyOf(b) ? -1 : 1);
  return {
    ...{ database, env, entries, store, open, settings, keyOf },
    rekey: async (...keys: readonly string[]) => await rekey(await settings(...keys)),
    /** Asserts that a machine with these keys has each of these sign-ins. */
    async has(expected: readonly StoredEntry[], ...keys: readonly string[]) {
      const reader = await open(...keys);
      for (const entry of expected) assert.deepEqual(await reader.read(keyOf(entry)), entry);
    },
    /** How many rows each key seals, the most first. */
    async counts() {
      const sql = "SELECT count(*) FROM mcpass.entries GROUP BY key_id ORDER BY 1 DESC";
      return (await database.sql(sql)).split("\n").map(Number);
    },
    /** Lets a rekeying wait at the row of an entry; resolves when it is there. */
    async gate(entry: StoredEntry) {
      await database.admin(
        "CREATE TABLE gate AS SELECT 1; GRANT SELECT ON gate TO mcpass; " +
          "CREATE FUNCTION wait_at_gate() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN " +
          "WHILE EXISTS (SELECT FROM public.gate) LOOP PERFORM pg_sleep(0.02); END LOOP; " +
          "RETURN NEW; END'; CREATE TRIGGER gate BEFORE UPDATE ON mcpass.entries FOR EACH ROW " +
          `WHEN (OLD.key_id <> NEW.key_id AND OLD.key = '${keyOf(entry)}') ` +
          "EXECUTE FUNCTION wait_at_gate()",
      );
      return {
        async reached() {
          const waits = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'";
          while (await database.admin(waits) === "0");
        },
        open: () => database.admin("DELETE FROM gate"),
      };
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(stores.map((one) => one.close()));
      await Deno.remove(folder, { recursive: true });
    },
  };
}

Deno.test("a rekeying that is killed in the middle loses nothing, and is completed by the next one", async () => {
  await using server = await startPostgres();
  await using scene = await openScene(server);
  const { database, entries, env, settings } = scene;
  const third = entries[2] ?? assert.fail();
  const gate = await scene.gate(third);
  const { storeKeyFile } = await settings(NEW, OLD);
  const child = new Deno.Command(MCPASS, {
    args: ["store", "rekey", "--format", "json"],
    env: { ...env, MCPASS_STORE_KEY_FILE: storeKeyFile },
    stdout: "null",
    stderr: "null",
  }).spawn();
  await gate.reached();
  child.kill("SIGKILL");
  await child.status;
  await database.admin(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'mcpass'",
  );
  await database.admin("DROP TRIGGER gate ON mcpass.entries");
  assert.deepEqual(await scene.counts(), [4, 2]);
  await scene.has(entries, NEW, OLD);
  await scene.has(entries, OLD, NEW);

  const repeated = await scene.rekey(NEW, OLD);
  assert.deepEqual([repeated.sealed, repeated.problems], [4, []]);
  assert.deepEqual(await scene.counts(), [6]);
  await scene.has(entries, NEW);
  const again = await scene.rekey(NEW, OLD);
  assert.deepEqual([again.sealed, again.problems], [0, []]);
});

Deno.test("with a wrong key, or after the old one was removed too early, rekeying changes nothing", async () => {
  await using server = await startPostgres();
  await using scene = await openScene(server);
  const { database, entries } = scene;
  const rows = () =>
    database.sql("SELECT key, key_id, nonce, sealed FROM mcpass.entries ORDER BY 1");
  const before = await rows();
  const wrong = await scene.rekey(OTHER);
  assert.equal(wrong.sealed, 0);
  assert.deepEqual(wrong.problems.map(({ code }) => code), entries.map(() => "store_key_unknown"));
  assert.equal(await rows(), before);

  // Half of the rows have the new key when the old one is removed.
  const machine = await scene.open(NEW, OLD);
  for (const entry of entries.slice(0, 3)) {
    await machine.read(scene.keyOf(entry));
    await machine.write(entry, "refreshed");
  }
  const half = await rows();
  const early = await scene.rekey(NEW);
  assert.deepEqual([early.sealed, early.problems.length], [0, 3]);
  assert.ok(early.problems.every(({ code }) => code === "store_key_unknown"));
  assert.equal(await rows(), half);
  const complete = await scene.rekey(NEW, OLD);
  assert.deepEqual([complete.sealed, complete.problems], [3, []]);
  await scene.has(entries, NEW);
});

Deno.test("a refresh, a sign-out and a sign-in while the rows are sealed again are not lost", async () => {
  await using server = await startPostgres();
  await using scene = await openScene(server);
  const { entries, keyOf } = scene;
  const [first, second, third, fourth, fifth] = entries;
  assert.ok(first && second && third && fourth && fifth);
  const machine = await scene.open(OLD, NEW);
  // This machine has read a row before it is sealed again, and writes it afterwards.
  await machine.read(keyOf(first));
  const gate = await scene.gate(second);
  const rekeying = scene.rekey(NEW, OLD);
  await gate.reached();
  const refreshed = {
    first: signInTo(first.serverUrl, "refreshed-1"),
    third: signInTo(third.serverUrl, "refreshed-3"),
  };
  await machine.write(refreshed.first, "refreshed");
  await machine.read(keyOf(third));
  await machine.write(refreshed.third, "refreshed");
  await machine.remove(keyOf(fourth), "signed_out");
  const added = withTokens("new");
  await machine.write(added, "signed_in");
  await gate.open();
  const { problems } = await rekeying;
  assert.deepEqual(problems, []);

  const others = entries.filter((it) => ![first, third, fourth].includes(it));
  await scene.has([...others, refreshed.first, refreshed.third, added], NEW);
  assert.deepEqual(await scene.counts(), [6]);
  assert.equal(await scene.store.read(keyOf(fourth)), undefined);
});
