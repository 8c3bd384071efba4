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

/** Exchanges at the start, which show how a connection was made. */
const FIRST = 20;

/** Characters of an exchange besides its bodies, roughly. */
const HEAD = 500;

function textOf({ request, response }: Exchange): number {
  return HEAD + (request.body?.length ?? 0) + (response?.body.length ?? 0);
}

/**
 * @param maxText Characters of exchanges. Beyond it, the oldest exchanges but the first 20
 * are removed.
 */
export function createRecorder(maxText = Infinity): Recorder {
  const events: FlowEvent[] = [];
  let text = 0;
  let removed = 0;

  function limitText(): void {
    while (text > maxText) {
      const exchanges = events.filter((event) => event.type === "exchange");
      const oldest = exchanges.at(FIRST) ?? exchanges.at(0);
      if (oldest === undefined) return;
      events.splice(events.indexOf(oldest), 1);
      text -= textOf(oldest.exchange);
      removed += 1;
    }
  }

  return {
    emit: (event) => {
      if (event.type === "request_started" || event.type === "waiting") return;
      if (event.type === "exchange" && textOf(event.exchange) > maxText) return void (removed += 1);
      events.push(event);
      if (event.type !== "exchange" || maxText === Infinity) return;
      text += textOf(event.exchange);
      limitText();
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
    notes: () => [
      ...events.flatMap((event) => event.type === "note" ? [event.message] : []),
      ...removed === 0 ? [] : [
        `the trace has at most ${maxText} characters of requests and responses: ${removed} exchanges ` +
        "were removed",
      ],
    ],
  };
}
