import { type PrintedCommand, withCommand } from "../../core/command_text.ts";
import type { Judgement, Severity } from "../../core/finding.ts";
import { countedOrNo } from "../../core/quantities.ts";
import { printable } from "../../core/text.ts";
import type { Code } from "../../findings/mod.ts";
import { type Field, fields, wrap } from "./layout.ts";
import type { Style } from "./style.ts";
import type { Io } from "../../core/system.ts";
import { Failure } from "../../core/failure.ts";

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

function labelOf({ code, reference }: Judgement, view: View): string {
  return reference === "mcpass" ? code : `${code}, ${safeText(reference, view)}`;
}

/** An indented line is a command to copy, so it is not wrapped. */
export function remedyLines(remedy: string, view: View): string[] {
  return remedy.split("\n").flatMap((line) =>
    line.startsWith(" ")
      ? [`  ${safeText(line, view, Infinity)}`]
      : wrap(safeText(line, view), view.width, "  ")
  );
}

/** What to run next, and why. */
export type NextCommand = readonly [why: string, command: PrintedCommand];

export function nextLines(next: NextCommand | undefined, view: View): string[] {
  if (next === undefined) return [];
  const [why = "", line = ""] = withCommand(...next).split("\n");
  return [...wrap(why, view.width), safeText(line, view, Infinity)];
}

function findingLines(finding: Judgement, view: View): string[] {
  const { style, width } = view;
  const colour = { error: style.red, warning: style.yellow, info: style.dim }[finding.severity];
  const head = `${finding.severity}: ${safeText(finding.message, view)}`;
  const [first = "", ...rest] = wrap(head, width, "", "  ");
  return [
    first.replace(/^\w+:/, (word) => colour(word)),
    ...rest,
    ...remedyLines(finding.remedy, view),
    ...wrap(labelOf(finding, view), width, "  ").map(style.dim),
  ];
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

export interface FailureParts {
  /** A short name of the fault, from the catalogue; absent if only the message is shown. */
  readonly title?: string | undefined;
  /** What distinguishes this case from others with the same title. */
  readonly detail?: string | undefined;
  readonly code: Code;
  readonly message: string;
  readonly remedy?: string | undefined;
  readonly reference?: string | undefined;
}

const MAX_DETAIL = 30;

/** The first line has the message if it fits, else the title, with the message below it. */
export function failureText(
  attempted: string | undefined,
  failure: Omit<FailureParts, "code"> & { readonly code?: Code | undefined },
  view: View,
): string[] {
  const { style, width } = view;
  const { code, title, detail, reference } = failure;
  const message = safeText(failure.message, view);
  const showsTitle = title !== undefined && [...`error: ${message}`].length > width;
  const detailText = detail === undefined ? "" : `: ${safeText(detail, view, MAX_DETAIL)}`;
  const head = `error: ${showsTitle ? title + detailText : message}`;
  const [first = "", ...rest] = wrap(head, width, "", "  ");
  const details = [attempted && safeText(attempted, view), showsTitle ? message : undefined]
    .filter((line) => line !== undefined);
  const label = title === undefined
    ? [code === "cancelled" ? undefined : code, reference].filter((part) => part !== undefined)
      .join(", ")
    : [...reference === undefined ? [] : [reference], `mcpass explain ${code}`].join("; ");
  return [
    first.replace(/^error:/, style.red("error:")),
    ...rest,
    ...details.flatMap((line) => wrap(line, width, "  ")),
    ...remedyLines(failure.remedy ?? "", view),
    ...wrap(safeText(label, view), width, "  ").map(style.dim),
  ];
}

/** Usage errors and cancellation have no title; a failed verification has the title of its cause. */
export async function partsOf(failure: Failure): Promise<FailureParts> {
  const { code, message, remedy, reference, kind, cause } = failure;
  const parts = { code, message, remedy, reference };
  if (kind === "usage" || kind === "cancelled") return parts;
  // The catalogue is loaded only after a failure.
  const { PAGES } = await import("../../findings/mod.ts");
  const source = code === "verification_failed" && cause instanceof Failure ? cause : failure;
  const { detail } = source;
  return { ...parts, code: source.code, title: PAGES.get(source.code)?.title, detail };
}

export async function writeFailure(failure: Failure, io: Io, view: View): Promise<void> {
  io.err(`${failureText(failure.attempted, await partsOf(failure), view).join("\n")}\n`);
}
