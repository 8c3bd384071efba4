import assert from "node:assert/strict";
import type { Exchange } from "../../src/core/exchange.ts";
import { createRecorder } from "../../src/trace/recorder.ts";

function exchange(id: number, length: number): Exchange {
  return {
    id,
    step: "request",
    purpose: "mcp",
    startedAt: "2026-08-01T00:00:00.000Z",
    durationMs: 1,
    request: { method: "POST", url: "https://a.example", headers: [], body: "x".repeat(length) },
    response: null,
    fault: null,
    redirectOf: null,
  };
}

Deno.test("a recorder with a limit keeps the first exchanges and the latest", () => {
  const recorder = createRecorder(30 * 1500);
  for (let id = 1; id <= 100; id += 1) {
    recorder.emit({ type: "exchange", exchange: exchange(id, 1000) });
  }
  const ids = recorder.exchanges().map(({ id }) => id);
  assert.deepEqual(ids.slice(0, 20), Array.from({ length: 20 }, (_, at) => at + 1));
  assert.deepEqual(ids.slice(20), [91, 92, 93, 94, 95, 96, 97, 98, 99, 100]);
  assert.match(recorder.notes().at(-1) ?? "", /70 exchanges were removed/);
});

Deno.test("a recorder with the limit 0 holds no exchange, and says nothing if none was removed", () => {
  const recorder = createRecorder(0);
  assert.deepEqual(recorder.notes(), []);
  recorder.emit({ type: "exchange", exchange: exchange(1, 0) });
  assert.deepEqual(recorder.exchanges(), []);
});
