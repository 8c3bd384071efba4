import assert from "node:assert/strict";
import { cancelIfStuck, combineSignals } from "../../src/core/abort.ts";
import { pause, runWithPauses } from "../../src/core/work.ts";

function* work(pieces: number, each: () => void): Generator<undefined, string> {
  for (let at = 0; at < pieces; at += 1) {
    each();
    yield;
  }
  return "done";
}

/** Keeps the thread busy. */
function busy(): void {
  const until = performance.now() + 60;
  while (performance.now() < until);
}

Deno.test("long work lets timers run between its pieces", async () => {
  let timers = 0;
  setTimeout(() => timers++, 0);
  const heard: number[] = [];
  const done = await runWithPauses(work(3, () => {
    heard.push(timers);
    busy();
  }));
  assert.deepEqual([done, heard[0], heard.at(-1)], ["done", 0, 1]);
});

Deno.test("a pause ends with the signal's reason", async () => {
  const stop = new AbortController();
  await pause(stop.signal);
  setTimeout(() => stop.abort(new Error("stopped")), 0);
  await assert.rejects(pause(stop.signal), /stopped/);
});

Deno.test("work that does not end after the signal is abandoned, and hears of it", async () => {
  const stop = new AbortController();
  const heard = Promise.withResolvers<unknown>();
  const running = cancelIfStuck(
    (abandoned) => {
      abandoned.addEventListener("abort", () => heard.resolve(abandoned.reason.code));
      return new Promise<never>(() => {});
    },
    stop.signal,
    () => 20,
  );
  stop.abort();
  await assert.rejects(running, { code: "cancelled" });
  assert.equal(await heard.promise, "cancelled");
});

Deno.test("a combined signal has the reason of the first signal, also of an aborted one", () => {
  const [session, request] = [new AbortController(), new AbortController()];
  const running = combineSignals(session.signal, request.signal);
  request.abort("cancelled");
  session.abort("ended");
  assert.equal(running.signal.reason, "cancelled");
  assert.equal(combineSignals(new AbortController().signal, session.signal).signal.reason, "ended");
});

Deno.test("a combined signal leaves nothing at the signals", () => {
  const { signal } = new AbortController();
  let listeners = 0;
  signal.addEventListener = () => listeners += 1;
  signal.removeEventListener = () => listeners -= 1;
  const own = new AbortController();
  const running = combineSignals(signal, own.signal);
  assert.equal(listeners, 1);
  running.release();
  own.abort();
  assert.deepEqual([listeners, running.signal.aborted], [0, false]);
});
