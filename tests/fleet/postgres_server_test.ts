import assert from "node:assert/strict";
import { run } from "../../scripts/shell.ts";
import { CA_FILE, startPostgres } from "./postgres_server.ts";
import { postgresProgram } from "./postgres_programs.ts";

async function psql(url: string, sql: string, env: Record<string, string> = {}) {
  return await run(postgresProgram("psql"), ["-X", "-A", "-t", url, "-c", sql], { env });
}

Deno.test("the server accepts TLS with the tests' authority, a password, and a Unix socket", async () => {
  await using server = await startPostgres();
  const database = await server.createDatabase();
  const tls = { PGSSLROOTCERT: CA_FILE };
  const query = "SELECT ssl, version FROM pg_stat_ssl WHERE pid = pg_backend_pid()";
  const verified = database.url({ parameters: { sslmode: "verify-full" } });
  const overTls = await psql(verified, query, tls);
  assert.match(overTls.stdout, /^t\|TLSv1/, overTls.stderr);
  assert.equal((await psql(verified, query)).success, false);
  const overSocket = await psql(database.url({ host: server.socketFolder }), query);
  assert.match(overSocket.stdout, /^f/, overSocket.stderr);
  const wrong = await psql(database.url({ password: "wrong" }), query);
  assert.match(wrong.stderr, /password authentication failed/);
  assert.match(await Deno.readTextFile(server.logFile), /SELECT ssl, version/);
});

Deno.test("a database is a copy of another one, and survives both ways to end the server", async () => {
  await using server = await startPostgres();
  const first = await server.createDatabase();
  await first.sql("CREATE TABLE numbers AS SELECT 1 AS number");
  const copy = await server.createDatabase(first);
  for (const mode of ["immediate", "fast"] as const) {
    await copy.sql("UPDATE numbers SET number = number + 1");
    await server.restart(mode);
  }
  assert.deepEqual(
    [await first.sql("TABLE numbers"), await copy.sql("TABLE numbers")],
    ["1", "3"],
  );
});

Deno.test("a standby has the rows of its server and refuses writes", async () => {
  await using server = await startPostgres();
  const database = await server.createDatabase();
  await database.sql("CREATE TABLE numbers AS SELECT 1 AS number");
  await using standby = await server.startStandby();
  const url = database.url({ port: standby.port });
  assert.equal((await psql(url, "TABLE numbers")).stdout, "1\n");
  assert.match((await psql(url, "DELETE FROM numbers")).stderr, /read-only transaction/);
});

Deno.test("the disk of the tables is full, and is not", async () => {
  await using server = await startPostgres({ disk: { of: "tables", megabytes: 24 } });
  const database = await server.createDatabase();
  assert.ok(server.disk);
  await server.disk.fill();
  const grow = "CREATE TABLE big AS SELECT repeat('x', 1000) FROM generate_series(1, 3000)";
  await assert.rejects(database.sql(grow), /No space left on device/);
  await server.disk.free();
  await database.sql(grow);
});

Deno.test("on a full disk with all files, the server stops at a write and recovers", async () => {
  await using server = await startPostgres({ disk: { of: "all", megabytes: 64 } });
  const database = await server.createDatabase();
  await database.sql("CREATE TABLE numbers AS SELECT 1 AS number");
  assert.ok(server.disk);
  await server.disk.fill();
  await assert.rejects(async () => {
    for (;;) {
      await database.sql("UPDATE numbers SET number = number + 1 FROM generate_series(1, 10000)");
      await database.sql("INSERT INTO numbers SELECT 1 FROM generate_series(1, 10000)");
    }
  });
  await server.disk.free();
  await server.stop("immediate");
  await server.start();
  assert.notEqual(await database.sql("SELECT count(*) FROM numbers"), "0");
});
