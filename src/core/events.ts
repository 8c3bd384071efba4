import type { Exchange } from "./exchange.ts";
import type { Finding } from "./finding.ts";
import type { StepId } from "./step.ts";

/** What a flow reports while it runs. `at` is milliseconds since the epoch. */
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
  /** A request is being sent; its `exchange` follows when it has ended. */
  | {
    readonly type: "request_started";
    readonly at: number;
    readonly method: string;
    readonly url: string;
  }
  | { readonly type: "exchange"; readonly exchange: Exchange }
  /** The flow waits for a person, at most until `until`. */
  | { readonly type: "waiting"; readonly at: number; readonly until: number }
  | { readonly type: "finding"; readonly finding: Finding }
  /** A line for the person that is neither a step nor a finding, e.g. which server was chosen. */
  | { readonly type: "note"; readonly at: number; readonly message: string };

/** Never throws. */
export type Emit = (event: FlowEvent) => void;
