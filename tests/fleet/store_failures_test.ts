import assert from "node:assert/strict";
import { Failure } from "../../src/core/failure.ts";
import { newKey } from "../../src/store/seal.ts";
import type { PostgresStore } from "../../src/store/postgres/open_store.ts";
import { openPostgresStore } from "../../src/store/postgres/open_store.ts";
import { migrate } from "../../src/store/postgres/migrate.ts";
import { SCHEMA_VERSION } from "../../src/store/postgres/schema.ts";
import { entryOf, envOf as environment } from "../store/entries.ts";
import { freePort } from "../servers/program.ts";
import type { Database, UrlParts } from "./database.ts";
import { CA_FILE, type PostgresServer, startPostgres } from "./postgres_server.ts";

/** A database with tables, and what opens it. */
interface Place {
  readonly database: Database;
  readonly keyFile: string;
  open(parts?: UrlParts, more?: { caFile?: string; stepTimeout?: number }): Promise<PostgresStore>;
}

const entry = entryOf();

const envOf = (url: string) => environment({ MCPASS_STORE_URL: url });

async function placeIn(server: PostgresServer, folder: string): Promise<Place> {
  const database = await server.createDatabase();
  await migrate({ env: envOf(database.url()) });
  const keyFile = `${folder}/${database.name}.key`;
  await Deno.writeTextFile(keyFile, newKey(), { mode: 0o600 });
  return {
    database,
    keyFile,
    open: (parts, more) =>
      openPostgresStore({ env: envOf(database.url(parts)), storeKeyFile: keyFile, ...more }),
  };
}

/** The code with which a call fails. */
async function codeOf(call: () => Promise<unknown>): Promise<string> {
  try {
    await call();
    return "none";
  } catch (error) {
    assert.ok(error instanceof Failure, String(error));
    assert.doesNotMatch(`${error.message} ${error.remedy}`, /mcpass-password/);
    return error.code;
  }
}

async function using(
  store: Promise<PostgresStore>,
  work: (store: PostgresStore) => Promise<void>,
): Promise<void> {
  const opened = await store;
  try {
    await work(opened);
  } finally {
    await opened.close();
  }
}

/** A server whose store has one entry. */
async function withPlace(
  work: (server: PostgresServer, place: Place, folder: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "mcpass-failures-" });
  await using server = await startPostgres({
    settings: { max_connections: 12, superuser_reserved_connections: 3 },
  });
  const place = await placeIn(server, folder);
  await using(place.open(), async (store) => {
    await store.write(entry);
  });
  await work(server, place, folder);
  await Deno.remove(folder, { recursive: true });
}

Deno.test("why a database cannot be used has its own code", (test) =>
  withPlace(async (server, place) => {
    const findFails = async (expected: string, parts: UrlParts, more = {}) =>
      await using(place.open(parts, more), async (store) => {
        assert.equal(await codeOf(() => store.find(entry.serverUrl)), expected);
      });

    await test.step("no server", () => findFails("store_unreachable", { port: freePort() }));
    await test.step("no such host", () =>
      findFails("store_unreachable", {
        host: "nowhere.invalid",
        parameters: { sslmode: "disable" },
      }));
    await test.step("a wrong password", () => findFails("store_login_refused", { password: "x" }));
    await test.step("no such user", () => findFails("store_login_refused", { user: "nobody" }));
    await test.step("TLS of an unknown authority", () =>
      findFails("store_tls_not_verified", { parameters: { sslmode: "verify-full" } }));
    await test.step("TLS with --ca-file, and a Unix socket", async () => {
      const tls = place.open({ parameters: { sslmode: "verify-full" } }, { caFile: CA_FILE });
      await using(tls, async (store) => {
        assert.equal((await store.find(entry.serverUrl)).length, 1);
      });
      await using(place.open({ host: server.socketFolder }), async (store) => {
        assert.equal((await store.find(entry.serverUrl)).length, 1);
      });
    });

    await test.step("no database, no tables, other versions", async () => {
      const other = await server.createDatabase();
      const open = (url: string) =>
        openPostgresStore({ env: envOf(url), storeKeyFile: place.keyFile });
      const find = async (url: string) => {
        const store = await open(url);
        const code = await codeOf(() => store.find(entry.serverUrl));
        await store.close();
        return code;
      };
      assert.equal(await find(`${other.url()}_gone`), "store_unreachable");
      assert.equal(await find(other.url()), "store_schema_missing");
      const url = place.database.url();
      await place.database.sql("UPDATE mcpass.schema_version SET version = 99");
      await place.database.sql("ALTER TABLE mcpass.entries RENAME COLUMN sealed TO sealed_99");
      assert.equal(await find(url), "store_schema_newer");
      assert.equal(await codeOf(() => migrate({ env: envOf(url) })), "store_schema_newer");
      await place.database.sql("ALTER TABLE mcpass.entries RENAME COLUMN sealed_99 TO sealed");
      assert.equal(await find(url), "store_schema_newer");
      await place.database.sql("UPDATE mcpass.schema_version SET version = 0");
      assert.equal(await find(url), "store_schema_older");
      await place.database.sql(`UPDATE mcpass.schema_version SET version = ${SCHEMA_VERSION}`);
      assert.equal(await find(url), "none");
    });

    await test.step("a role without rights, and one that may only read", async () => {
      const { admin } = place.database;
      await admin("CREATE ROLE reader LOGIN PASSWORD 'mcpass-password'");
      await findFails("store_not_allowed", { user: "reader" });
      await admin("GRANT USAGE ON SCHEMA mcpass TO reader");
      await admin("GRANT SELECT ON mcpass.schema_version, mcpass.entries TO reader");
      await using(place.open({ user: "reader" }), async (store) => {
        const [found] = await store.find(entry.serverUrl);
        assert.deepEqual(await store.read(found?.key ?? ""), entry);
        assert.equal(await codeOf(() => store.lock(found?.key ?? "")), "store_not_allowed");
        assert.equal(await codeOf(() => store.prepare()), "store_not_allowed");
        assert.equal(await codeOf(() => store.write(entry)), "store_not_allowed");
      });
    });

    await test.step("the rights that are documented are enough", async () => {
      const { admin } = place.database;
      await admin("CREATE ROLE app LOGIN PASSWORD 'mcpass-password'");
      const { GRANTS } = await import("../../src/store/postgres/schema.ts");
      const statements = GRANTS.split(";").map((it) => it.replace(/^[^]*?(?=GRANT)/, ""));
      for (const sql of statements.filter((it) => it.includes("mcpass_app"))) {
        await admin(sql.replace("mcpass_app", "app"));
      }
      await using(place.open({ user: "app" }), async (store) => {
        await store.prepare();
        const [found] = await store.find(entry.serverUrl);
        const key = found?.key ?? "";
        const lock = await store.lock(key);
        await store.write({ ...entry, name: "other" }, "renamed");
        await lock[Symbol.asyncDispose]();
        assert.equal(await store.remove(key), true);
        await store.write(entry, "signed_in");
      });
    });
  }));

Deno.test("what stops a write has its own code, and nothing is lost", (test) =>
  withPlace(async (server, place, folder) => {
    await test.step("a standby server", async () => {
      await using standby = await server.startStandby();
      await using(place.open({ port: standby.port }), async (store) => {
        const [found] = await store.find(entry.serverUrl);
        assert.deepEqual(await store.read(found?.key ?? ""), entry);
        assert.equal(await codeOf(() => store.lock(found?.key ?? "")), "store_read_only");
        assert.equal(await codeOf(() => store.prepare()), "store_read_only");
        assert.equal(await codeOf(() => store.write(entry)), "store_read_only");
      });
    });

    await test.step("too many connections", async () => {
      const stores = await Promise.all(Array.from({ length: 12 }, () => place.open()));
      const codes: string[] = [];
      for (const store of stores) codes.push(await codeOf(() => store.find(entry.serverUrl)));
      await Promise.all(stores.map((store) => store.close()));
      assert.ok(codes.includes("store_too_many_connections"), codes.join());
    });

    await test.step("a server that does not respond", async () => {
      const { admin } = place.database;
      await admin(
        "CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS " +
          "'BEGIN PERFORM pg_sleep(60); RETURN NEW; END'",
      );
      await admin(
        "CREATE TRIGGER slow BEFORE UPDATE ON mcpass.entries FOR EACH ROW EXECUTE FUNCTION slow()",
      );
      await using(place.open({}, { stepTimeout: 1000 }), async (store) => {
        assert.equal(await codeOf(() => store.write(entry)), "store_late");
      });
      await admin(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'mcpass'",
      );
      await admin("DROP FUNCTION slow() CASCADE");
    });

    await test.step("another key, a damaged row, a changed row", async () => {
      const otherKey = `${folder}/other.key`;
      await Deno.writeTextFile(otherKey, newKey(), { mode: 0o600 });
      const [key] = (await place.database.sql("SELECT key FROM mcpass.entries")).split("\n");
      const store = await openPostgresStore({
        env: envOf(place.database.url()),
        storeKeyFile: otherKey,
      });
      assert.equal(await codeOf(() => store.read(key ?? "")), "store_key_unknown");
      await store.close();
      await place.database.sql(
        "UPDATE mcpass.entries SET body = replace(body::text, 'as.example', 'evil.example')::json",
      );
      await using(place.open(), async (opened) => {
        assert.equal(await codeOf(() => opened.read(key ?? "")), "store_entry_damaged");
      });
      await place.database.sql(
        "UPDATE mcpass.entries SET body = replace(body::text, 'evil.example', 'as.example')::json, " +
          "sealed = reverse(sealed)",
      );
      await using(place.open(), async (opened) => {
        assert.equal(await codeOf(() => opened.read(key ?? "")), "store_secrets_lost");
        assert.deepEqual(await opened.removeDamaged(entry.serverUrl, entry.account), []);
      });
    });
  }));
