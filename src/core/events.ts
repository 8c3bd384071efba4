/** What a flow reports while it runs. Renderers, the recorder and tests subscribe. @module */

import type { Exchange } from "./exchange.ts";
import type { Finding } from "./finding.ts";
import type { StepId } from "./step.ts";

/** One report. `at` is milliseconds since the epoch. */
export type FlowEvent =
  | {
    readonly type: "step_started";
    readonly step: StepId;
    readonly at: number;
    readonly detail?: string;
  }
  | {
    readonly type: "step_ended";
    readonly step: StepId;
    readonly at: number;
    readonly status: "done" | "failed" | "skipped";
    readonly detail?: string;
  }
  /** A request goes out; its `exchange` follows when it has ended. */
  | {
    readonly type: "request_started";
    readonly at: number;
    readonly method: string;
    readonly url: string;
  }
  | { readonly type: "exchange"; readonly exchange: Exchange }
  /** A person has to act, and until when that is waited for. */
  | { readonly type: "waiting"; readonly at: number; readonly until: number }
  | { readonly type: "finding"; readonly finding: Finding }
  /** A line for the person that is neither a step nor a finding, e.g. which server was chosen. */
  | { readonly type: "note"; readonly at: number; readonly message: string };

/** Takes a report; never throws. */
export type Emit = (event: FlowEvent) => void;
