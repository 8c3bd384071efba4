/** JSON with comments and trailing commas, as editors accept it in their configuration files. @module */

import { parseJson } from "../core/json.ts";

/** Offset after the string that starts at `start`. */
export function afterString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at += 1) {
    if (text[at] === "\\") at += 1;
    else if (text[at] === '"') return at + 1;
  }
  return text.length;
}

/** Offset after the comment that starts at `start`; `start` if there is none. */
function afterComment(text: string, start: number): number {
  if (text.startsWith("/*", start)) {
    const end = text.indexOf("*/", start + 2);
    return end === -1 ? text.length : end + 2;
  }
  if (!text.startsWith("//", start)) return start;
  let at = start;
  while (at < text.length && text[at] !== "\n" && text[at] !== "\r") at += 1;
  return at;
}

export interface PlainJson {
  /** As long as the text: comments and trailing commas are spaces. */
  readonly plain: string;
  /** Offsets of the trailing commas. */
  readonly trailingCommas: readonly number[];
  /** False if the last comment has no end. */
  readonly isComplete: boolean;
}

/** @param text Without byte order mark. */
export function toPlainJson(text: string): PlainJson {
  const blanks: [start: number, end: number][] = [];
  const trailingCommas: number[] = [];
  let comma: number | undefined;
  let isComplete = true;
  for (let at = 0; at < text.length;) {
    const character = text[at] ?? "";
    const end = character === '"'
      ? afterString(text, at)
      : character === "/"
      ? afterComment(text, at)
      : at;
    if (character === "/" && end > at) {
      blanks.push([at, end]);
      isComplete = text[at + 1] === "/" || end >= at + 4 && text.endsWith("*/", end);
    } else if (character === ",") comma = at;
    else if (!/\s/.test(character)) {
      if (comma !== undefined && (character === "}" || character === "]")) {
        blanks.push([comma, comma + 1]);
        trailingCommas.push(comma);
      }
      comma = undefined;
    }
    at = Math.max(end, at + 1);
  }
  const parts: string[] = [];
  let copied = 0;
  for (const [start, end] of blanks.sort(([a], [b]) => a - b)) {
    parts.push(text.slice(copied, start), " ".repeat(end - start));
    copied = end;
  }
  return { plain: parts.join("") + text.slice(copied), trailingCommas, isComplete };
}

/** Undefined for text that is not even that. */
export function parseJsonc(text: string): unknown {
  const body = text.replace(/^\ufeff/, "");
  return parseJson(body) ?? parseJson(toPlainJson(body).plain);
}
