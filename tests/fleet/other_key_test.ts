import assert from "node:assert/strict";
import { newKey } from "../../src/store/seal.ts";
import { run } from "../cli/fake_runtime.ts";
import { startFakeLab } from "../lab/fake_lab.ts";
import { startPostgres } from "./postgres_server.ts";
import { signIn } from "./shared_sign_in.ts";
import { makeSharedStore } from "./shared_store.ts";

Deno.test("a machine with another key neither shows, deletes nor replaces a shared sign-in", async () => {
  await using server = await startPostgres();
  await using lab = await startFakeLab();
  await using shared = await makeSharedStore(server);
  await signIn(lab, shared);
  const home = await Deno.makeTempDir({ prefix: "mcpass-other-key-" });
  try {
    const keyFile = `${home}/other.key`;
    await Deno.writeTextFile(keyFile, `${newKey()}\n`, { mode: 0o600 });
    const env = { ...shared.env(), MCPASS_HOME: home, MCPASS_STORE_KEY_FILE: keyFile };
    const sent = lab.requests.length;
    for (
      const args of [
        ["status", lab.mcpUrl],
        ["status"],
        ["token", lab.mcpUrl],
        ["refresh", lab.mcpUrl],
        ["oauth", "wait", lab.mcpUrl, "--timeout", "1"],
        ["logout", lab.mcpUrl],
        ["logout", "--all"],
        ["login", lab.mcpUrl, "--auth-mode", "headless"],
      ]
    ) {
      const ended = await run([...args, "--format", "json"], { real: true, now: Date.now, env });
      const { error, problems = [] } = JSON.parse(ended.stdout);
      const codes = [error, ...problems].map((one) => one?.code);
      assert.ok(codes.includes("store_key_unknown"), `${args}: ${ended.stdout}`);
      assert.equal(ended.status, 1, `${args}`);
    }
    assert.equal(lab.requests.length, sent);
    const store = await shared.open();
    const [entry] = await store.find(lab.mcpUrl);
    assert.equal((await store.read(entry?.key ?? ""))?.tokens?.accessToken, lab.as.accessTokens[0]);
  } finally {
    await Deno.remove(home, { recursive: true });
  }
});
