/** Runs the checks that need only the discovery, for `server doctor`. @module */

import type { Severity } from "../../core/finding.ts";
import type { Clock } from "../../core/system.ts";
import type { AuditCheckId } from "../../findings/mod.ts";
import { CHALLENGE_GROUP } from "../checks/challenge/group.ts";
import { RESOURCE_METADATA_GROUP } from "../checks/resource_metadata/group.ts";
import { SERVER_METADATA_GROUP } from "../checks/server_metadata/group.ts";
import type { Audit } from "../context/audit.ts";
import type { Discovery } from "../context/discovery.ts";
import type { CheckResult, GroupId } from "../context/verdict.ts";
import { inOrder, runChecks } from "./run_checks.ts";

const GROUPS = [CHALLENGE_GROUP, RESOURCE_METADATA_GROUP, SERVER_METADATA_GROUP] as const;

/** A deviation that the findings of a login do not include. */
export interface Deviation {
  readonly group: GroupId;
  readonly severity: Severity;
  readonly message: string;
  readonly remedy: string;
  readonly reference: string | null;
}

/** @throws Failure `cancelled`. */
export async function judgeDiscovery(
  discovery: Discovery,
  { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal },
): Promise<readonly Deviation[]> {
  const results = new Map<AuditCheckId, CheckResult>();
  // Checks that send nothing use no other member.
  const audit = {
    discovery,
    rules: discovery.rules,
    plan: { serverUrl: discovery.serverUrl, safe: false },
    clock,
    signal,
    cite() {},
    result: (id: AuditCheckId) => results.get(id),
  } as unknown as Audit;
  const listed = inOrder(GROUPS)
    .filter(({ check }) => check.cost.requests === 0 && check.last !== true);
  await runChecks(listed, {
    audit,
    watch: () => () => [],
    report: (result) => results.set(result.id, result),
  });
  return listed.flatMap(({ check }) => {
    const result = results.get(check.id);
    const isReported = discovery.findings.some(({ code }) => check.findings?.includes(code));
    if (result === undefined || result.remedy === null || isReported) return [];
    const { group, severity, message, remedy, clause: reference } = result;
    return [{ group, severity, message, remedy, reference }];
  });
}
