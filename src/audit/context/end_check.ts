/** Ends a running check from a function that it calls. @module */

import type { DoubtReason, Outcome, SkipReason } from "./verdict.ts";
import { inconclusive, skipped } from "./outcome.ts";

export class CheckEnd extends Error {
  readonly outcome: Outcome;

  constructor(outcome: Outcome) {
    super(outcome.message);
    this.name = "CheckEnd";
    this.outcome = outcome;
  }
}

/** Skips the check: something that it needs is missing. */
export function skipCheck(reason: SkipReason, message: string, detail?: string): CheckEnd {
  return new CheckEnd(skipped(reason, message, detail));
}

/** Makes the check inconclusive: the responses do not decide it. */
export function doubtCheck(reason: DoubtReason, message: string): CheckEnd {
  return new CheckEnd(inconclusive(reason, message));
}
