import type { CheckChange, Comparison, FactChange } from "../../../audit/suite/compare_results.ts";
import { counted } from "../../../core/quantities.ts";
import { safeText, type View } from "../../terminal/finding_text.ts";
import { wrap } from "../../terminal/layout.ts";
import type { Mark, VerdictPrinter } from "../../terminal/marks.ts";

const DOCUMENTS: Readonly<Record<FactChange["document"], string>> = {
  challenge: "Challenge",
  resource_metadata: "Resource metadata",
  authorization_server_metadata: "Authorization server metadata",
};

const HEADINGS: readonly (readonly [CheckChange["change"], string])[] = [
  ["worse", "Worse"],
  ["better", "Better"],
  ["changed", "Changed"],
];

const valueText = (value: unknown): string =>
  value === null ? "absent" : typeof value === "string" ? value : JSON.stringify(value);

function verdictOf(comparison: Comparison): readonly [Mark, string] {
  const { facts, checks, unmatched } = comparison;
  const worse = checks.filter(({ change }) => change === "worse").length;
  if (worse > 0) return ["error", `${counted(worse, "check")} worse`];
  const changes = facts.length + checks.length + unmatched.length;
  return changes === 0 ? ["ok", "no difference"] : ["ok", `${counted(changes, "change")}`];
}

export function diffText(comparison: Comparison, printer: VerdictPrinter, view: View): string {
  const { facts, checks, unmatched } = comparison;
  const hasFlows = new Set([...facts, ...checks].map(({ flow }) => flow)).size > 1;
  const of = (flow: string) => hasFlows ? `${flow}: ` : "";
  const lines = (text: string) => wrap(safeText(text, view), view.width, "  ", "    ");
  const block = (heading: string, texts: readonly string[]) =>
    texts.length === 0 ? [] : [[view.style.bold(heading), ...texts.flatMap(lines)]];
  const [mark, words] = verdictOf(comparison);
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
  const checkBlocks = HEADINGS.flatMap(([change, heading]) =>
    block(
      heading,
      checks.filter((it) => it.change === change).map(({ flow, id, before, after, message }) =>
        `${of(flow)}${id}: ${before ?? "absent"} -> ${after ?? "absent"}: ${message}`
      ),
    )
  );
  const blocks = [
    printer.lines(mark, words, view).map(view.style.bold),
    ...checkBlocks,
    ...factBlocks,
    ...block("Only on one side", unmatched),
  ];
  return `${blocks.map((it) => it.join("\n")).join("\n\n")}\n`;
}
