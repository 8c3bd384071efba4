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
      const steps: StepRecord[] = [];
      for (const event of events) {
        if (event.type === "step_started") {
          const startedAt = new Date(event.at).toISOString();
          steps.push({ step: event.step, status: "running", startedAt, durationMs: null });
        } else if (event.type === "step_ended") {
          const { step, status, detail } = event;
          const index = steps.findLastIndex((it) => it.step === step && it.status === "running");
          const record = steps[index];
          if (record === undefined) continue;
          const durationMs = event.at - Date.parse(record.startedAt);
          steps[index] = { ...record, status, durationMs, ...(detail !== undefined && { detail }) };
        }
      }
      return steps;
    },
    exchanges: () => events.flatMap((event) => event.type === "exchange" ? [event.exchange] : []),
    findings: () => events.flatMap((event) => event.type === "finding" ? [event.finding] : []),
    notes: () => events.flatMap((event) => event.type === "note" ? [event.message] : []),
  };
}
