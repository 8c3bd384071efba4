import assert from "node:assert/strict";
import { run } from "../../scripts/shell.ts";
import { type CutProxy, startCutProxy } from "./cut_proxy.ts";
import type { Database } from "./database.ts";
import { startPostgres } from "./postgres_server.ts";
import { postgresProgram } from "./postgres_programs.ts";

async function insert(database: Database, proxy: CutProxy): Promise<boolean> {
  const url = database.url({ port: proxy.port, parameters: { sslmode: "disable" } });
  const sql = "INSERT INTO numbers VALUES (1)";
  return (await run(postgresProgram("psql"), ["-X", "-q", url, "-c", sql])).success;
}

Deno.test("the proxy names the requests, and cuts before the server has one or after it has done it", async () => {
  await using server = await startPostgres();
  const database = await server.createDatabase();
  await database.sql("CREATE TABLE numbers (number integer)");
  const count = () => database.sql("SELECT count(*) FROM numbers");
  await using proxy = startCutProxy(server.port);
  assert.ok(await insert(database, proxy));
  assert.deepEqual(proxy.requests.map(({ text }) => text), [
    ...["startup", "password", "password", "INSERT INTO numbers VALUES (1)", "end"],
  ]);
  assert.equal(await count(), "1");
  for (const [verdict, rows] of [["cut before", "1"], ["cut after", "2"]] as const) {
    proxy.judge = ({ text }) => text.startsWith("INSERT") ? verdict : "pass";
    assert.equal(await insert(database, proxy), false);
    assert.equal(await count(), rows);
  }
  proxy.judge = ({ text }) => text === "startup" ? "cut after" : "pass";
  assert.equal(await insert(database, proxy), false);
});
