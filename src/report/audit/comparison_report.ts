/** The input of reports about two audits, and words that they share. @module */

import type { CheckResult } from "../../audit/context/verdict.ts";
import type {
  CheckChange,
  ComparedResult,
  Comparison,
  FactChange,
  FlowPair,
} from "../../audit/suite/compare_results.ts";
import { counted } from "../../core/quantities.ts";

export interface ComparisonReport {
  /** File or URL. */
  readonly before: string;
  readonly after: string;
  readonly pairs: readonly FlowPair[];
  readonly comparison: Comparison;
}

export const CHANGES: Readonly<Record<CheckChange["change"], string>> = {
  worse: "Worse",
  better: "Better",
  changed: "Changed",
};

export const DOCUMENTS: Readonly<Record<FactChange["document"], string>> = {
  challenge: "Challenge",
  resource_metadata: "Resource metadata",
  authorization_server_metadata: "Authorization server metadata",
};

export function valueText(value: unknown): string {
  return value === null ? "absent" : typeof value === "string" ? value : JSON.stringify(value);
}

/** `2 checks worse`, `3 changes` or `no difference`. */
export function comparisonWords({ facts, checks, unmatched }: Comparison): string {
  const worse = checks.filter(({ change }) => change === "worse").length;
  if (worse > 0) return `${counted(worse, "check")} worse`;
  const changes = facts.length + checks.length + unmatched.length;
  return changes === 0 ? "no difference" : counted(changes, "change");
}

/** Worse checks first. */
export function sortedChanges({ checks }: Comparison): CheckChange[] {
  return Object.keys(CHANGES).flatMap((change) => checks.filter((it) => it.change === change));
}

/** A check on one side. */
export interface ComparedSide {
  readonly result: ComparedResult;
  /** Undefined if the audit does not have the check. */
  readonly check: CheckResult | undefined;
}

export function sidesOf(
  { flow, id }: CheckChange,
  pairs: readonly FlowPair[],
): { readonly before: ComparedSide; readonly after: ComparedSide } | undefined {
  const pair = pairs.find((it) => it.flow === flow);
  if (pair === undefined) return undefined;
  const side = (result: ComparedResult) => ({
    result,
    check: result.checks.find((it) => it.id === id),
  });
  return { before: side(pair.before), after: side(pair.after) };
}
