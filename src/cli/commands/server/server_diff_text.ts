import type { Comparison } from "../../../audit/suite/compare_results.ts";
import {
  CHANGES,
  comparisonWords,
  DOCUMENTS,
  valueText,
} from "../../../report/audit/comparison_report.ts";
import { safeText, type View } from "../../terminal/finding_text.ts";
import { wrap } from "../../terminal/layout.ts";
import type { VerdictPrinter } from "../../terminal/marks.ts";

export function diffText(comparison: Comparison, printer: VerdictPrinter, view: View): string {
  const { facts, checks, unmatched } = comparison;
  const hasFlows = new Set([...facts, ...checks].map(({ flow }) => flow)).size > 1;
  const of = (flow: string) => hasFlows ? `${flow}: ` : "";
  const lines = (text: string) => wrap(safeText(text, view), view.width, "  ", "    ");
  const block = (heading: string, texts: readonly string[]) =>
    texts.length === 0 ? [] : [[view.style.bold(heading), ...texts.flatMap(lines)]];
  const mark = checks.some(({ change }) => change === "worse") ? "error" : "ok";
  const factBlocks = Object.entries(DOCUMENTS).flatMap(([document, heading]) =>
    block(
      heading,
      facts.filter((it) => it.document === document).map(({ flow, member, before, after }) =>
        `${of(flow)}${member === null ? "" : `${member}: `}${valueText(before)} -> ${
          valueText(after)
        }`
      ),
    )
  );
  const checkBlocks = Object.entries(CHANGES).flatMap(([change, heading]) =>
    block(
      heading,
      checks.filter((it) => it.change === change).map(({ flow, id, before, after, message }) =>
        `${of(flow)}${id}: ${before ?? "absent"} -> ${after ?? "absent"}: ${message}`
      ),
    )
  );
  const blocks = [
    printer.lines(mark, comparisonWords(comparison), view).map(view.style.bold),
    ...checkBlocks,
    ...factBlocks,
    ...block("Only on one side", unmatched),
  ];
  return `${blocks.map((it) => it.join("\n")).join("\n\n")}\n`;
}
