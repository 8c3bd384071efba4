import { deepEqual, equal } from "node:assert/strict";
import type { FlowEvent } from "../../src/core/events.ts";
import { type Attempt, createExchangeLog } from "../../src/http/exchange_log.ts";

const ATTEMPT: Attempt = {
  purpose: "token",
  step: "token",
  method: "POST",
  url: "https://as.example/token",
  headers: [["a", "b"]],
  body: "x=1",
  redirectOf: 7,
};
const HEAD = { status: 200, statusText: "OK", headers: [["c", "d"]] } as const;

/** A log whose clock gives these times, and what it reported. */
function log(...times: number[]) {
  const events: FlowEvent[] = [];
  const open = createExchangeLog({
    clock: { now: () => times.shift() ?? 0 },
    emit: (event) => events.push(event),
  });
  return { open, events };
}

Deno.test("an attempt is announced when it starts and reported once, when it ends first", () => {
  const { open, events } = log(1000, 2000, 5000);
  const first = open(ATTEMPT);
  const second = open({ ...ATTEMPT, redirectOf: null });
  deepEqual([first.id, second.id], [1, 2]);
  deepEqual(events.map(({ type }) => type), ["request_started", "request_started"]);
  first.finish(HEAD, { body: "body", bodyBytes: 4, truncated: false }, null);
  first.finish(null, null, { code: "aborted", message: "late" });
  equal(events.length, 3);
  deepEqual(events[2], {
    type: "exchange",
    exchange: {
      id: 1,
      step: "token",
      purpose: "token",
      startedAt: "1970-01-01T00:00:01.000Z",
      durationMs: 4000,
      request: { method: "POST", url: ATTEMPT.url, headers: ATTEMPT.headers, body: "x=1" },
      response: { ...HEAD, body: "body", bodyBytes: 4, truncated: false },
      fault: null,
      redirectOf: 7,
    },
  });
});

Deno.test("a response whose body was not read is truncated, and a clock that goes back lasts nothing", () => {
  const { open, events } = log(5000, 1000);
  open(ATTEMPT).finish(HEAD, null, null);
  const [, ended] = events;
  equal(ended?.type, "exchange");
  const exchange = ended?.type === "exchange" ? ended.exchange : undefined;
  deepEqual(exchange?.response, { ...HEAD, body: "", bodyBytes: 0, truncated: true });
  equal(exchange?.durationMs, 0);
});

Deno.test("of a client certificate only the names of its files are reported", () => {
  const { open, events } = log();
  const certificate = { certFile: "c.crt", keyFile: "c.key", cert: "CERT", key: "KEY" };
  open({ ...ATTEMPT, certificate }).finish(null, null, null);
  const text = JSON.stringify(events);
  equal(text.includes('"certificate":{"certFile":"c.crt","keyFile":"c.key"}'), true, text);
  equal(/CERT|KEY/.test(text), false);
});
