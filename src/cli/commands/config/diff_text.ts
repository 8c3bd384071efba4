/** The change of a configuration file as a unified diff. Other values than those of the entry are not shown. @module */

import { diffHunks, type Hunk } from "../../../edit/unified_diff.ts";
import { printable } from "../../../core/text.ts";
import type { Style } from "../../terminal/style.ts";

const MAX_LINE = 160;

const PLAIN_VALUE = /^(?:true|false|null|[-+]?\d{1,6}(?:\.\d{1,3})?)?$/;

/** Masks a part of a line that is not a key: `"…"` for each text that is not known. */
function maskValues(text: string, known: ReadonlySet<string>): string {
  const pieces = text.split(/("(?:[^"\\]|\\.)*"?|'[^']*'?)/);
  return pieces.map((piece, at) => {
    if (at % 2 === 1) {
      const isKey = /^\s*:/.test(pieces[at + 1] ?? "");
      return isKey || known.has(piece.slice(1, -1).replace(/\\(["\\/])/g, "$1")) ? piece : '"…"';
    }
    return piece.split(/([\s,:=[\]{}]+)/).map((word) =>
      known.has(word) || PLAIN_VALUE.test(word) || /^[\s,:=[\]{}]+$/.test(word) ? word : "…"
    ).join("");
  }).join("");
}

/** A line with its key; its values only if they are known. */
function maskLine(line: string, known: ReadonlySet<string>): string {
  const text = printable(line.replace(/\r$/, "").replaceAll("\t", "  ").replace(/^\ufeff/, ""));
  if (/^\s*\[[^\]"']*\]+\s*$/.test(text)) return text;
  const comment = /^\s*(?:\/\/|\/\*|#)/.exec(text)?.[0];
  if (comment !== undefined) return `${comment} …`;
  const key = /^[ ]*(?:- )?(?:"[^"\\]*"|'[^']*'|[\w.-]+)[ ]*[:=](?=\s|$)/.exec(text)?.[0] ?? "";
  const masked = key + maskValues(text.slice(key.length, 4000), known);
  return masked.length > MAX_LINE ? `${masked.slice(0, MAX_LINE)}…` : masked;
}

function stringsIn(value: unknown): string[] {
  if (typeof value === "string") return [value];
  return typeof value === "object" && value !== null
    ? Object.entries(value).flatMap(([name, it]) => [name, ...stringsIn(it)])
    : [];
}

function range(start: number, length: number): string {
  return `${length === 0 ? start - 1 : start},${length}`;
}

function headOf({ oldStart, newStart, lines }: Hunk): string {
  const count = (skipped: string) => lines.filter(({ mark }) => mark !== skipped).length;
  return `@@ -${range(oldStart, count("+"))} +${range(newStart, count("-"))} @@`;
}

export interface FileChange {
  /** As it is shown. */
  readonly path: string;
  readonly before: string | undefined;
  readonly after: string | undefined;
  /** Entries whose values may be shown. */
  readonly shown: readonly unknown[];
}

/** Lines without colours. */
export function diffLines({ path, before, after, shown }: FileChange): string[] {
  const known = new Set(shown.flatMap(stringsIn));
  return [
    `--- ${before === undefined ? "(no file)" : path}`,
    `+++ ${after === undefined ? "(no file)" : path}`,
    ...diffHunks(before ?? "", after ?? "").flatMap((hunk) => [
      headOf(hunk),
      ...hunk.lines.map(({ mark, text }) => mark + maskLine(text, known)),
    ]),
  ];
}

export function paintDiff(lines: readonly string[], { green, red, dim, bold }: Style): string[] {
  return lines.map((line) => {
    if (/^(?:---|\+\+\+) /.test(line)) return bold(line);
    if (line.startsWith("@@")) return dim(line);
    return line.startsWith("+") ? green(line) : line.startsWith("-") ? red(line) : line;
  });
}
