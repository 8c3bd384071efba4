import assert from "node:assert/strict";
import { openCommandDriver } from "../../../src/audit/drivers/command_driver.ts";
import { cancelledFailure } from "../../../src/core/failure.ts";
import { CheckEnd } from "../../../src/audit/context/end_check.ts";
import { AUTHORIZATION_URL } from "../../consent/support.ts";

/** Ignores SIGTERM, also after `exec`, and says so by opening its pipe. */
const STUBBORN = "#!/bin/sh\ntrap '' TERM\necho $$ > \"$PIPE\"\nexec sleep 1000\n";

const isRunning = (pid: number) => Deno.stat(`/proc/${pid}`).then(() => true, () => false);

Deno.test({
  name: "a consent command that ignores SIGTERM is killed at Ctrl-C and at the time limit",
  ignore: Deno.build.os !== "linux",
  async fn() {
    const folder = await Deno.makeTempDir();
    const [script, pipe] = [`${folder}/consent.sh`, `${folder}/pipe`];
    await Deno.writeTextFile(script, STUBBORN, { mode: 0o700 });
    await new Deno.Command("mkfifo", { args: [pipe] }).output();
    const env = { PATH: Deno.env.get("PATH") ?? "", PIPE: pipe };
    for (const ending of ["signal", "limit"]) {
      const stop = new AbortController();
      const driver = await openCommandDriver({
        command: script,
        passes: ["PIPE"],
        timeoutMs: ending === "limit" ? 1 : 60_000,
        env: { get: (name) => new Map(Object.entries(env)).get(name), toObject: () => env },
        signal: stop.signal,
      });
      const consent = driver.obtain({
        authorizationUrl: AUTHORIZATION_URL,
        redirectUri: driver.redirectUri,
        accepts: () => true,
        decision: "allow",
        session: "main",
        label: "most checks of tokens",
      });
      if (ending === "limit") {
        await assert.rejects(consent, (error) => error instanceof CheckEnd);
      } else {
        const pid = Number(await Deno.readTextFile(pipe));
        assert.equal(await isRunning(pid), true);
        stop.abort(cancelledFailure());
        await assert.rejects(consent, { code: "cancelled" });
        assert.equal(await isRunning(pid), false);
      }
      await driver.close();
    }
    await Deno.remove(folder, { recursive: true });
  },
});
