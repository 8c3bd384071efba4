/**
 * Keeps what a flow reported.
 *
 * @module
 */

import type { Emit, FlowEvent } from "../core/events.ts";
import type { Exchange } from "../core/exchange.ts";
import type { Finding } from "../core/finding.ts";
import type { StepRecord } from "../core/step.ts";

/** The account of a flow. */
export interface Recorder {
  /** Takes a report. */
  readonly emit: Emit;
  /** Steps in order. */
  steps(): StepRecord[];
  /** Exchanges in order. */
  exchanges(): Exchange[];
  /** Findings in order. */
  findings(): Finding[];
  /** Notes in order. */
  notes(): string[];
}

/** Makes an empty recorder. */
export function createRecorder(): Recorder {
  const events: FlowEvent[] = [];
  return {
    emit: (event) => {
      if (event.type !== "request_started" && event.type !== "waiting") events.push(event);
    },
    steps() {
      const steps: { record: StepRecord; at: number }[] = [];
      for (const event of events) {
        if (event.type === "step_started") {
          const startedAt = new Date(event.at).toISOString();
          steps.push({
            record: { step: event.step, status: "running", startedAt, durationMs: null },
            at: event.at,
          });
        }
        if (event.type === "step_ended") {
          const open = steps.findLast((s) =>
            s.record.step === event.step && s.record.status === "running"
          );
          if (open) {
            open.record = {
              ...open.record,
              status: event.status,
              durationMs: event.at - open.at,
              ...(event.detail === undefined ? {} : { detail: event.detail }),
            };
          }
        }
      }
      return steps.map((s) => s.record);
    },
    exchanges: () => events.flatMap((e) => e.type === "exchange" ? [e.exchange] : []),
    findings: () => events.flatMap((e) => e.type === "finding" ? [e.finding] : []),
    notes: () => events.flatMap((e) => e.type === "note" ? [e.message] : []),
  };
}
