/** Commands that only use the store, at a database that fails. @module */

import assert from "node:assert/strict";
import { openStore } from "../../src/store/file/open_store.ts";
import { newKey } from "../../src/store/seal.ts";
import { run } from "../cli/fake_runtime.ts";
import type { FakeLab } from "../lab/fake_lab.ts";
import { entryOf, envOf } from "../store/entries.ts";
import type { DatabaseFault, StoreCommand } from "./database_faults.ts";
import type { PostgresServer } from "./postgres_server.ts";
import type { SharedStore, StoreVariables } from "./shared_store.ts";

interface StoreCommands extends AsyncDisposable {
  /** Runs each command and compares its code; nothing may be lost. */
  check(
    changed: StoreVariables,
    code: string,
    others?: DatabaseFault["others"],
  ): Promise<void>;
}

/** The codes of a document: of its error, and of the entries that failed. */
function codesOf(stdout: string): readonly string[] {
  const { error, problems = [] } = JSON.parse(stdout);
  return [error, ...problems].map((one) => one?.code ?? "none");
}

export async function prepareStoreCommands(
  server: PostgresServer,
  shared: SharedStore,
  { mcpUrl }: FakeLab,
): Promise<StoreCommands> {
  const folder = await Deno.makeTempDir({ prefix: "mcpass-commands-" });
  const files = openStore({ mode: "file", env: envOf({ MCPASS_HOME: folder }) });
  const { key } = await files.write(entryOf());
  const keyFile = `${folder}/next.key`;
  await Deno.writeTextFile(keyFile, `${newKey()}\n${shared.key}\n`, { mode: 0o600 });
  // A database without tables: elsewhere, a migration has nothing to do.
  const empty = await server.createDatabase();
  const words: Readonly<Record<StoreCommand, readonly string[]>> = {
    copy: ["store", "copy", "--from", "file", "--to", "postgres", "--yes"],
    migrate: ["store", "migrate"],
    rekey: ["store", "rekey"],
    wait: ["oauth", "wait", mcpUrl, "--timeout", "1"],
  };

  function variables(command: StoreCommand, changed: StoreVariables, code: string) {
    const env: StoreVariables = { ...shared.env(), MCPASS_HOME: folder, ...changed };
    const { MCPASS_STORE_URL: url = "" } = env;
    const isEmpty = command === "migrate" && code !== "store_schema_newer";
    return {
      ...env,
      MCPASS_STORE_URL: isEmpty ? url.replace(`/${shared.database.name}`, `/${empty.name}`) : url,
      ...command === "rekey" && !("MCPASS_STORE_KEY_FILE" in changed)
        ? { MCPASS_STORE_KEY_FILE: keyFile }
        : {},
    };
  }

  return {
    async check(changed, code, others = {}) {
      const checkOne = async (command: StoreCommand) => {
        const expected = others[command] === undefined ? code : others[command];
        if (expected === null) return;
        const env = variables(command, changed, code);
        const line = [...words[command], "--format", "json"];
        const ended = await run(line, { real: true, now: Date.now, env });
        const codes = codesOf(ended.stdout);
        assert.ok(codes.includes(expected), `${command}: ${expected}, not ${ended.stdout}`);
        assert.equal(ended.status === 0, expected === "none", command);
        assert.doesNotMatch(ended.stdout + ended.stderr, /mcpass-password|wrong-one|secret-word/);
      };
      await Promise.all((Object.keys(words) as StoreCommand[]).map(checkOne));
      assert.deepEqual(await files.read(key), entryOf());
    },
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
}
