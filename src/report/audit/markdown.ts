/** An audit as Markdown, for a pull request or the summary of a job. @module */

import type { CheckResult } from "../../audit/context/verdict.ts";
import { VERDICTS } from "../../audit/context/verdict.ts";
import { counted } from "../../core/quantities.ts";
import { codeBlock, escapeMarkdown, escapeTableCell } from "../markdown_text.ts";
import {
  type AuditReport,
  byFault,
  cut,
  evidenceLines,
  faultTitle,
  ofVerdict,
  type ReportedFlow,
  unexpected,
  verdictWords,
} from "./audit_report.ts";

/** A comment has 65,536 characters at GitHub. */
export const MAX_LENGTH = 60_000;

/** Of each message: a comment shows many. */
export const MAX_SHOWN = 1000;

const oneLine = (text: string): string =>
  escapeMarkdown(cut(text, MAX_SHOWN).replaceAll("\n", " "));

function deviationText(
  check: CheckResult,
  others: readonly CheckResult[],
  flow: ReportedFlow,
): string {
  const { id, verdict, message, remedy, clause } = check;
  const title = faultTitle(check, others);
  const evidence = evidenceLines(check, flow.result);
  return [
    `- **${verdict}: \`${id}\`** ${escapeMarkdown(title)}: ${oneLine(message)}`,
    ...others.length === 0 ? [] : [`  Also: ${others.map((it) => `\`${it.id}\``).join(", ")}`],
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
    `- ${oneLine(reason)}: ${checks.map(({ id }) => `\`${id}\``).join(", ")}`
  );
  return [
    `<details><summary>${counted(open.length, "check")} skipped or inconclusive</summary>`,
    lines.join("\n"),
    "</details>",
  ];
}

/** What fits into a number of characters. */
export function fitting(blocks: readonly string[], limit: number): readonly string[] {
  let length = 0;
  const end = blocks.findIndex((block) => (length += block.length + 2) > limit);
  return end === -1 ? blocks : blocks.slice(0, end);
}

export const isLeftOut = (count: number, noun: string): string[] =>
  count === 0 ? [] : [`${counted(count, `more ${noun}`)}: see the JSON report.`];

function flowText(flow: ReportedFlow, limit: number): string {
  const { label, result } = flow;
  const deviations = byFault(unexpected(flow)).map(([check, ...others]) =>
    deviationText(check, others, flow)
  );
  const open = openText(flow);
  const shown = fitting(deviations, limit - open.join("\n\n").length);
  return [
    `### ${oneLine(label)}: ${verdictWords(result)}`,
    ...shown.length === 0 ? [] : [shown.join("\n")],
    ...isLeftOut(deviations.length - shown.length, "fault"),
    ...open,
  ].join("\n\n");
}

/** A hidden marker in the first line finds the comment of the last run. */
export function markdownText({ name, flows }: AuditReport): string {
  const all = flows.map(({ label, result }) =>
    `| ${escapeTableCell(cut(label, MAX_SHOWN))} | ${verdictWords(result)} | ${
      VERDICTS.map((verdict) => result.counts[verdict]).join(" | ")
    } |`
  );
  const rows = fitting(all, MAX_LENGTH / 2);
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
  let left = MAX_LENGTH - head.length;
  for (const flow of flows.slice(0, rows.length)) {
    const text = flowText(flow, left);
    if (text.length > left) break;
    parts.push(text);
    left -= text.length + 2;
  }
  const count = flows.length - (parts.length - 1);
  return `${[...parts, ...isLeftOut(count, "server")].join("\n\n")}\n`;
}
