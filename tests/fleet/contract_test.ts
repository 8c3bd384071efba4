import assert from "node:assert/strict";
import { ROOT, run } from "../../scripts/shell.ts";
import type { ContractServer } from "./contract_engine.ts";
import { startPgbouncer } from "./pgbouncer_server.ts";
import { startPostgres } from "./postgres_server.ts";
import { IS_FULL } from "./scale.ts";
import { makeSharedStore } from "./shared_store.ts";

/** Tests that run unchanged on every engine. `deno task test` runs them on the file engine. */
const CONTRACT = ["tests/store/contract"];

/** What uses a store, also unchanged; with `deno task fleet`. */
const USERS = [
  "tests/flow/credentials/refresh_test.ts",
  "tests/flow/credentials/refresh_alternatives_test.ts",
  "tests/cli/commands/credentials/logout_test.ts",
  "tests/cli/commands/credentials/refresh_test.ts",
  "tests/cli/commands/credentials/rename_test.ts",
  "tests/cli/commands/credentials/repeat_grant_test.ts",
  "tests/cli/commands/credentials/token_test.ts",
];

for (const way of ["directly", "through PgBouncer"] as const) {
  Deno.test(
    `the contract of the store holds on PostgreSQL, ${way}`,
    { timeout: 600_000 },
    async () => {
      await using server = await startPostgres({
        settings: { log_statement: "none", fsync: "off" },
      });
      await using pooler = way === "directly" ? undefined : await startPgbouncer(server);
      await using shared = await makeSharedStore(server);
      const contractServer: ContractServer = {
        port: server.port,
        socketFolder: server.socketFolder,
        clientPort: pooler?.port ?? server.port,
        template: shared.database.name,
        keyFile: shared.env()["MCPASS_STORE_KEY_FILE"] ?? "",
      };
      const { success, stdout, stderr } = await run(Deno.execPath(), [
        ...["test", "-A", "--quiet", "--no-check", "--parallel"],
        ...["--preload=tests/shared_process.ts", "--preload=tests/fleet/contract_engine.ts"],
        ...CONTRACT,
        ...IS_FULL ? USERS : [],
      ], {
        cwd: ROOT,
        env: { CONTRACT_SERVER: JSON.stringify(contractServer), DENO_JOBS: "2" },
      });
      assert.ok(success, stdout + stderr);
      assert.match(stdout, /\d\d passed/);
    },
  );
}
