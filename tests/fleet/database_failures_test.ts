import assert from "node:assert/strict";
import { startFakeLab } from "../lab/fake_lab.ts";
import { DATABASE_FAULTS, READER } from "./database_faults.ts";
import { startPostgres } from "./postgres_server.ts";
import { expire, refreshTokensSent, signIn } from "./shared_sign_in.ts";
import { makeSharedStore, mcpass } from "./shared_store.ts";
import { prepareStoreCommands } from "./store_commands.ts";

Deno.test(
  "each failure of the database has a name, an exit status and a remedy, and nothing is lost",
  {
    timeout: 300_000,
  },
  async (t) => {
    await using server = await startPostgres({ disk: { of: "tables", megabytes: 48 } });
    await using lab = await startFakeLab();
    await using shared = await makeSharedStore(server);
    await signIn(lab, shared);
    const store = await shared.open();
    await using commands = await prepareStoreCommands(server, shared, lab);
    for (const { name, args, arrange, code, status, says, others } of DATABASE_FAULTS) {
      await t.step(name, async () => {
        const sent = await expire(store, lab);
        const cleanUp = new AsyncDisposableStack();
        let ended;
        try {
          const changed = await arrange({ server, shared, lab, cleanUp });
          const command = args ?? ["oauth", "token", "--url", lab.mcpUrl, "--as", "json"];
          ended = await mcpass(command, { ...shared.env(), ...changed });
          await commands.check(changed, code, others);
        } finally {
          await cleanUp.disposeAsync();
        }
        const { ok, error } = JSON.parse(ended.stdout);
        assert.deepEqual([ok, error.code, ended.code], [false, code, status], ended.stdout);
        assert.match(`${error.message}\n${error.remedy}`, says);
        assert.doesNotMatch(ended.stdout + ended.stderr, /mcpass-password|wrong-one|secret-word/);
        assert.deepEqual(refreshTokensSent(lab), []);
        const after = await mcpass(["oauth", "token", "--url", lab.mcpUrl], shared.env());
        assert.equal(after.code, 0, after.stderr);
        assert.ok(lab.as.accessTokens.includes(after.stdout.trimEnd()));
        assert.deepEqual(refreshTokensSent(lab), [sent]);
      });
    }
  },
);

Deno.test("a role that may only read, and a standby, are enough to use a valid token", async () => {
  await using server = await startPostgres();
  await using lab = await startFakeLab();
  await using shared = await makeSharedStore(server);
  await signIn(lab, shared);
  await shared.database.admin(READER.create);
  await using standby = await server.startStandby();
  const role = { user: "reader", password: "r" };
  for (const parts of [role, { port: standby.port }, { ...role, port: standby.port }]) {
    const ended = await mcpass(["oauth", "token", "--url", lab.mcpUrl], shared.env(parts));
    assert.equal(ended.code, 0, ended.stderr);
    assert.deepEqual(lab.as.accessTokens.map((token) => `${token}\n`), [ended.stdout]);
  }
});
