/** What an audit will do, before its first request. @module */

import type { Severity } from "../../core/finding.ts";
import type { AuditCheckId } from "../../findings/mod.ts";
import { AUDIT_PAGES_BY_ID } from "../../findings/audit/topics.ts";
import { LATEST, revision, type RevisionId, REVISIONS } from "../../oauth/mcp/revision.ts";
import type { AuditPlan } from "../context/audit.ts";
import type { Attacker, GroupId } from "../context/verdict.ts";
import { checksOf } from "./audit_server.ts";
import { isPaced, pacedSeconds } from "./registration_pace.ts";
import { inRevision, isUnsafe, type ListedCheck } from "./run_checks.ts";

export interface PlannedCheck {
  readonly id: AuditCheckId;
  readonly title: string;
  readonly group: GroupId;
  readonly severity: Severity;
  readonly attacker: Attacker | null;
  readonly clause: string | null;
  /** Revisions that have the rule, oldest first. */
  readonly revisions: readonly RevisionId[];
  readonly requests: number;
  readonly registrations: number;
  readonly consents: number;
  readonly waitSeconds: number;
}

/** Upper limits: the server may not offer everything. */
export interface AuditCosts {
  readonly requests: number;
  readonly registrations: number;
  readonly consents: number;
  readonly waitSeconds: number;
}

export interface AuditOutline {
  readonly checks: readonly PlannedCheck[];
  readonly costs: AuditCosts;
  /** True if the consents are device codes. */
  readonly byDevice: boolean;
}

function plannedCheck(listed: ListedCheck): PlannedCheck {
  const { check, group } = listed;
  const { requests, registrations = 0, consents = 0, waits = 0 } = check.cost;
  const page = AUDIT_PAGES_BY_ID.get(check.id);
  return {
    id: check.id,
    title: page?.title ?? check.id,
    group: group.id,
    severity: check.severity,
    attacker: check.attacker ?? null,
    clause: page?.spec ?? null,
    revisions: REVISIONS.filter((it) => inRevision(listed, it)).map(({ id }) => id),
    requests,
    registrations,
    consents,
    waitSeconds: waits,
  };
}

/** Requests of the discovery, and of the first client and grant that checks share. */
const SHARED_REQUESTS = 12;

/** Shared grants count once; a check that would wait longer than allowed asks for no consent. */
function consentsOf(listed: readonly ListedCheck[], plan: AuditPlan): number {
  if (plan.safe || plan.authMode === "client_credentials" || plan.accessToken !== undefined) {
    return 0;
  }
  const checks = listed.map(({ check }) => check);
  const grants = new Set(checks.flatMap(({ grant = [] }) => grant));
  // A device code has no code that could be sent twice.
  if (plan.authMode === "device") grants.delete("replayed");
  const own = checks.filter(({ cost: { waits = 0 } }) => waits <= plan.maxWaitSeconds)
    .reduce((total, { cost: { consents = 0 } }) => total + consents, 0);
  return Math.min(plan.consents, grants.size + own);
}

export function outlineOf(plan: AuditPlan): AuditOutline {
  const rules = plan.revision === undefined ? LATEST : revision(plan.revision);
  const listed = checksOf(plan).filter((it) =>
    inRevision(it, rules) && !(plan.safe && isUnsafe(it.check))
  );
  const checks = listed.map(plannedCheck);
  const sum = (cost: (check: PlannedCheck) => number) =>
    checks.reduce((total, check) => total + cost(check), 0);
  const registrations = Math.min(plan.registrations, sum((check) => check.registrations));
  const longest = Math.max(0, ...checks.map((it) => it.waitSeconds));
  const isRemote = URL.canParse(plan.serverUrl) && isPaced(plan.serverUrl);
  const costs = {
    requests: SHARED_REQUESTS + sum(({ requests }) => requests),
    registrations,
    consents: consentsOf(listed, plan),
    waitSeconds: Math.min(plan.maxWaitSeconds, longest) +
      (isRemote ? pacedSeconds(registrations) : 0),
  };
  return { checks, costs, byDevice: plan.authMode === "device" };
}
