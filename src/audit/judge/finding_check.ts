import type { StepId } from "../../core/step.ts";
import type { Audit } from "../context/audit.ts";
import type { AuditCheck } from "../context/check.ts";
import type { Discovery } from "../context/discovery.ts";
import { deviationFrom } from "./findings.ts";
import { passed, skipped } from "../context/outcome.ts";

export interface FindingRow extends Omit<AuditCheck, "run" | "cost"> {
  readonly findings: NonNullable<AuditCheck["findings"]>;
  /** True if a deviation has the severity of the finding instead of the check's. */
  readonly hasOwnSeverity?: boolean;
  /** The message without a finding. */
  readonly otherwise: string;
}

/** Makes checks that report findings of one step of the discovery. */
export function findingChecks(
  step: StepId,
  evidence: (discovery: Discovery) => { readonly exchangeId: number } | undefined,
): (row: FindingRow) => AuditCheck {
  return ({ otherwise, hasOwnSeverity = false, ...row }) => ({
    ...row,
    cost: { requests: 0 },
    run(audit: Audit) {
      const answer = evidence(audit.discovery);
      if (answer === undefined) return skipped("not_applicable", "there is nothing to judge");
      audit.cite(answer);
      const severity = hasOwnSeverity ? "own" : undefined;
      return deviationFrom(audit, row.findings, { step, severity }) ?? passed(otherwise);
    },
  });
}
