/** Findings of an inspection, and the verdicts of the revisions. @module */

import type { Finding, Judgement, Severity } from "../../core/finding.ts";
import type { StepId } from "../../core/step.ts";
import type { Revision } from "../../oauth/mcp/revision.ts";
import type { MetadataKind } from "../../oauth/metadata/metadata_kind.ts";
import type { RevisionVerdict } from "./inspection.ts";

/** The step in which a login reads a kind of document. */
export function stepOf(kind: MetadataKind): "resource_metadata" | "authorization_server_metadata" {
  return kind === "protected_resource" ? "resource_metadata" : "authorization_server_metadata";
}

export function inStep(judgements: readonly Judgement[], step: StepId): Finding[] {
  return judgements.map((judgement) => ({ ...judgement, step }));
}

/** Findings of the login and of the checks of the complete document can be the same. */
export function withoutRepeats(findings: readonly Finding[]): Finding[] {
  const seen = new Set<string>();
  return findings.filter(({ code, message }) => {
    const key = JSON.stringify([code, message]);
    return seen.has(key) ? false : seen.add(key);
  });
}

export function verdictOf(
  rules: Revision,
  judgements: readonly Judgement[],
  reason: string | undefined,
): RevisionVerdict {
  const codes = (severity: Severity) => [
    ...new Set(judgements.filter((it) => it.severity === severity).map((it) => it.code)),
  ];
  if (reason !== undefined) {
    return { protocolVersion: rules.id, verdict: "not_read", reason, errors: [], warnings: [] };
  }
  const errors = codes("error");
  return {
    protocolVersion: rules.id,
    verdict: errors.length === 0 ? "usable" : "refused",
    reason: null,
    errors,
    warnings: codes("warning"),
  };
}
