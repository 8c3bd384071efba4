/** An audit as Markdown, for a pull request or the summary of a job. @module */

import type { CheckResult } from "../../audit/context/verdict.ts";
import { VERDICTS } from "../../audit/context/verdict.ts";
import { counted } from "../../core/quantities.ts";
import { codeBlock, escapeMarkdown, escapeTableCell } from "../markdown_text.ts";
import {
  type AuditReport,
  evidenceLines,
  ofVerdict,
  type ReportedFlow,
  unexpected,
  verdictWords,
} from "./audit_report.ts";

/** A comment has 65,536 characters at GitHub. */
const MAX_LENGTH = 60_000;

const oneLine = (text: string): string => escapeMarkdown(text.replaceAll("\n", " "));

function deviationText(check: CheckResult, flow: ReportedFlow): string {
  const { id, title, verdict, message, remedy, clause } = check;
  const evidence = evidenceLines(check, flow.result);
  return [
    `- **${verdict}: \`${id}\`** ${escapeMarkdown(title)}: ${oneLine(message)}`,
    ...remedy === null ? [] : [`  Fix: ${oneLine(remedy)}`],
    ...clause === null ? [] : [`  (${escapeMarkdown(clause)})`],
    ...evidence.length === 0
      ? []
      : [codeBlock(evidence.join("\n")).split("\n").map((line) => `  ${line}`).join("\n")],
  ].join("\n");
}

function openText({ result }: ReportedFlow): string[] {
  const open = [
    ...ofVerdict(result.checks, "inconclusive"),
    ...ofVerdict(result.checks, "skipped"),
  ];
  if (open.length === 0) return [];
  const byReason = Map.groupBy(open, ({ verdict, reason }) => `${verdict}: ${reason ?? ""}`);
  const lines = [...byReason].map(([reason, checks]) =>
    `- ${escapeMarkdown(reason)}: ${checks.map(({ id }) => `\`${id}\``).join(", ")}`
  );
  return [
    `<details><summary>${counted(open.length, "check")} without a verdict</summary>`,
    lines.join("\n"),
    "</details>",
  ];
}

function flowText(flow: ReportedFlow): string {
  const { label, result } = flow;
  const deviations = unexpected(flow).map((check) => deviationText(check, flow));
  return [
    `### ${escapeMarkdown(label)}: ${verdictWords(result)}`,
    ...deviations.length === 0 ? [] : [deviations.join("\n")],
    ...openText(flow),
  ].join("\n\n");
}

/** A hidden marker in the first line finds the comment of the last run. */
export function markdownText({ name, flows }: AuditReport): string {
  const rows = flows.map(({ label, result }) =>
    `| ${escapeTableCell(label)} | ${verdictWords(result)} | ${
      VERDICTS.map((verdict) => result.counts[verdict]).join(" | ")
    } |`
  );
  const head = [
    `<!-- mcpass:${name.replaceAll(/[^\w.-]/g, "-")} -->`,
    "## OAuth conformance",
    [
      `| server | verdict | ${VERDICTS.join(" | ")} |`,
      `| --- | --- |${VERDICTS.map(() => " ---: |").join("")}`,
      ...rows,
    ].join("\n"),
  ].join("\n\n");
  const parts: string[] = [head];
  let length = head.length;
  for (const [at, flow] of flows.entries()) {
    const text = flowText(flow);
    if (length + text.length > MAX_LENGTH) {
      parts.push(`${counted(flows.length - at, "more server")}: see the JSON report.`);
      break;
    }
    parts.push(text);
    length += text.length;
  }
  return `${parts.join("\n\n")}\n`;
}
