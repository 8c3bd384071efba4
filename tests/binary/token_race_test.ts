import { assertDocument } from "../cli/document_faults.ts";
import assert from "node:assert/strict";
import { ROOT } from "../../scripts/shell.ts";
import { toStoredEntry } from "../../src/flow/login/stored_login.ts";
import { openStore } from "../../src/store/file/open_store.ts";
import { scaled } from "../fleet/scale.ts";
import { planOf, runLogin } from "../flow/harness.ts";
import { startFakeLab } from "../lab/fake_lab.ts";
import { formOf } from "../lab/journal.ts";

const MCPASS = `${ROOT}dist/mcpass`;
const PROCESSES = 50;
const ROUNDS = scaled(20, 2);

/** Starts `mcpass oauth token` without a terminal, in this home. */
function startToken(home: string, url: string): Promise<Deno.CommandOutput> {
  return new Deno.Command(MCPASS, {
    args: ["oauth", "token", "--url", url],
    clearEnv: true,
    env: { MCPASS_HOME: home, MCPASS_STORE: "file", PATH: Deno.env.get("PATH") ?? "" },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).output();
}

Deno.test(`${PROCESSES} processes that find an expired token make one refresh, ${ROUNDS} times`, {
  timeout: 600_000,
}, async () => {
  await using lab = await startFakeLab();
  const home = await Deno.makeTempDir({ prefix: "mcpass-race-" });
  try {
    const env = {
      get: (name: string) => name === "MCPASS_HOME" ? home : undefined,
      toObject: () => ({ MCPASS_HOME: home }),
    };
    const store = openStore({ mode: "file", env });
    const plan = planOf({ serverUrl: lab.mcpUrl });
    const { session, result } = await runLogin(plan);
    assert.ok(session, JSON.stringify(result.error));
    const key = store.keyOf(toStoredEntry(plan, result.protocolVersion, session));
    await store.prepare();
    await store.write(toStoredEntry(plan, result.protocolVersion, session));

    for (let round = 1; round <= ROUNDS; round++) {
      const before = await store.read(key);
      assert.ok(before?.tokens);
      const expiresAt = new Date(Date.now() - 1000).toISOString();
      await store.write({ ...before, tokens: { ...before.tokens, expiresAt } });
      lab.requests.length = 0;

      const ended = await Promise.all(
        Array.from({ length: PROCESSES }, () => startToken(home, lab.mcpUrl)),
      );

      const decoder = new TextDecoder();
      const failed = ended.filter((it) => it.code !== 0).map((it) => decoder.decode(it.stderr));
      assert.deepEqual(failed, [], `round ${round}`);
      const sent = lab.requests.map((it) => formOf(it).get("refresh_token"));
      assert.deepEqual(sent, [before.tokens.refreshToken], `round ${round}`);
      const tokens = new Set(ended.map((it) => decoder.decode(it.stdout)));
      assert.equal(tokens.size, 1, `round ${round}`);
      const [token = ""] = tokens;
      assert.ok(token.endsWith("\n") && lab.as.accessTokens.includes(token.trimEnd()));
    }
    // The family is alive: a last refresh succeeds.
    const args = ["oauth", "refresh", "--url", lab.mcpUrl, "--format", "json"];
    const last = await new Deno.Command(MCPASS, {
      args,
      clearEnv: true,
      env: { MCPASS_HOME: home, MCPASS_STORE: "file" },
      stdin: "null",
    }).output();
    assert.equal(last.code, 0, new TextDecoder().decode(last.stderr));
    await assertDocument(args, last);
    assert.deepEqual(lab.as.complaints, []);
  } finally {
    await Deno.remove(home, { recursive: true });
  }
});
