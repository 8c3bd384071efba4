/**
 * What a check is: it says what it looks at, and judges facts that others have collected.
 *
 * @module
 */

import type { CheckId } from "../findings/mod.ts";

/** How a check came out. */
export type CheckStatus = "ok" | "warning" | "error" | "skipped";

/** What a check found. */
export interface Outcome {
  /** How it came out. */
  readonly status: CheckStatus;
  /** What is the case, in a few words. */
  readonly detail: string;
  /** What to do; null when there is nothing to do. */
  readonly remedy: string | null;
  /** The clause, or null. */
  readonly reference: string | null;
  /** True when a new sign-in mends the error. */
  readonly signIn?: boolean;
}

/** One check. */
export interface Check<Facts> {
  /** Stable identifier, snake_case. */
  readonly id: CheckId;
  /** What it looks at, as a heading. */
  readonly title: string;
  /** Judges. */
  run(facts: Facts): Outcome;
}

/** A check and what it found. */
export interface CheckResult extends Outcome, Pick<Check<unknown>, "id" | "title"> {}

/** Things are as they should be. */
export function ok(detail: string): Outcome {
  return { status: "ok", detail, remedy: null, reference: null };
}

/** There was nothing to judge. */
export function skipped(detail: string): Outcome {
  return { status: "skipped", detail, remedy: null, reference: null };
}

/** It works, and should be changed. */
export function warning(detail: string, remedy: string, reference: string | null = null): Outcome {
  return { status: "warning", detail, remedy, reference };
}

/** It does not work. */
export function error(
  detail: string,
  remedy: string,
  reference: string | null = null,
  signIn = false,
): Outcome {
  return { status: "error", detail, remedy, reference, ...(signIn ? { signIn } : {}) };
}

/** Runs checks in order. */
export function runChecks<Facts>(checks: readonly Check<Facts>[], facts: Facts): CheckResult[] {
  return checks.map((check) => ({ id: check.id, title: check.title, ...check.run(facts) }));
}
