/** The result of a suite, as a document and for reports. @module */

import { CATALOGUE_VERSION } from "../../../audit/checks/groups.ts";
import { type AuditResult, countsOf } from "../../../audit/run/audit_result.ts";
import type { AuditCosts } from "../../../audit/run/plan.ts";
import { isDecided, type JudgedFlow, type SuiteProblem } from "../../../audit/suite/baseline.ts";
import type { SuiteFlow } from "../../../audit/suite/expand_flows.ts";
import type { FlowRun } from "../../../audit/suite/run_suite.ts";
import type { RegistrationMode } from "../../../audit/suite/suite_schema.ts";
import { LATEST, type RevisionId } from "../../../oauth/mcp/revision.ts";
import type { ReportedFlow, SourcePlace } from "../../../report/audit/audit_report.ts";
import { VERSION } from "../../../core/version.ts";

export interface ListedFlow {
  readonly flow: string;
  readonly serverUrl: string;
  /** Null: the newest that the server supports. */
  readonly revision: RevisionId | null;
  readonly registration: RegistrationMode;
  readonly client: string | null;
}

export interface PlannedFlow extends ListedFlow {
  readonly checks: number;
  readonly plan: AuditCosts;
}

export interface FlowDocument extends ListedFlow {
  /** `not_run`: the audit did not reach the server, or was not started. */
  readonly verdict: AuditResult["verdict"] | "not_run";
  readonly attempts: number;
  /** Why it did not run. */
  readonly reason: string | null;
  /** Checks whose deviation the baseline expects. */
  readonly expected: readonly string[];
  /** The residue file, if something could not be removed: for `oauth conformance --clean-up`. */
  readonly residue: string | null;
  /** Exchanges of checks that passed are left out. */
  readonly result: AuditResult | null;
}

export interface SuiteDocument {
  readonly schemaVersion: 1;
  readonly catalogueVersion: number;
  readonly tool: { readonly name: "mcpass"; readonly version: string };
  readonly name: string;
  readonly startedAt: string;
  readonly verdict: "conformant" | "not_conformant" | "incomplete";
  readonly flows: readonly FlowDocument[];
  /** Why the suite is not conformant, or incomplete. */
  readonly problems: readonly SuiteProblem[];
  /** Entries of the baseline whose check was skipped. */
  readonly unchecked: readonly string[];
  readonly requests: number;
}

export function listedFlow(
  { name, serverUrl, revision, registration, client }: SuiteFlow,
): ListedFlow {
  return { flow: name, serverUrl, revision: revision ?? null, registration, client };
}

export interface JudgedRun {
  readonly run: FlowRun;
  readonly judged: JudgedFlow;
  /** Path of the residue file. */
  readonly residue?: string | undefined;
}

function flowDocument(
  { run: { flow, result, failure, attempts }, judged, residue }: JudgedRun,
): FlowDocument {
  return {
    ...listedFlow(flow),
    verdict: result?.verdict ?? "not_run",
    attempts,
    reason: result === undefined ? failure?.message ?? "an earlier flow ended the suite" : null,
    expected: [...judged.expected],
    residue: result?.removal.left.length ? residue ?? null : null,
    result: result ?? null,
  };
}

export function suiteVerdict(problems: readonly SuiteProblem[]): SuiteDocument["verdict"] {
  if (problems.some(isDecided)) return "not_conformant";
  return problems.length > 0 ? "incomplete" : "conformant";
}

export function suiteDocument(
  name: string,
  startedAt: string,
  runs: readonly JudgedRun[],
): SuiteDocument {
  const problems = runs.flatMap(({ judged }) => judged.problems);
  return {
    schemaVersion: 1,
    catalogueVersion: CATALOGUE_VERSION,
    tool: { name: "mcpass", version: VERSION },
    name,
    startedAt,
    verdict: suiteVerdict(problems),
    flows: runs.map(flowDocument),
    problems,
    unchecked: runs.flatMap(({ run, judged }) =>
      judged.unchecked.map((check) => `${run.flow.name} ${check}`)
    ),
    requests: runs.reduce((sum, { run }) => sum + (run.result?.requests ?? 0), 0),
  };
}

/** The result of a flow that did not run, for reports: its first check is inconclusive. */
function emptyResult(
  { serverUrl, revision, reason }: FlowDocument,
  startedAt: string,
): AuditResult {
  const checks: AuditResult["checks"] = [{
    id: "challenge_status",
    title: "the audit reaches the server",
    group: "challenge",
    severity: "error",
    attacker: null,
    verdict: "inconclusive",
    reason: "network",
    clause: null,
    message: reason ?? "not run",
    remedy: null,
    cluster: null,
    evidence: [],
    durationMs: 0,
  }];
  return {
    schemaVersion: 1,
    catalogueVersion: CATALOGUE_VERSION,
    tool: { name: "mcpass", version: VERSION },
    startedAt,
    serverUrl,
    revision: revision ?? LATEST.id,
    verdict: "incomplete",
    cancelled: false,
    counts: countsOf(checks),
    checks,
    discovered: { challenge: null, resourceMetadata: {}, authorizationServerMetadata: {} },
    exchanges: [],
    requests: 0,
    removal: { clients: { registered: 0, removed: 0 }, left: [] },
  };
}

/** @param placeOf Where a flow's server is in the suite file. */
export function reportedFlows(
  { flows, startedAt }: SuiteDocument,
  placeOf: (flow: string) => SourcePlace | undefined,
): ReportedFlow[] {
  return flows.map((flow) => ({
    label: flow.flow.replaceAll("/", " / "),
    result: flow.result ?? emptyResult(flow, startedAt),
    place: placeOf(flow.flow),
    expected: new Set(flow.expected),
  }));
}
