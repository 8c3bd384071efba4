/** Expected verdicts, and how a run of a suite differs from them. @module */

import { usageFailure } from "../../core/failure.ts";
import { parseJson } from "../../core/json.ts";
import { quoted } from "../../core/text.ts";
import { GROUPS } from "../checks/groups.ts";
import type { CheckResult } from "../context/verdict.ts";
import { matchesGlob } from "../../core/glob.ts";
import type { SuiteFlow } from "./expand_flows.ts";
import type { FlowRun } from "./run_suite.ts";
import { pathText } from "./suite_failure.ts";
import { BASELINE_FILE, type BaselineEntry } from "./suite_schema.ts";

/** Why a suite does not pass. */
export interface SuiteProblem {
  readonly flow: string;
  /** Null if the problem is about the flow. */
  readonly check: string | null;
  readonly kind:
    | "failed"
    | "warning"
    | "stale"
    | "expired"
    | "other_verdict"
    | "inconclusive"
    | "required"
    | "not_run";
  readonly message: string;
}

/** Problems that make the suite not conformant; the others make it incomplete. */
const DECIDED: readonly SuiteProblem["kind"][] = [
  "failed",
  "warning",
  "stale",
  "expired",
  "other_verdict",
];

export function isDecided({ kind }: SuiteProblem): boolean {
  return DECIDED.includes(kind);
}

export interface JudgedFlow {
  /** Ids of checks whose verdict the baseline expects. */
  readonly expected: ReadonlySet<string>;
  readonly problems: readonly SuiteProblem[];
  /** Entries whose check was skipped. */
  readonly unchecked: readonly string[];
}

/** @throws Failure `baseline_invalid` (usage). */
export function readBaseline(
  path: string,
  text: string,
  flows: readonly SuiteFlow[],
): BaselineEntry[] {
  const parsed = BASELINE_FILE.safeParse(parseJson(text));
  const fault = (message: string) =>
    usageFailure("baseline_invalid", `${quoted(path)}: ${message}`, "Correct the file");
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw fault(`${pathText(issue?.path ?? []) || "the file"}: ${issue?.message}`);
  }
  const ids = GROUPS.flatMap(({ checks }) => checks.map(({ id }) => id as string));
  for (const { flow, check } of parsed.data) {
    if (!ids.includes(check)) throw fault(`${quoted(check)} is not a check`);
    if (!flows.some(({ name }) => matchesGlob(flow, name))) {
      throw fault(`no flow matches ${quoted(flow)}`);
    }
  }
  return parsed.data;
}

function problemOfEntry(
  entry: BaselineEntry,
  { verdict, message }: CheckResult,
  today: string,
): Pick<SuiteProblem, "kind" | "message"> | undefined {
  if (verdict === "skipped") return undefined;
  if (verdict === "passed") {
    return { kind: "stale", message: `passed, but the baseline expects ${entry.verdict}` };
  }
  if (verdict !== entry.verdict) {
    return {
      kind: "other_verdict",
      message: `${verdict} instead of ${entry.verdict}: ${message}`,
    };
  }
  return entry.until !== undefined && entry.until < today
    ? { kind: "expired", message: `expected until ${entry.until}: ${message}` }
    : undefined;
}

function problemOfCheck(
  { verdict, severity, message, reason }: CheckResult,
  failsOnWarning: boolean,
): Pick<SuiteProblem, "kind" | "message"> | undefined {
  if (verdict === "failed") return { kind: "failed", message };
  if (verdict === "warning" && severity !== "info" && failsOnWarning) {
    return { kind: "warning", message };
  }
  return verdict === "inconclusive" && severity === "error"
    ? { kind: "inconclusive", message: `${reason}: ${message}` }
    : undefined;
}

export interface JudgingOptions {
  readonly baseline: readonly BaselineEntry[];
  readonly failsOnWarning: boolean;
  /** ISO 8601 date. */
  readonly today: string;
}

export function judgeFlow(
  { flow, result, failure }: FlowRun,
  { baseline, failsOnWarning, today }: JudgingOptions,
): JudgedFlow {
  const { name: of } = flow;
  if (result === undefined) {
    const message = failure?.message ?? "not run";
    const problem = { flow: of, check: null, kind: "not_run", message } as const;
    return { expected: new Set(), problems: [problem], unchecked: [] };
  }
  const entries = baseline.filter((entry) => matchesGlob(entry.flow, of));
  const expected = new Set<string>();
  const unchecked: string[] = [];
  const problems = result.checks.flatMap((check): SuiteProblem[] => {
    const entry = entries.find((it) => it.check === check.id);
    if (entry !== undefined && check.verdict === "skipped") unchecked.push(check.id);
    const problem = entry === undefined
      ? problemOfCheck(check, failsOnWarning)
      : problemOfEntry(entry, check, today);
    if (entry?.verdict === check.verdict && problem === undefined) expected.add(check.id);
    return problem === undefined ? [] : [{ flow: of, check: check.id, ...problem }];
  });
  const needed = result.checks.filter(({ id, verdict }) =>
    verdict === "skipped" && (flow.settings.require ?? []).some((glob) => matchesGlob(glob, id))
  ).map(({ id, reason, message }): SuiteProblem => ({
    flow: of,
    check: id,
    kind: "required",
    message: `skipped (${reason}): ${message}`,
  }));
  return { expected, problems: [...problems, ...needed], unchecked };
}

/** The baseline that expects exactly what happened; the reasons of earlier entries remain. */
export function updatedBaseline(
  runs: readonly FlowRun[],
  before: readonly BaselineEntry[],
): BaselineEntry[] {
  const entries = runs.flatMap(({ flow, result }) =>
    (result?.checks ?? []).flatMap((check): BaselineEntry[] => {
      const { id, verdict, message, severity } = check;
      const isNoted = verdict === "failed" || (verdict === "warning" && severity !== "info") ||
        (verdict === "inconclusive" && severity === "error");
      if (!isNoted) return [];
      const old = before.find((it) => it.check === id && matchesGlob(it.flow, flow.name));
      return [{ ...old, flow: flow.name, check: id, verdict, reason: old?.reason ?? message }];
    })
  );
  const notRun = runs.filter(({ result }) => result === undefined);
  const unchanged = before.filter(({ flow }) => notRun.some((it) => it.flow.name === flow));
  return [...entries, ...unchanged].sort((a, b) =>
    a.flow === b.flow ? (a.check < b.check ? -1 : 1) : a.flow < b.flow ? -1 : 1
  );
}
