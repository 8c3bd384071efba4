/**
 * Findings and failures as text for people.
 *
 * @module
 */

import type { Judgement, Severity } from "../core/finding.ts";
import { printable } from "../core/text.ts";
import { wrap } from "./layout.ts";
import type { Style } from "./style.ts";

/** How text is written: for which width, in which colours, with which secrets hidden. */
export interface View {
  /** Columns. */
  readonly width: number;
  /** Colours. */
  readonly style: Style;
  /** Masks secrets. */
  mask(text: string): string;
}

const ORDER: readonly Severity[] = ["error", "warning", "info"];
const MOST = 6;

/** Text from elsewhere, masked before it is made safe: a cut must not halve a secret. */
export function shown(text: string, view: View, limit = 1200): string {
  return printable(view.mask(text), limit);
}

/** Findings, the worst first. */
export function worstFirst<T extends Judgement>(findings: readonly T[]): T[] {
  return ORDER.flatMap((severity) => findings.filter((it) => it.severity === severity));
}

function findingLines(finding: Judgement, view: View): string[] {
  const { style, width } = view;
  const colour = { error: style.red, warning: style.yellow, info: style.dim }[finding.severity];
  const head = `${finding.severity}: ${shown(finding.message, view)}`;
  const [first = "", ...rest] = wrap(head, width, "", "  ");
  return [
    first.replace(/^\w+:/, (word) => colour(word)),
    ...rest,
    ...wrap(shown(finding.remedy, view), width, "  "),
    ...wrap(`${finding.code}, ${shown(finding.reference, view)}`, width, "  ").map(style.dim),
  ];
}

/** The findings as lines, at most six unless told otherwise; the rest is counted. */
export function findingsText(findings: readonly Judgement[], view: View, most = MOST): string[] {
  const sorted = worstFirst(findings);
  const lines = sorted.slice(0, most).flatMap((finding) => findingLines(finding, view));
  const more = sorted.length - most;
  return more > 0 ? [...lines, `and ${more} more; --format json lists them all`] : lines;
}

/** A failure in parts. */
export interface FailureParts {
  /** Stable identifier. */
  readonly code: string;
  /** What is wrong. */
  readonly message: string;
  /** What to do. */
  readonly remedy?: string | undefined;
  /** The clause. */
  readonly reference?: string | undefined;
}

/**
 * A failure as lines: what was attempted, what is wrong, what to do.
 *
 * @param attempted As it follows `error:`, such as `could not sign in to https://x.example`.
 */
export function failureText(
  attempted: string | undefined,
  failure: FailureParts,
  view: View,
): string[] {
  const { style, width } = view;
  const message = shown(failure.message, view);
  const head = attempted === undefined ? message : `${shown(attempted, view)}: ${message}`;
  const [first = "", ...rest] = wrap(`error: ${head}`, width, "", "  ");
  const label = [failure.code, failure.reference].filter((part) => part !== undefined).join(", ");
  return [
    first.replace(/^error:/, style.red("error:")),
    ...rest,
    ...(failure.remedy ?? "").split("\n").flatMap((line) => wrap(shown(line, view), width, "  ")),
    ...wrap(shown(label, view), width, "  ").map(style.dim),
  ];
}
