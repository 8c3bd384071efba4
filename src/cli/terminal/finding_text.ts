import { type PrintedCommand, withCommand } from "../../core/command_text.ts";
import type { Judgement, Severity } from "../../core/finding.ts";
import { countedOrNo } from "../../core/quantities.ts";
import { adviceOf, type Fix, PARTY_NAMES } from "../../core/remedy.ts";
import { printable } from "../../core/text.ts";
import { type Field, fields, wrap } from "./layout.ts";
import type { Style } from "./style.ts";

export interface View {
  readonly width: number;
  readonly style: Style;
  mask(text: string): string;
}

const ORDER: readonly Severity[] = ["error", "warning", "info"];
const MAX_FINDINGS = 6;

/** Masks a text before it is cut, so that no part of a secret remains. */
export function safeText(text: string, view: View, limit = 1200): string {
  return printable(view.mask(text), limit);
}

/** A row without a value is left out; an exact value is not wrapped. */
export type Row = readonly [label: string, value: string | null | undefined, exact?: "exact"];

export function rowsText(rows: readonly Row[], view: View, limit?: number): string[] {
  const filled = rows.flatMap(([label, value, ...exact]): Field[] =>
    value === null || value === undefined ? [] : [[label, safeText(value, view, limit), ...exact]]
  );
  return fields(filled, view.width);
}

export function worstFirst<T extends Judgement>(findings: readonly T[]): T[] {
  return ORDER.flatMap((severity) => findings.filter((it) => it.severity === severity));
}

/** Wider text is hard to read. */
const MAX_COLUMNS = 100;

const LABEL_COLUMNS = "Cause: ".length;

/** A labelled line, wrapped below its text. */
function labelledText(label: string, text: string, { width }: View): string[] {
  const hanging = " ".repeat(LABEL_COLUMNS);
  const [first = "", ...rest] = wrap(
    text,
    Math.min(width, MAX_COLUMNS),
    label.padEnd(LABEL_COLUMNS),
    hanging,
  );
  return [first, ...rest];
}

/** A command is not wrapped, so it can be copied. */
function commandLine(label: string, command: string, view: View): string {
  return label.padEnd(LABEL_COLUMNS) + safeText(command, view, Infinity);
}

/** `Fix:` has a line for each party; without another party they are for the reader. */
function fixLines(fixes: readonly Fix[], view: View): string[] {
  const hasParties = fixes.some(({ party }) => party !== "you");
  return fixes.flatMap(({ party, text, commands }, at) => {
    const before = fixes[at - 1]?.party;
    const name = hasParties && party !== before ? `${PARTY_NAMES[party]}: ` : "";
    const said = name === "" ? text : text.replace(/^[A-Z](?=[a-z ])/, (it) => it.toLowerCase());
    return [
      ...labelledText(at === 0 ? "Fix:" : "", name + safeText(said, view), view),
      ...commands.map((command) => commandLine("", command, view)),
    ];
  });
}

/** The parts of an error, a warning or a note, in the order in which they are shown. */
export interface Labels {
  readonly severity: Severity;
  /** The first word, instead of the severity. */
  readonly word?: string;
  /** Without the codes, which follow in parentheses. */
  readonly headline: string;
  readonly codes: readonly string[];
  readonly cause?: string | undefined;
  readonly remedy?: string | undefined;
  /** What to run if the remedy has no command. */
  readonly otherwise?: NextCommand | undefined;
  /** The code whose page has more. */
  readonly more: string | undefined;
}

export function labelledLines(labels: Labels, view: View): string[] {
  const { severity, word: name = severity, headline, codes, cause, remedy, otherwise, more } =
    labels;
  const { style } = view;
  const colour = { error: style.red, warning: style.yellow, info: style.dim }[severity];
  const tag = codes.length === 0 ? "" : ` (${codes.join(", ")})`;
  const width = Math.min(view.width, MAX_COLUMNS);
  const hanging = " ".repeat(LABEL_COLUMNS);
  const [first = "", ...rest] = wrap(`${name}: ${headline}${tag}`, width, "", hanging);
  const advice = adviceOf(remedy);
  const added = advice.try === undefined && otherwise !== undefined
    ? `\n${withCommand(...otherwise)}`
    : "";
  const { fixes, try: command } = added === "" ? advice : adviceOf((remedy ?? "") + added);
  const named = (line: string) => line.replace(/^[A-Z]\w+:/, (label) => style.bold(label));
  return [
    first.replace(/^\w+:/, (word) => colour(style.bold(word))),
    ...rest,
    ...[
      ...cause === undefined ? [] : labelledText("Cause:", cause, view),
      ...fixLines(fixes, view),
      ...command === undefined ? [] : [commandLine("Try:", command, view)],
      ...more === undefined ? [] : [commandLine("More:", `mcpass explain ${more}`, view)],
    ].map(named),
  ];
}

/** What to run next, and why. */
export type NextCommand = readonly [why: string, command: PrintedCommand];

export function nextLines(next: NextCommand | undefined, view: View): string[] {
  if (next === undefined) return [];
  const [why = "", line = ""] = withCommand(...next).split("\n");
  return [...wrap(why, view.width), safeText(line, view, Infinity)];
}

function findingLines({ code, severity, message, remedy, reference }: Judgement, view: View) {
  const codes = [code, ...reference === "mcpass" ? [] : [safeText(reference, view)]];
  const headline = safeText(message, view);
  return labelledLines({ severity, headline, codes, remedy, more: code }, view);
}

export function countsText(findings: readonly Judgement[]): string {
  const nouns = [["error", "error"], ["warning", "warning"], ["info", "note"]] as const;
  return nouns.map(([severity, noun]) =>
    countedOrNo(findings.filter((it) => it.severity === severity).length, noun)
  ).join(", ");
}

/** Findings after the first `limit` are only counted. */
export function findingsText(
  findings: readonly Judgement[],
  view: View,
  limit = MAX_FINDINGS,
): string[] {
  const sorted = worstFirst(findings);
  const lines = sorted.slice(0, limit).flatMap((finding) => findingLines(finding, view));
  const more = sorted.length - limit;
  return more > 0 ? [...lines, `and ${more} more; --format json lists them all`] : lines;
}
