import assert from "node:assert/strict";
import { run } from "../../scripts/shell.ts";
import { startPgbouncer } from "./pgbouncer_server.ts";
import { CA_FILE, startPostgres } from "./postgres_server.ts";
import { postgresProgram } from "./postgres_programs.ts";

Deno.test("connections through the pooler share few connections to the server, one a transaction", async () => {
  await using server = await startPostgres();
  const database = await server.createDatabase();
  await using pooler = await startPgbouncer(server, { poolSize: 2 });
  const url = database.url({ port: pooler.port, parameters: { sslmode: "verify-full" } });
  const ended = await Promise.all(
    Array.from(
      { length: 8 },
      () =>
        run(postgresProgram("psql"), ["-X", "-A", "-t", url, "-c", "SELECT pg_backend_pid()"], {
          env: { PGSSLROOTCERT: CA_FILE },
        }),
    ),
  );
  for (const { success, stderr } of ended) assert.ok(success, stderr);
  assert.ok(new Set(ended.map(({ stdout }) => stdout)).size <= 2);
  assert.match(await Deno.readTextFile(pooler.logFile), /login attempt/);
  assert.match(await pooler.admin("SHOW POOLS"), new RegExp(`^${database.name}\\|mcpass`, "m"));
});
