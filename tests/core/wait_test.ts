import assert from "node:assert/strict";
import { wait } from "../../src/core/wait.ts";

const REAL = { now: Date.now };
const LONG_MS = 3_600_000;

Deno.test("waiting ends at once when it was cancelled before", async () => {
  await assert.rejects(wait(REAL, LONG_MS, AbortSignal.abort()), { code: "cancelled" });
});

Deno.test("Ctrl-C ends a wait", async () => {
  const controller = new AbortController();
  const waiting = wait(REAL, LONG_MS, controller.signal);
  controller.abort();
  await assert.rejects(waiting, { code: "cancelled" });
});

Deno.test("a wait of nothing ends by itself", async () => {
  await wait(REAL, 0, new AbortController().signal);
});
