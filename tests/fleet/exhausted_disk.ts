/** A server whose next write meets a full disk. @module */

import assert from "node:assert/strict";
import type { Database } from "./database.ts";
import type { PostgresServer } from "./postgres_server.ts";

/** Repeats a statement of the superuser until the disk is full. */
async function untilFull(database: Database, sql: string): Promise<void> {
  for (;;) {
    try {
      await database.admin(sql);
    } catch (error) {
      assert.match(String(error), /No space left|closed the connection|could not connect|refused/);
      return;
    }
  }
}

/**
 * Fills the disk of the tables, and every page of the entries' table: no version of a row fits in. An
 * open snapshot keeps the versions of the rows from being cleaned up until the returned function ends
 * it and makes room again.
 */
export async function fillTables(
  server: PostgresServer,
  database: Database,
): Promise<() => Promise<void>> {
  assert.ok(server.disk);
  const application = `snapshot_${crypto.randomUUID().slice(0, 8)}`;
  const snapshot = database.admin(
    `SET application_name = '${application}'; BEGIN ISOLATION LEVEL REPEATABLE READ; ` +
      "SELECT count(*) FROM mcpass.entries; SELECT pg_sleep(600)",
  );
  snapshot.catch(() => {});
  const isOpen =
    `SELECT count(*) FROM pg_stat_activity WHERE application_name = '${application}' ` +
    "AND backend_xmin IS NOT NULL AND wait_event = 'PgSleep'";
  while (await database.admin(isOpen) !== "1");
  await server.disk.fill();
  await untilFull(database, "UPDATE mcpass.entries SET body = body");
  return async () => {
    await server.disk?.free();
    await database.admin(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = '${application}'`,
    );
    await assert.rejects(snapshot);
  };
}

/** Fills the disk with all files until the server cannot write its WAL, which ends it. */
export async function fillWal(server: PostgresServer, database: Database): Promise<void> {
  assert.ok(server.disk);
  await server.disk.fill();
  await untilFull(
    database,
    "SELECT pg_logical_emit_message(true, 'test', repeat('x', 1000000))",
  );
}
