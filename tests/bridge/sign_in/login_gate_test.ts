import assert from "node:assert/strict";
import { createLoginGate } from "../../../src/bridge/sign_in/login_gate.ts";

Deno.test("a new token counts also if the clock was set back, and a missing one does not", async () => {
  const found = ["2026-08-02T00:00:00.000Z", "", "2026-08-01T00:00:00.000Z"];
  const gate = createLoginGate({
    files: undefined as never,
    newest: () => Promise.resolve(found.shift() ?? assert.fail("it does not end")),
    start: () => assert.fail("watching starts nothing"),
    now: () => 0,
    sleep: () => Promise.resolve(),
    signal: new AbortController().signal,
  });
  const end = await gate.login({ since: "2026-08-02T00:00:00.000Z", mode: "watch" });
  assert.deepEqual(end, { kind: "signed_in" });
  assert.deepEqual(found, []);
});
