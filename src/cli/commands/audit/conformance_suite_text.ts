import type { SuiteProblem } from "../../../audit/suite/baseline.ts";
import { counted } from "../../../core/quantities.ts";
import { safeText, type View } from "../../terminal/finding_text.ts";
import { wrap } from "../../terminal/layout.ts";
import type { Mark, VerdictPrinter } from "../../terminal/marks.ts";
import { costsText, deviationLines } from "./conformance_text.ts";
import type { FlowDocument, PlannedFlow, SuiteDocument } from "./conformance_suite_document.ts";

const VERDICT_TEXTS: Readonly<Record<SuiteDocument["verdict"], readonly [Mark, string]>> = {
  conformant: ["ok", "all flows are conformant"],
  not_conformant: ["error", "not conformant"],
  incomplete: ["warning", "incomplete"],
};

const FLOW_TEXTS: Readonly<Record<FlowDocument["verdict"], readonly [Mark, string]>> = {
  conformant: ["ok", "conformant"],
  not_conformant: ["error", "not conformant"],
  incomplete: ["warning", "incomplete"],
  not_applicable: ["ok", "no authorization"],
  not_run: ["warning", "not run"],
};

const PROBLEM_TEXTS: Readonly<Record<SuiteProblem["kind"], string>> = {
  failed: "failed",
  warning: "warning",
  stale: "baseline",
  expired: "baseline",
  other_verdict: "baseline",
  inconclusive: "inconclusive",
  required: "required",
  not_run: "not run",
};

function markOf(flow: FlowDocument, problems: readonly SuiteProblem[]): readonly [Mark, string] {
  const own = problems.filter((it) => it.flow === flow.flow);
  const [mark, words] = FLOW_TEXTS[flow.verdict];
  return flow.verdict === "not_conformant" && own.length === 0
    ? ["ok", "as the baseline expects"]
    : own.length > 0 && mark === "ok"
    ? ["error", words]
    : [mark, words];
}

function flowLines(
  flow: FlowDocument,
  problems: readonly SuiteProblem[],
  printer: VerdictPrinter,
  view: View,
): string[] {
  const { result, reason, attempts } = flow;
  const [mark, words] = markOf(flow, problems);
  const counts = result === null
    ? reason
    : Object.entries(result.counts).filter(([, count]) => count > 0)
      .map(([verdict, count]) => `${count} ${verdict}`).join(", ");
  const tries = attempts > 1 ? `, attempt ${attempts}` : "";
  const text = `${flow.flow.replaceAll("/", " / ")}: ${words}${tries}; ${counts}`;
  return printer.lines(mark, text, view);
}

/** `notes / 2025-11-25, 2026-07-28 / dcr` for the flows of one server with the same problem. */
function flowsTitle(flows: readonly string[]): string {
  const parts = flows.map((flow) => flow.split("/"));
  const columns = (parts[0] ?? []).map((_, at) => [...new Set(parts.map((it) => it[at] ?? ""))]);
  const combinations = columns.reduce((product, { length }) => product * length, 1);
  const isComplete = combinations === flows.length;
  return isComplete
    ? columns.map((values) => values.join(", ")).join(" / ")
    : flows.map((flow) => flow.replaceAll("/", " / ")).join("; ");
}

/** Problems that differ only in the flow of a server are one. */
function bySameFault(problems: readonly SuiteProblem[]): (readonly SuiteProblem[])[] {
  const byFault = Map.groupBy(
    problems,
    ({ flow, check, kind, message }) => JSON.stringify([flow.split("/")[0], check, kind, message]),
  );
  return [...byFault.values()];
}

/** A failure with its remedy, or another problem in one line. */
function problemLines(
  same: readonly SuiteProblem[],
  { flows }: SuiteDocument,
  view: View,
): string[] {
  const [problem] = same;
  if (problem === undefined) return [];
  const { flow, check, kind, message } = problem;
  const result = flows.find((it) => it.flow === flow)?.result?.checks
    .find(({ id }) => id === check);
  const title = flowsTitle(same.map((it) => it.flow));
  const head = wrap(safeText(title, view), view.width).map(view.style.bold);
  if (result !== undefined && (kind === "failed" || kind === "warning")) {
    return [...head, ...deviationLines(result, view)];
  }
  const about = check === null ? "" : ` ${check}`;
  const text = `${PROBLEM_TEXTS[kind]}:${about} ${message}`;
  return [...head, ...wrap(safeText(text, view), view.width, "", "  ")];
}

export function suiteText(
  document: SuiteDocument,
  printer: VerdictPrinter,
  view: View,
): string {
  const { name, verdict, flows, problems, unchecked, requests } = document;
  const [mark, words] = VERDICT_TEXTS[verdict];
  const left = flows.flatMap(({ flow, result, residue }) => [
    ...(result?.removal.left ?? []).map(({ what, why }) => `not removed: ${flow}: ${what}: ${why}`),
    ...residue === null ? [] : [`To try again: mcpass oauth conformance --clean-up ${residue}`],
  ]);
  const blocks = [
    printer.lines(mark, `${name}: ${words}`, view).map(view.style.bold),
    flows.flatMap((flow) => flowLines(flow, problems, printer, view)),
    ...bySameFault(problems.filter(({ kind }) => kind !== "not_run"))
      .map((same) => problemLines(same, document, view)),
    [...unchecked.map((it) => `skipped, although the baseline lists it: ${it}`), ...left]
      .flatMap((line) => wrap(safeText(line, view), view.width, "", "  ")),
    [`${counted(flows.length, "flow")}, ${counted(requests, "request")}`],
  ];
  return `${blocks.filter((it) => it.length > 0).map((it) => it.join("\n")).join("\n\n")}\n`;
}

export function plannedText(flows: readonly PlannedFlow[], view: View): string {
  const lines = flows.flatMap(({ flow, serverUrl, checks, plan }) => [
    ...wrap(safeText(`${flow.replaceAll("/", " / ")}: ${serverUrl}`, view), view.width, "", "  "),
    ...wrap(`${counted(checks, "check")}: ${costsText(plan)}`, view.width, "  ", "    "),
  ]);
  return `${[...lines, "", counted(flows.length, "flow")].join("\n")}\n`;
}
