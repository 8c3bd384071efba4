/** An audit as annotations of a GitHub workflow run. @module */

import { counted } from "../../core/quantities.ts";
import { printable } from "../../core/text.ts";
import type { CheckResult } from "../../audit/context/verdict.ts";
import {
  type AuditReport,
  byFault,
  cut,
  faultTitle,
  unexpected,
  verdictWords,
} from "./audit_report.ts";

/** GitHub shows ten annotations of each kind in a step; one is for the number of the others. */
const MAX_ANNOTATIONS = 9;

const escapeData = (text: string): string =>
  text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");

const escapeProperty = (text: string): string =>
  escapeData(text).replaceAll(":", "%3A").replaceAll(",", "%2C");

const also = (others: readonly CheckResult[]): string =>
  others.length === 0 ? "" : `Also: ${others.map(({ id }) => id).join(", ")}`;

/** `::error title=…::…` for each deviation, the gravest first. */
export function githubText({ flows }: AuditReport): string {
  const found = flows.flatMap((flow) =>
    byFault(unexpected(flow)).map(([check, ...others]) => ({ check, others, flow }))
  );
  const byKind = { failed: "error", warning: "warning" } as const;
  const lines: string[] = [];
  for (const [verdict, command] of Object.entries(byKind)) {
    const all = found.filter(({ check }) => check.verdict === verdict);
    for (const { check, others, flow } of all.slice(0, MAX_ANNOTATIONS)) {
      const { place } = flow;
      const file = place === undefined
        ? ""
        : `file=${escapeProperty(place.path)},line=${place.line},`;
      const title = escapeProperty(printable(`${check.id}: ${faultTitle(check, others)}`));
      const text = [`${flow.label}: ${cut(check.message)}`, cut(check.remedy ?? ""), also(others)]
        .join("\n")
        .trimEnd().split("\n").map((it) => printable(it)).join("\n");
      lines.push(`::${command} ${file}title=${title}::${escapeData(text)}`);
    }
    const more = all.length - MAX_ANNOTATIONS;
    if (more > 0) {
      lines.push(`::${command} title=mcpass::${counted(more, "more fault")} in the summary`);
    }
  }
  const verdicts = flows.map(({ label, result }) =>
    `mcpass: ${printable(label).replaceAll("##[", "## [")}: ${verdictWords(result)}`
  );
  return `${[...lines, ...verdicts].join("\n")}\n`;
}
