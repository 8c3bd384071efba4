/** Texts of configuration files, and how one entry in them is changed. @module */

import { Failure } from "../core/failure.ts";
import type { JsonObject } from "../core/json.ts";

export type EntryValue =
  | string
  | number
  | boolean
  | readonly EntryValue[]
  | { readonly [name: string]: EntryValue };

export type Entry = { readonly [name: string]: EntryValue };

/** Replaces the characters from `start` to `end`. */
export interface Splice {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** Several ways to make one change: the first that proves right is used. */
export type Alternatives = readonly (readonly Splice[])[];

/** Edits the text of one format. The text has no byte order mark and is valid; the value at the path is an object's. */
export interface Editor {
  /** Undefined for a text without content. @throws Failure `config_not_changed`. */
  parse(text: string): JsonObject | undefined;
  add(text: string, path: readonly string[], value: EntryValue): Alternatives;
  /** Of a value that exists. */
  replace(text: string, path: readonly string[], value: EntryValue): Alternatives;
  remove(text: string, path: readonly string[]): Alternatives;
  /** False for a text that not every program reads that reads the format. */
  isPlain?(text: string): boolean;
  /** A complete file that has only this. */
  print(document: Entry): string;
}

export function notChanged(reason: string): Failure {
  return new Failure("config_not_changed", reason);
}

export function isTable(value: EntryValue): value is Entry {
  return typeof value === "object" && !Array.isArray(value);
}

export function applySplices(text: string, splices: readonly Splice[]): string {
  return [...splices].sort((a, b) => b.start - a.start)
    .reduce(
      (edited, { start, end, text }) => edited.slice(0, start) + text + edited.slice(end),
      text,
    );
}

/** The line ending that most lines have. */
export function lineEnding(text: string): "\r\n" | "\n" {
  const windows = text.match(/\r\n/g)?.length ?? 0;
  const all = text.match(/\n/g)?.length ?? 0;
  return windows * 2 > all ? "\r\n" : "\n";
}

export function lineStart(text: string, at: number): number {
  return text.lastIndexOf("\n", at - 1) + 1;
}

/** Offset of the line break at or after `at`, or the end of the text. */
export function lineEnd(text: string, at: number): number {
  const end = text.indexOf("\n", at);
  if (end === -1) return text.length;
  return end > at && text[end - 1] === "\r" ? end - 1 : end;
}

/** Offset of the line break before `at`; `at` if there is none. */
export function beforeLineBreak(text: string, at: number): number {
  if (text[at - 1] !== "\n") return at;
  return at - (text[at - 2] === "\r" ? 2 : 1);
}

/** Offset of the next line, or the end of the text. */
export function nextLine(text: string, at: number): number {
  const end = text.indexOf("\n", at);
  return end === -1 ? text.length : end + 1;
}

/** What must be between a text and lines that are added at its end. */
export function separator(text: string): string {
  return text === "" || text.endsWith("\n") ? "" : lineEnding(text);
}

/**
 * Lines at the end of a text. A text without a final line break still has none.
 *
 * @param blank Lines to leave free before them.
 */
export function appendedLines(text: string, lines: readonly string[], blank = 0): Splice {
  const eol = lineEnding(text);
  const before = text === "" ? "" : separator(text) + eol.repeat(blank);
  const after = text === "" || text.endsWith("\n") ? eol : "";
  return { start: text.length, end: text.length, text: before + lines.join(eol) + after };
}

/** The reverse of {@link appendedLines} at the end of a text: the line break before belongs to the lines. */
export function removedLines(text: string, start: number, end: number, blank = 0): Splice {
  let from = start;
  for (let line = 0; line < blank; line += 1) {
    const before = beforeLineBreak(text, from);
    // Only a line without content.
    if (before === 0 || text[before - 1] === "\n") from = before;
  }
  const isUnfinished = end === text.length && !text.endsWith("\n");
  return { start: isUnfinished ? beforeLineBreak(text, from) : from, end, text: "" };
}
