/** The input of every audit report: flows with their results. @module */

import type { CheckResult, Verdict } from "../../audit/context/verdict.ts";
import type { AuditResult } from "../../audit/run/audit_result.ts";

/** The line of a file that configures the server. */
export interface SourcePlace {
  readonly path: string;
  /** From 1. */
  readonly line: number;
}

/** One audit: a server in a revision, with a registration. */
export interface ReportedFlow {
  /** Unique in the report: `notes / 2026-07-28 / dcr`, or the URL of the server. */
  readonly label: string;
  readonly result: AuditResult;
  readonly place?: SourcePlace | undefined;
  /** Ids of checks whose deviation the baseline expects. */
  readonly expected?: ReadonlySet<string> | undefined;
}

export interface AuditReport {
  /** Of the suite, or `conformance`. */
  readonly name: string;
  readonly flows: readonly ReportedFlow[];
}

/** So much of a message is in a report; the exchanges have the response. */
const MAX_MESSAGE = 4096;

export function cut(text: string, limit: number = MAX_MESSAGE): string {
  return text.length <= limit ? text : `${text.slice(0, limit - 1)}…`;
}

/** Deviations that the baseline does not expect, failures first. */
export function unexpected({ result, expected }: ReportedFlow): CheckResult[] {
  const deviating = result.checks.filter((check) => expected?.has(check.id) !== true);
  return [...ofVerdict(deviating, "failed"), ...ofVerdict(deviating, "warning")];
}

/** Checks by their fault: the first one, and the others that failed because of the same. */
export function byFault(
  checks: readonly CheckResult[],
): readonly (readonly [CheckResult, ...CheckResult[]])[] {
  return [...Map.groupBy(checks, ({ id, cluster }) => cluster ?? id).values()]
    .flatMap(([first, ...others]) => first === undefined ? [] : [[first, ...others] as const]);
}

/** The fault that several checks have in common, else the title of the check. */
export function faultTitle(
  { title, cluster }: CheckResult,
  { length }: readonly unknown[],
): string {
  return length === 0 ? title : cluster ?? title;
}

export function ofVerdict(checks: readonly CheckResult[], verdict: Verdict): CheckResult[] {
  return checks.filter((check) => check.verdict === verdict);
}

/** `POST https://server.example/mcp -> 200` for each exchange of the evidence. */
export function evidenceLines(
  check: CheckResult,
  { exchanges }: Pick<AuditResult, "exchanges">,
): string[] {
  return check.evidence.flatMap((id) => {
    const exchange = exchanges.find((it) => it.id === id);
    if (exchange === undefined) return [];
    const { request, response, fault } = exchange;
    const outcome = response?.status ?? fault?.code ?? "no response";
    return [`${request.method} ${cut(request.url)} -> ${outcome}`];
  });
}

const WORDS: Readonly<Record<AuditResult["verdict"], string>> = {
  conformant: "conformant",
  not_conformant: "not conformant",
  incomplete: "incomplete",
  not_applicable: "no authorization",
};

export function verdictWords({ verdict }: AuditResult): string {
  return WORDS[verdict];
}
