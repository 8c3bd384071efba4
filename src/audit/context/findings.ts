import type { Finding } from "../../core/finding.ts";
import type { Code } from "../../findings/mod.ts";
import type { Audit } from "./audit.ts";
import type { Outcome } from "./verdict.ts";
import { deviates } from "./outcome.ts";

/** The findings of the discovery with one of these codes. */
export function findingsWith({ discovery }: Audit, codes: readonly Code[]): Finding[] {
  return discovery.probe.findings.filter(({ code }) => codes.includes(code));
}

/**
 * A deviation, if the discovery reported one of these codes: what a login judges is judged once.
 * Undefined without such a finding.
 */
export function deviationFrom(audit: Audit, codes: readonly Code[]): Outcome | undefined {
  const [first, ...rest] = findingsWith(audit, codes);
  if (first === undefined) return undefined;
  const more = rest.length === 0 ? "" : ` (and ${rest.length} more)`;
  return deviates(first.message + more, { remedy: first.remedy });
}
