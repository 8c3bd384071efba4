import assert from "node:assert/strict";
import { splitEntry } from "../../../src/store/entry_codec.ts";
import { clockSkew, shiftTimes } from "../../../src/store/postgres/clock_skew.ts";
import { lockPauseMs } from "../../../src/store/postgres/pauses.ts";
import { withTokens } from "../entries.ts";

Deno.test("a difference of a second or more is shifted, a smaller one is not", () => {
  assert.deepEqual(clockSkew(10_000, 10_400, 10_600), { toMachine: 0 });
  assert.deepEqual(clockSkew(10_000, 70_000, 70_200), { toMachine: 60_100 });
  assert.deepEqual(clockSkew(70_000, 10_000, 10_000), { toMachine: -60_000 });
});

Deno.test("every time of an entry is shifted, and shifted back to itself", () => {
  const at = "2026-01-02T03:04:05.000Z";
  const { publicEntry } = splitEntry(withTokens("1", {
    journal: { startedAt: at, refreshTokenFingerprint: "ab" },
    moved: { at, to: "postgres" },
    received: { at, from: "web-1", fingerprint: "ab" },
  }));
  const shifted = shiftTimes(publicEntry, 60_000);
  assert.equal(shifted.journal?.startedAt, "2026-01-02T03:05:05.000Z");
  assert.equal(shifted.moved?.at, "2026-01-02T03:05:05.000Z");
  assert.equal(shifted.received?.at, "2026-01-02T03:05:05.000Z");
  assert.notEqual(shifted.tokens?.obtainedAt, publicEntry.tokens?.obtainedAt);
  assert.deepEqual(shiftTimes(shifted, -60_000), publicEntry);
});

Deno.test("a waiter pauses longer each time, at most five seconds and a half of it more", () => {
  assert.equal(lockPauseMs(0, 0.5), 20);
  assert.equal(lockPauseMs(3, 0.5), 160);
  assert.equal(lockPauseMs(50, 1), 7500);
  assert.equal(lockPauseMs(50, 0), 2500);
});
