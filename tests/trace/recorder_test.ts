import { deepEqual } from "node:assert/strict";
import { createRecorder } from "../../src/trace/recorder.ts";
import { exchangeOf } from "./support.ts";

const at = Date.UTC(2026, 0, 2, 3, 4, 5);
const iso = (ms: number) => new Date(at + ms).toISOString();

Deno.test("a step that is repeated has a record for each time, an open one is running", () => {
  const { emit, steps } = createRecorder();
  emit({ type: "step_started", step: "authorization", at });
  emit({
    type: "step_ended",
    step: "authorization",
    at: at + 5,
    status: "failed",
    detail: "refused",
  });
  emit({ type: "step_started", step: "authorization", at: at + 6 });
  emit({ type: "step_ended", step: "authorization", at: at + 8, status: "done" });
  emit({ type: "step_started", step: "token", at: at + 9 });
  deepEqual(steps(), [
    {
      step: "authorization",
      status: "failed",
      startedAt: iso(0),
      durationMs: 5,
      detail: "refused",
    },
    { step: "authorization", status: "done", startedAt: iso(6), durationMs: 2 },
    { step: "token", status: "running", startedAt: iso(9), durationMs: null },
  ]);
});

Deno.test("exchanges, findings and notes are kept in order", () => {
  const recorder = createRecorder();
  const exchanges = [exchangeOf({}, { id: 1 }), exchangeOf({}, { id: 2 })];
  const finding = {
    code: "token_rejected",
    severity: "info",
    step: "plan",
    message: "m",
    remedy: "r",
    reference: "x",
  } as const;
  for (const exchange of exchanges) recorder.emit({ type: "exchange", exchange });
  recorder.emit({ type: "note", at, message: "first" });
  recorder.emit({ type: "finding", finding });
  recorder.emit({ type: "note", at, message: "second" });
  deepEqual(recorder.exchanges(), exchanges);
  deepEqual(recorder.findings(), [finding]);
  deepEqual(recorder.notes(), ["first", "second"]);
});
