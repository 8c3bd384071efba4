/**
 * Preloaded before tests of the store's contract: it runs them on PostgreSQL. The variable
 * `CONTRACT_SERVER` names the server ({@link ContractServer} in JSON).
 *
 * @module
 */

import { setEngine } from "../store/contract/engine.ts";
import { type Database, databaseOf, type ServerAddress } from "./database.ts";

export interface ContractServer extends ServerAddress {
  /** Where programs connect: the server's port, or that of PgBouncer. */
  readonly clientPort: number;
  /** A migrated database without entries. */
  readonly template: string;
  readonly keyFile: string;
}

const { clientPort, template, keyFile, ...address }: ContractServer = JSON.parse(
  Deno.env.get("CONTRACT_SERVER") ?? "{}",
);
const unused: Database[] = [];
const TABLES = "SELECT string_agg(format('%I.%I', schemaname, tablename), ', ') FROM pg_tables " +
  "WHERE schemaname = 'mcpass' AND tablename NOT IN ('schema_version', 'settings')";

async function emptyDatabase(): Promise<Database> {
  const found = unused.pop();
  if (found !== undefined) return found;
  const database = databaseOf(address, `contract_${crypto.randomUUID().replaceAll("-", "")}`);
  await databaseOf(address, "postgres").admin(
    `CREATE DATABASE ${database.name} OWNER mcpass TEMPLATE ${template}`,
  );
  return database;
}

setEngine({
  mode: "postgres",
  async makeVariables() {
    const database = await emptyDatabase();
    return {
      env: {
        MCPASS_STORE_URL: database.url({ port: clientPort }),
        MCPASS_STORE_KEY_FILE: keyFile,
      },
      async [Symbol.asyncDispose]() {
        await database.admin(`TRUNCATE ${await database.admin(TABLES)}`);
        unused.push(database);
      },
    };
  },
});
