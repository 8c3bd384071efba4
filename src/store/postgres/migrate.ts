import { Failure } from "../../core/failure.ts";
import { type Connection, openConnection } from "./connection.ts";
import { schemaNewer } from "./failures.ts";
import { migrationSql, SCHEMA_VERSION } from "./schema.ts";
import { databaseOptions, type StoreSettings } from "./store_settings.ts";

export interface Migration {
  /** As people call the database. */
  readonly database: string;
  /** 0: there were no tables. */
  readonly from: number;
  readonly to: number;
}

/** Nothing in a schema that others can write to may run with the rights of the one who migrates. */
const OWN_NAMES = "SET LOCAL search_path = pg_catalog, pg_temp";

const LOCK = "SELECT pg_advisory_xact_lock(hashtext('mcpass migration')::bigint)";

async function versionOf(connection: Connection): Promise<number> {
  try {
    const [row] = await connection.query("SELECT version FROM mcpass.schema_version");
    return Number(row?.["version"] ?? 0);
  } catch (error) {
    if (error instanceof Failure && error.code === "store_schema_missing") return 0;
    throw error;
  }
}

/**
 * Makes the tables, or changes those of an older version; either everything or nothing.
 *
 * @throws Failure `store_schema_newer` if a newer mcpass made them, and `store_…` of a connection.
 */
export async function migrate(settings: StoreSettings): Promise<Migration> {
  const options = await databaseOptions(settings);
  const { text } = options.settings;
  const connection = openConnection(options);
  try {
    const from = await versionOf(connection);
    if (from > SCHEMA_VERSION) throw schemaNewer(text, from, SCHEMA_VERSION);
    if (from < SCHEMA_VERSION) await run(connection, from);
    return { database: text, from, to: SCHEMA_VERSION };
  } finally {
    await connection.close();
  }
}

async function run(connection: Connection, from: number): Promise<void> {
  try {
    await connection.query(`BEGIN; ${OWN_NAMES}; ${LOCK}; ${migrationSql(from)} COMMIT`);
  } catch (error) {
    // A server that did not respond would not do so now.
    if (error instanceof Failure && error.code === "store_late") throw error;
    await connection.query("ROLLBACK").catch(() => {});
    // Another process may have done the same at the same time.
    if (await versionOf(connection) !== SCHEMA_VERSION) throw error;
  }
}
