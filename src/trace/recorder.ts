/** Collects what a flow reports, for the artifact. @module */

import type { Emit, FlowEvent } from "../core/events.ts";
import type { Exchange } from "../core/exchange.ts";
import type { Finding } from "../core/finding.ts";
import type { StepRecord } from "../core/step.ts";

export interface Recorder {
  readonly emit: Emit;
  steps(): StepRecord[];
  exchanges(): Exchange[];
  findings(): Finding[];
  notes(): string[];
}

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
        } else if (event.type === "step_ended") {
          const open = steps.findLast(({ record }) =>
            record.step === event.step && record.status === "running"
          );
          if (open === undefined) continue;
          open.record = {
            ...open.record,
            status: event.status,
            durationMs: event.at - open.at,
            ...event.detail === undefined ? {} : { detail: event.detail },
          };
        }
      }
      return steps.map(({ record }) => record);
    },
    exchanges: () => events.flatMap((event) => event.type === "exchange" ? [event.exchange] : []),
    findings: () => events.flatMap((event) => event.type === "finding" ? [event.finding] : []),
    notes: () => events.flatMap((event) => event.type === "note" ? [event.message] : []),
  };
}
