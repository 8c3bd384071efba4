import assert from "node:assert/strict";
import type { UrlParts } from "./database.ts";
import { SERVICE_HOST, startFleet } from "./machines.ts";
import { startPgbouncer } from "./pgbouncer_server.ts";
import { startPostgres } from "./postgres_server.ts";
import { scaled } from "./scale.ts";
import {
  expire,
  isFamilyAlive,
  loginArgs,
  refreshTokensSent,
  startFleetLab,
} from "./shared_sign_in.ts";
import { makeSharedStore } from "./shared_store.ts";

const MACHINES = ["web-1", "web-2", "web-3"];
const PROCESSES = scaled(50, 8);
const ROUNDS = scaled(20, 1);

for (const way of ["directly", "through PgBouncer"] as const) {
  Deno.test(
    `${MACHINES.length} machines with ${PROCESSES} processes each find an expired token ${way}: one refresh, ${ROUNDS} times`,
    {
      timeout: 1_800_000,
    },
    async () => {
      await using fleet = await startFleet(MACHINES);
      await using server = await startPostgres({
        addresses: ["127.0.0.1", fleet.address],
        settings: { max_connections: way === "directly" ? 400 : 20, log_statement: "none" },
      });
      await using pooler = way === "directly" ? undefined : await startPgbouncer(server, {
        addresses: [fleet.address],
        poolSize: 5,
        settings: { verbose: 0 },
      });
      await using lab = await startFleetLab(fleet.address);
      await using shared = await makeSharedStore(server);
      const parts: UrlParts = { host: SERVICE_HOST, ...(pooler && { port: pooler.port }) };
      const { MCPASS_HOME: _, ...env } = shared.env(parts);
      const [first] = fleet.machines;
      const signedIn = await first?.mcpass(loginArgs(lab), env);
      assert.equal(signedIn?.code, 0, `${signedIn?.stdout}${signedIn?.stderr}`);
      const store = await shared.open();

      for (let round = 1; round <= ROUNDS; round++) {
        const refreshToken = await expire(store, lab);
        const ended = await Promise.all(
          fleet.machines.flatMap((machine) =>
            Array.from(
              { length: PROCESSES },
              () => machine.mcpass(["oauth", "token", "--url", lab.mcpUrl], env),
            )
          ),
        );
        const failed = ended.filter(({ code }) => code !== 0).map(({ stderr }) => stderr);
        assert.deepEqual(failed, [], `round ${round}`);
        assert.deepEqual(refreshTokensSent(lab), [refreshToken], `round ${round}`);
        const tokens = new Set(ended.map(({ stdout }) => stdout));
        assert.equal(tokens.size, 1, `round ${round}`);
        const [token = ""] = tokens;
        assert.ok(lab.as.accessTokens.includes(token.trimEnd()), `round ${round}`);
      }
      assert.ok(await isFamilyAlive(store, lab));
      assert.deepEqual(lab.as.complaints, []);
    },
  );
}
