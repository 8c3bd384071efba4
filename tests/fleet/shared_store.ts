/** A store that many machines share: a migrated database and the key that seals its secrets. @module */

import assert from "node:assert/strict";
import type { Store } from "../../src/store/store.ts";
import { run, type RunResult } from "../../scripts/shell.ts";
import { openByVariables, type OpenedStore } from "../store/contract/open_by_variables.ts";
import type { Database, UrlParts } from "./database.ts";
import { MCPASS } from "./machines.ts";
import { CA_FILE, type PostgresServer } from "./postgres_server.ts";

/** Variables of a program that uses the store. */
export type StoreVariables = Readonly<Record<string, string>>;

export interface SharedStore extends AsyncDisposable {
  readonly database: Database;
  /** The text of the key file. */
  readonly key: string;
  /** Variables that lead a program there. */
  env(parts?: UrlParts): StoreVariables;
  /** Opens it in this process, over the loopback interface. */
  open(parts?: UrlParts): Promise<Store>;
}

/** Runs `dist/mcpass` outside of the machines. */
export async function mcpass(
  args: readonly string[],
  env: StoreVariables,
): Promise<RunResult> {
  const variables = { PATH: Deno.env.get("PATH") ?? "", NO_COLOR: "1", ...env };
  return await run(MCPASS, args, { clearEnv: true, env: variables });
}

/** Makes the tables, as the role that owns the database. */
export async function migrate(database: Database, env: StoreVariables): Promise<void> {
  const ended = await mcpass(["store", "migrate"], { ...env, MCPASS_STORE_URL: database.url() });
  assert.ok(ended.success, ended.stdout + ended.stderr);
}

export async function makeSharedStore(server: PostgresServer): Promise<SharedStore> {
  const folder = await Deno.makeTempDir({ prefix: "mcpass-shared-" });
  const keyFile = `${folder}/store.key`;
  const key = crypto.getRandomValues(new Uint8Array(32)).toHex();
  await Deno.writeTextFile(keyFile, `# a key of a test\n${key}\n`, { mode: 0o600 });
  const database = await server.createDatabase();
  const env = (parts?: UrlParts) => ({
    MCPASS_HOME: folder,
    MCPASS_STORE: "postgres",
    MCPASS_STORE_URL: database.url(parts),
    MCPASS_STORE_KEY_FILE: keyFile,
    MCPASS_CA_FILE: CA_FILE,
    // A machine with little to spare is slow; a test that needs less says so.
    MCPASS_STEP_TIMEOUT: "300000",
  });
  await migrate(database, env());
  const opened: OpenedStore[] = [];
  return {
    database,
    key,
    env,
    async open(parts) {
      const it = await openByVariables(env(parts));
      opened.push(it);
      return it.store;
    },
    async [Symbol.asyncDispose]() {
      for (const { close } of opened) await close();
      await Deno.remove(folder, { recursive: true });
    },
  };
}
