import type { Remedy } from "./command_text.ts";
import type { Code } from "../findings/mod.ts";
import type { StepId } from "./step.ts";

/** `error` stops the flow, `warning` is an accepted deviation, `info` is a note. */
export type Severity = "error" | "warning" | "info";

/** What was noticed about a server or a flow. */
export interface Finding {
  readonly code: Code;
  readonly severity: Severity;
  readonly step: StepId;
  /** What was found: values in quotes, no full stop. */
  readonly message: string;
  readonly remedy: string;
  /** The clause, e.g. `RFC 9728 §3.3`. */
  readonly reference: string;
}

/** A finding without its step and the command line of its remedy, which the flow adds. */
export interface Judgement extends Omit<Finding, "step">, Remedy<string> {
  /** What was observed, if the message also repeats the title of the code. */
  readonly observed?: string | undefined;
}
