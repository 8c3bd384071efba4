/** Runs checks in order, and makes their results. @module */

import { cancelledFailure, Failure } from "../../core/failure.ts";
import type { Severity } from "../../core/finding.ts";
import type { AuditCheckId } from "../../findings/mod.ts";
import { AUDIT_PAGES_BY_ID } from "../../findings/audit/topics.ts";
import { type Revision, REVISION_IDS } from "../../oauth/mcp/revision.ts";
import type { AuditPlan } from "../context/audit.ts";
import type { Audit } from "../context/audit.ts";
import type { AuditCheck, CheckGroup } from "../context/check.ts";
import type { CheckResult, Outcome, Verdict } from "../context/verdict.ts";
import { CheckEnd } from "../context/end_check.ts";
import { inconclusive, skipped } from "../context/outcome.ts";
import { matchesGlob } from "../../core/glob.ts";

/** A check with its group. */
export interface ListedCheck {
  readonly check: AuditCheck;
  readonly group: CheckGroup;
}

export function inRevision({ check, group }: ListedCheck, { id }: Revision): boolean {
  const at = REVISION_IDS.indexOf(id);
  const starts = [group.since, check.since].filter((it) => it !== undefined);
  const isNew = starts.every((it) => at >= REVISION_IDS.indexOf(it));
  return isNew && (check.until === undefined || at <= REVISION_IDS.indexOf(check.until));
}

/** Destructive checks come after the others, and then those that judge all responses. */
export function inOrder(groups: readonly CheckGroup[]): ListedCheck[] {
  const all = groups.flatMap((group) => group.checks.map((check) => ({ check, group })));
  const rank = ({ check: { last, destroys = false } }: ListedCheck) =>
    last === true ? 3 : [false, true, "last"].indexOf(destroys);
  return all.sort((a, b) => rank(a) - rank(b));
}

export function isSelected({ check, group }: ListedCheck, plan: AuditPlan): boolean {
  const { only, skip, groups } = plan;
  if (groups.length > 0 && !groups.includes(group.id)) return false;
  if (only.length > 0 && !only.some((glob) => matchesGlob(glob, check.id))) return false;
  return !skip.some((glob) => matchesGlob(glob, check.id));
}

/** True if `--safe` leaves the check out. */
export function isUnsafe({ cost, destroys, unsafe }: AuditCheck): boolean {
  return unsafe === true || Boolean(destroys) || (cost.registrations ?? 0) > 0;
}

/** The checks that must have passed before. */
export function requirementsOf({ check, group }: ListedCheck): readonly AuditCheckId[] {
  const at = group.requires.indexOf(check.id);
  const ofGroup = at < 0 ? group.requires : group.requires.slice(0, at);
  return [...ofGroup, ...check.requires ?? []];
}

/** The selected checks and, recursively, those that they require. */
export function withRequirements(
  all: readonly ListedCheck[],
  selected: ReadonlySet<AuditCheckId>,
): ReadonlySet<AuditCheckId> {
  const byId = new Map(all.map((it) => [it.check.id, it]));
  const needed = new Set<AuditCheckId>();
  const visit = (id: AuditCheckId) => {
    const listed = byId.get(id);
    if (listed === undefined || needed.has(id)) return;
    needed.add(id);
    requirementsOf(listed).forEach(visit);
  };
  selected.forEach(visit);
  return needed;
}

function unmet(listed: ListedCheck, audit: Audit): Outcome | undefined {
  for (const id of requirementsOf(listed)) {
    const verdict = audit.result(id)?.verdict;
    if (verdict === "passed" || verdict === "warning") continue;
    return skipped("needs_control", `${id} has not passed`, id);
  }
  return undefined;
}

/** The outcome of a check that threw; an unexpected error is thrown again. */
function outcomeOf(error: unknown): Outcome {
  if (error instanceof CheckEnd) return error.outcome;
  if (error instanceof Failure && error.kind !== "cancelled") {
    return inconclusive("network", error.message);
  }
  throw error;
}

const notInRevision = ({ rules }: Audit) =>
  skipped("not_in_revision", `MCP ${rules.id} does not have the rule`);

async function outcomeFor(listed: ListedCheck, audit: Audit): Promise<Outcome> {
  const { check } = listed;
  if (!inRevision(listed, audit.rules)) {
    return notInRevision(audit);
  }
  if (audit.discovery.isOpen) {
    return skipped("not_applicable", "no request to the server needs a token");
  }
  if (audit.plan.safe && isUnsafe(check)) {
    return skipped("safe_mode", "--safe leaves out the check");
  }
  const missing = unmet(listed, audit);
  if (missing !== undefined) return missing;
  try {
    return await check.run(audit);
  } catch (error) {
    if (audit.signal.aborted) throw cancelledFailure();
    return outcomeOf(error);
  }
}

const VERDICT_OF: Readonly<Record<Exclude<Outcome["kind"], "deviates">, Verdict>> = {
  passed: "passed",
  skipped: "skipped",
  inconclusive: "inconclusive",
};

function reasonOf(outcome: Outcome): string | null {
  if (outcome.kind !== "skipped" && outcome.kind !== "inconclusive") return null;
  const detail = outcome.kind === "skipped" ? outcome.detail : undefined;
  return detail === undefined ? outcome.reason : `${outcome.reason}(${detail})`;
}

/** The common cause, if the first check of the cluster failed too. */
function clusterOf(
  { check: { id, cluster } }: ListedCheck,
  verdict: Verdict,
  { result }: Pick<Audit, "result">,
): string | null {
  if (verdict !== "failed" || cluster === undefined) return null;
  const isFirst = cluster.first === id;
  return isFirst || result(cluster.first)?.verdict === "failed" ? cluster.title : null;
}

export function resultOf(
  listed: ListedCheck,
  outcome: Outcome,
  audit: Pick<Audit, "rules" | "result">,
  rest: Pick<CheckResult, "evidence" | "durationMs">,
): CheckResult {
  const { check, group } = listed;
  const { id: revision } = audit.rules;
  const page = AUDIT_PAGES_BY_ID.get(check.id);
  const own: Severity = check.severityIn?.[revision] ?? check.severity;
  const isDeviation = outcome.kind === "deviates";
  const severity = isDeviation ? outcome.severity ?? own : own;
  const verdict = isDeviation
    ? severity === "error" ? "failed" : "warning"
    : VERDICT_OF[outcome.kind];
  return {
    id: check.id,
    title: page?.title ?? check.id,
    group: group.id,
    severity,
    attacker: check.attacker ?? null,
    verdict,
    reason: reasonOf(outcome),
    clause: page?.spec ?? null,
    message: outcome.message,
    remedy: isDeviation ? outcome.remedy ?? page?.serverFix ?? page?.fix ?? null : null,
    cluster: clusterOf(listed, verdict, audit),
    ...rest,
  };
}

export interface CheckRun {
  readonly audit: Audit;
  /** Starts the evidence of a check; the returned function ends it. */
  readonly watch: () => () => readonly number[];
  readonly report: (result: CheckResult) => void;
}

async function runCheck(listed: ListedCheck, { audit, watch }: CheckRun) {
  if (audit.signal.aborted) throw cancelledFailure();
  const started = audit.clock.now();
  const evidence = watch();
  const outcome = await outcomeFor(listed, audit);
  const durationMs = audit.clock.now() - started;
  return { outcome, rest: { evidence: evidence(), durationMs } };
}

/**
 * Runs the checks one after the other. If a token shows that the server supports only an older
 * revision, the checks that ran before are judged by the rules of that one.
 *
 * @throws Failure `cancelled`.
 */
export async function runChecks(checks: readonly ListedCheck[], run: CheckRun): Promise<void> {
  const { audit, report } = run;
  const first = audit.rules;
  const done = new Map<ListedCheck, Awaited<ReturnType<typeof runCheck>>>();
  const check = async (listed: ListedCheck) => {
    const ran = await runCheck(listed, run);
    done.set(listed, ran);
    report(resultOf(listed, ran.outcome, audit, ran.rest));
  };
  for (const listed of checks) await check(listed);
  if (audit.rules === first) return;
  for (const [listed, { outcome, rest }] of done) {
    const isNow = inRevision(listed, audit.rules) &&
      !(outcome.kind === "deviates" && outcome.isOfStateless && audit.rules.era !== "stateless");
    if (isNow && !inRevision(listed, first) && outcome.kind === "skipped") await check(listed);
    else report(resultOf(listed, isNow ? outcome : notInRevision(audit), audit, rest));
  }
}
