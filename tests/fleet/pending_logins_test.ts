import assert from "node:assert/strict";
import { openPostgresStore, type PostgresStore } from "../../src/store/postgres/open_store.ts";
import { addressAfter, begin, finish } from "../cli/commands/login/hand_over/begun_logins.ts";
import { run } from "../cli/fake_runtime.ts";
import type { Home } from "../cli/real_run.ts";
import { startFakeLab } from "../lab/fake_lab.ts";
import { formOf } from "../lab/journal.ts";
import { envOf } from "../store/entries.ts";
import { PENDING_CASES } from "../store/pending_contract.ts";
import type { Database } from "./database.ts";
import { startPgbouncer } from "./pgbouncer_server.ts";
import { startPostgres } from "./postgres_server.ts";

const KEY = "5a".repeat(32);

/** A store in a database, as several machines use it. */
async function openFleet(database: Database, url: string) {
  const folder = await Deno.makeTempDir({ prefix: "mcpass-fleet-" });
  await Deno.writeTextFile(`${folder}/key`, KEY, { mode: 0o600 });
  const env = {
    MCPASS_STORE: "postgres",
    MCPASS_STORE_URL: url,
    MCPASS_STORE_KEY_FILE: `${folder}/key`,
  };
  const machine = (name: string): Pick<Home, "run"> => ({
    run: (args, setup = {}) =>
      run(args, {
        ...{ real: true, now: Date.now },
        ...setup,
        env: { ...env, MCPASS_HOME: `${folder}/${name}`, ...setup.env },
      }),
  });
  const migrated = await machine("admin").run(["store", "migrate"], {
    env: { MCPASS_STORE_URL: database.url() },
  });
  assert.equal(migrated.status, 0, migrated.stderr);
  const stores: PostgresStore[] = [];
  return {
    machine,
    async open() {
      const store = await openPostgresStore({ env: envOf(env) });
      stores.push(store);
      return await store.pending();
    },
    async advance(milliseconds: number) {
      const past = (column: string) => `${column} = ${column} - interval '${milliseconds} ms'`;
      const columns = ["expires_at", "closed_at"].map(past).join(", ");
      await database.sql(`UPDATE mcpass.pending_logins SET ${columns}`);
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(stores.map((store) => store.close()));
      await Deno.remove(folder, { recursive: true });
    },
  };
}

Deno.test("pending logins in PostgreSQL, directly and through PgBouncer", async (t) => {
  await using server = await startPostgres();
  await using pooler = await startPgbouncer(server);
  for (const [way, port] of [["directly", undefined], ["PgBouncer", pooler.port]] as const) {
    const database = await server.createDatabase();
    const url = database.url(port === undefined ? {} : { port });
    await using fleet = await openFleet(database, url);
    for (const [name, test] of Object.entries(PENDING_CASES)) {
      await t.step(`${way}: ${name}`, () => test(() => fleet.open(), fleet));
    }
  }
});

Deno.test("a login begins on one machine, is finished on another, and a third one waited for it", async () => {
  await using server = await startPostgres();
  const database = await server.createDatabase();
  await using fleet = await openFleet(database, database.url());
  await using lab = await startFakeLab();
  const [web, desk] = [fleet.machine("web"), fleet.machine("desk")];
  const begun = await begin(web, lab, "--scopes", "mcp:read");
  const stored = await database.sql("SELECT * FROM mcpass.pending_logins");

  const finished = Promise.withResolvers<void>();
  const waiting = fleet.machine("job").run(["oauth", "wait", lab.mcpUrl, "--format", "json"], {
    sleep: () => finished.promise,
  });
  const address = await addressAfter(begun);
  const both = await Promise.all([web, desk].map((it) => finish(it, address, begun.handle)));
  finished.resolve();
  assert.deepEqual(
    both.map(({ status }) => status).sort(),
    [0, 1],
    both.map((it) => it.stderr).join(),
  );
  const tokenRequests = lab.requests.filter(({ path }) => path === "/token");
  assert.equal(tokenRequests.length, 1);

  const waited = await waiting;
  assert.equal(waited.status, 0, waited.stderr);
  assert.equal(JSON.parse(waited.stdout).entries[0].signedIn, true);
  const token = await fleet.machine("job").run(["token", lab.mcpUrl]);
  assert.equal(token.status, 0, token.stderr);

  const verifier = formOf(tokenRequests[0] ?? { body: "" }).get("code_verifier") ?? "";
  assert.match(verifier, /^[\w-]{43}$/);
  const log = await Deno.readTextFile(server.logFile);
  for (const canary of [verifier, begun.handle, token.stdout.trim()]) {
    assert.equal((stored + log).includes(canary), false);
    assert.equal((stored + log).includes(btoa(canary).slice(0, 40)), false);
  }
  const after = await finish(web, address, begun.handle);
  assert.equal(JSON.parse(after.stdout).error.code, "pending_login_used");
});
