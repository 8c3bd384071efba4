/** Deviations from findings of the discovery: rules that a login has too are judged once. @module */

import type { Finding, Severity } from "../../core/finding.ts";
import type { StepId } from "../../core/step.ts";
import type { Code } from "../../findings/mod.ts";
import type { Audit } from "../context/audit.ts";
import type { Outcome } from "../context/verdict.ts";
import { deviates } from "../context/outcome.ts";

/** The findings of the discovery with one of these codes. */
export function findingsWith(
  { discovery }: Pick<Audit, "discovery">,
  codes: readonly Code[],
  step?: StepId,
): Finding[] {
  return discovery.findings.filter((it) =>
    codes.includes(it.code) && (step === undefined || it.step === step)
  );
}

const RANKS: readonly Severity[] = ["error", "warning", "info"];

/** The lines of a remedy that are for a server, without those for a person who signs in. */
function serverRemedy(remedy: string): string | undefined {
  const lines = remedy.split("\n").filter((it) => /^(?:Server|Authorization server): /.test(it));
  return lines.length === 0 ? undefined : lines.join("\n");
}

/** The outcome for findings, with the message of the most severe one. */
export function deviationOf(
  findings: readonly Finding[],
  severity?: Severity | "own",
): Outcome | undefined {
  const [first, ...rest] = [...findings]
    .sort((a, b) => RANKS.indexOf(a.severity) - RANKS.indexOf(b.severity));
  if (first === undefined) return undefined;
  const more = rest.length === 0 ? "" : ` (and ${rest.length} more)`;
  return deviates(first.message + more, {
    remedy: serverRemedy(first.remedy),
    severity: severity === "own" ? first.severity : severity,
  });
}

/**
 * A deviation if the discovery reported one of these codes, otherwise undefined.
 *
 * @param severity `own`: that of the finding, instead of the check's.
 */
export function deviationFrom(
  audit: Pick<Audit, "discovery">,
  codes: readonly Code[],
  { step, severity }: {
    readonly step?: StepId;
    readonly severity?: Severity | "own" | undefined;
  } = {},
): Outcome | undefined {
  return deviationOf(findingsWith(audit, codes, step), severity);
}
