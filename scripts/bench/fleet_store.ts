/**
 * Databases with one and with many sign-ins, and what a database did.
 *
 * @module
 */

import type { Database } from "../../tests/fleet/database.ts";
import { openPostgresStore } from "../../src/store/postgres/open_store.ts";
import { run } from "../shell.ts";
import { benchEntry } from "./store.ts";

/** Makes the tables with the program, and stores the sign-in that is asked for. */
export async function fillDatabase(
  program: string,
  database: Database,
  env: Readonly<Record<string, string>>,
  entries: number,
): Promise<void> {
  const migrated = await run(program, ["store", "migrate"], { env: { ...env } });
  if (!migrated.success) throw new Error(migrated.stdout + migrated.stderr);
  const store = await openPostgresStore({
    env: { get: (name) => env[name], toObject: () => ({ ...env }) },
  });
  await store.write(benchEntry(0));
  await store.close();
  // Nobody opens the others, so they are copies under other keys.
  const columns = (await database.sql(
    "SELECT string_agg(column_name, ',') FROM information_schema.columns " +
      "WHERE table_schema = 'mcpass' AND table_name = 'entries'",
  )).split(",");
  const values = columns.map((column) => {
    if (column === "key") return "md5(n::text) || n";
    if (column === "server" || column === "name") return "'server-' || n";
    return column;
  });
  await database.sql(
    `INSERT INTO mcpass.entries (${columns}) SELECT ${values} FROM mcpass.entries, ` +
      `generate_series(1, ${entries - 1}) AS n`,
  );
  await database.admin("VACUUM ANALYZE mcpass.entries");
}

/** Counts since the start of the server. */
export interface DatabaseLoad {
  readonly transactions: number;
  readonly connections: number;
  /** Seconds of all its processes. */
  readonly cpuSeconds: number;
}

const TICKS = 100;

/** Seconds of the server and of its processes, those that have ended too. */
async function cpuSeconds(pid: number): Promise<number> {
  const { stdout } = await run("sh", [
    "-c",
    `cat /proc/${pid}/stat $(
    for p in $(cat /proc/${pid}/task/${pid}/children); do echo /proc/$p/stat; done
  ) 2>/dev/null || true`,
  ]);
  const ticks = stdout.trim().split("\n").map((line, at) => {
    const fields = line.replace(/^.*\) /, "").split(" ").map(Number);
    const [user = 0, system = 0, userOfChildren = 0, systemOfChildren = 0] = fields.slice(11, 15);
    return user + system + (at === 0 ? userOfChildren + systemOfChildren : 0);
  });
  return ticks.reduce((a, b) => a + b, 0) / TICKS;
}

/** What the database has done so far. */
export async function databaseLoad(database: Database, pid: number): Promise<DatabaseLoad> {
  const [transactions = 0, connections = 0] = (await database.admin(
    "SELECT xact_commit + xact_rollback, sessions FROM pg_stat_database " +
      "WHERE datname = current_database()",
  )).split("|").map(Number);
  return { transactions, connections, cpuSeconds: await cpuSeconds(pid) };
}
