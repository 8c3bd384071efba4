/**
 * The contract of a check: a pure function that judges the collected facts.
 * @module
 */

import type { CheckId } from "../findings/mod.ts";

export type CheckStatus = "ok" | "warning" | "error" | "skipped";

export interface Outcome {
  readonly status: CheckStatus;
  /** What was observed, in one line. */
  readonly detail: string;
  /** What to do; null if nothing is to be done. */
  readonly remedy: string | null;
  /** The clause of the standard, or null. */
  readonly reference: string | null;
  /** True if a new sign-in fixes the error. */
  readonly signIn?: boolean;
}

export interface Check<Facts> {
  readonly id: CheckId;
  readonly title: string;
  run(facts: Facts): Outcome;
}

export interface CheckResult extends Outcome, Pick<Check<unknown>, "id" | "title"> {}

export function ok(detail: string): Outcome {
  return { status: "ok", detail, remedy: null, reference: null };
}

export function skipped(detail: string): Outcome {
  return { status: "skipped", detail, remedy: null, reference: null };
}

export function warning(detail: string, remedy: string, reference: string | null = null): Outcome {
  return { status: "warning", detail, remedy, reference };
}

export function error(
  detail: string,
  remedy: string,
  reference: string | null = null,
  signIn = false,
): Outcome {
  return { status: "error", detail, remedy, reference, ...(signIn ? { signIn } : {}) };
}

export function runChecks<Facts>(checks: readonly Check<Facts>[], facts: Facts): CheckResult[] {
  return checks.map((check) => ({ id: check.id, title: check.title, ...check.run(facts) }));
}
