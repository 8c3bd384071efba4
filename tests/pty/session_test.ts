import assert from "node:assert/strict";
import { ROOT, run } from "../../scripts/shell.ts";

Deno.test("the recorded sessions of the README are what mcpass shows today", async () => {
  const ended = await run(Deno.execPath(), [
    ...["run", "-A", "--quiet", `${ROOT}scripts/session.ts`, "--check"],
    ...["--program", `${ROOT}dist/mcpass`],
  ]);
  assert.equal(ended.code, 0, ended.stderr);
});
