import { deepEqual, equal } from "node:assert/strict";
import { holdTimers } from "../held_timers.ts";
import { type EarlyEnd, startDeadline } from "../../src/http/deadline.ts";

/** A deadline and everything that can end it. */
function start() {
  const limit = holdTimers(20_000);
  const cancelled = new AbortController();
  const caller = new AbortController();
  const deadline = startDeadline(20_000, cancelled.signal, caller.signal);
  const by: Readonly<Record<EarlyEnd, () => void>> = {
    timeout: () => limit.fire(),
    caller: () => caller.abort(),
    cancelled: () => cancelled.abort(),
  };
  return { limit, deadline, by, [Symbol.dispose]: () => limit[Symbol.dispose]() };
}

const ENDINGS = ["timeout", "caller", "cancelled"] as const;

for (const ending of ENDINGS) {
  Deno.test(`a request that ${ending} has ended stays ended by it`, () => {
    using it = start();
    equal(it.deadline.ending(), undefined);
    it.by[ending]();
    for (const later of ENDINGS) it.by[later]();
    it.deadline.end("cancelled");
    deepEqual([it.deadline.ending(), it.deadline.signal.aborted], [ending, true]);
  });

  Deno.test(`after it was released, a request is not ended by ${ending}`, () => {
    using it = start();
    it.deadline.release();
    it.by[ending]();
    deepEqual([it.deadline.ending(), it.deadline.signal.aborted], [undefined, false]);
    equal(it.limit.waiting, 0);
  });
}

Deno.test("a request without a clock has no time limit, and its signals still end it", () => {
  using it = start();
  it.deadline.stopClock();
  it.by.timeout();
  equal(it.deadline.ending(), undefined);
  it.by.caller();
  equal(it.deadline.ending(), "caller");
});

Deno.test("a signal that was aborted before ends a request at once", () => {
  const { signal } = new AbortController();
  const cases = [
    [AbortSignal.abort(), signal, "cancelled"],
    [signal, AbortSignal.abort(), "caller"],
    [AbortSignal.abort(), AbortSignal.abort(), "cancelled"],
  ] as const;
  for (const [cancelled, caller, ending] of cases) {
    const deadline = startDeadline(20_000, cancelled, caller);
    deepEqual([deadline.ending(), deadline.signal.aborted], [ending, true]);
    deadline.release();
  }
});
