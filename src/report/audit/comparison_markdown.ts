/** Two audits as Markdown, for a pull request or the summary of a job. @module */

import type { CheckChange } from "../../audit/suite/compare_results.ts";
import { codeSpan, escapeMarkdown, escapeTableCell } from "../markdown_text.ts";
import { cut } from "./audit_report.ts";
import {
  CHANGES,
  type ComparisonReport,
  comparisonWords,
  DOCUMENTS,
  sortedChanges,
  valueText,
} from "./comparison_report.ts";
import { fitting, isLeftOut, MAX_LENGTH, MAX_SHOWN } from "./markdown.ts";

const shown = (text: string): string => cut(text, MAX_SHOWN).replaceAll("\n", " ");

export function comparisonMarkdown({ before, after, comparison, pairs }: ComparisonReport): string {
  const { facts, unmatched } = comparison;
  const of = (flow: string) => pairs.length > 1 ? `${shown(flow)}: ` : "";
  const checkLine = ({ flow, id, change, before, after, message }: CheckChange) =>
    `- **${CHANGES[change]}:** ${codeSpan(id)} ${escapeMarkdown(of(flow))}${before ?? "absent"} → ${
      after ?? "absent"
    }: ${escapeMarkdown(shown(message))}`;
  const factRow = ({ flow, document, member, before, after }: typeof facts[number]) => {
    const name = of(flow) + (member ?? DOCUMENTS[document]);
    const cells = [name, valueText(before), valueText(after)];
    return `| ${cells.map((it) => escapeTableCell(shown(it))).join(" | ")} |`;
  };
  const all = sortedChanges(comparison).map(checkLine);
  const checks = fitting(all, MAX_LENGTH / 2);
  const rows = fitting(facts.map(factRow), MAX_LENGTH / 3);
  const others = fitting(unmatched.map((it) => `- ${escapeMarkdown(shown(it))}`), MAX_LENGTH / 8);
  const blocks = [
    `## ${comparisonWords(comparison)}`,
    `${escapeMarkdown(shown(before))} → ${escapeMarkdown(shown(after))}`,
    checks.join("\n"),
    ...isLeftOut(all.length - checks.length, "check"),
    rows.length === 0
      ? ""
      : ["| metadata | before | after |", "| --- | --- | --- |", ...rows].join("\n"),
    ...isLeftOut(facts.length - rows.length, "member"),
    others.length === 0 ? "" : ["Only on one side:", "", ...others].join("\n"),
    ...isLeftOut(unmatched.length - others.length, "flow"),
  ];
  return `${blocks.filter((it) => it !== "").join("\n\n")}\n`;
}
