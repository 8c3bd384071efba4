/** The two connections of a store, and the check of the schema. @module */

import { Failure, toFailure } from "../../core/failure.ts";
import {
  type Connection,
  type DatabaseOptions,
  openConnection,
  type Row,
  type Values,
} from "./connection.ts";
import { notAllowed, readOnly, schemaMissing, schemaNewer, schemaOlder } from "./failures.ts";
import { SCHEMA_VERSION } from "./schema.ts";

export interface Database {
  /** For messages: without user and password. */
  readonly text: string;
  /** Runs a statement that may run twice: a connection that was lost is made again once. */
  read(sql: string, values?: Values): Promise<readonly Row[]>;
  /**
   * Runs a statement once.
   *
   * @throws Failure `store_connection_lost` or `store_late` if it may have run.
   */
  write(sql: string, values?: Values): Promise<readonly Row[]>;
  /** The connection of the locks. */
  readonly locks: Connection;
  close(): Promise<void>;
}

/** @throws Failure `store_schema_…` unless it is the version that this mcpass needs. */
export function checkSchema(version: string | null | undefined, database: string): void {
  if (!version) throw schemaMissing(database);
  const found = Number(version);
  if (found > SCHEMA_VERSION) throw schemaNewer(database, found, SCHEMA_VERSION);
  if (found < SCHEMA_VERSION) throw schemaOlder(database, found, SCHEMA_VERSION);
}

/** @throws Failure `store_read_only` or `store_not_allowed`. */
export function checkMayWrite(row: Row | undefined, database: string): void {
  if (row?.["read_only"]) throw readOnly(database, row["read_only"]);
  if (row?.["missing"]) {
    throw notAllowed(database, `it does not have the privilege ${row["missing"]}`);
  }
}

/** Another version has other tables and columns, so the server refuses the statement. */
const OTHER_SCHEMA = ["42703", "42P01", "3F000"];

export function openDatabase(options: DatabaseOptions): Database {
  const { settings: { text } } = options;
  const main = openConnection(options);
  const locks = openConnection(options);

  async function explain(error: unknown): Promise<never> {
    const failure = toFailure(error);
    if (OTHER_SCHEMA.includes(failure.detail ?? "") || failure.code === "store_schema_missing") {
      const rows = await main.query("SELECT version FROM mcpass.schema_version");
      checkSchema(rows[0]?.["version"], text);
    }
    throw error;
  }

  return {
    text,
    locks,
    write: (sql, values) => main.query(sql, values).catch(explain),
    async read(sql, values) {
      try {
        return await main.query(sql, values);
      } catch (error) {
        const isLost = error instanceof Failure && error.code === "store_connection_lost";
        if (!isLost) return await explain(error);
        return await main.query(sql, values).catch(explain);
      }
    },
    async close() {
      await Promise.all([main.close(), locks.close()]);
    },
  };
}
