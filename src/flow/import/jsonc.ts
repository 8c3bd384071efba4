/** JSON with comments and trailing commas, as editors accept it in their configuration files. @module */

import { parseJson } from "../../core/json.ts";

/** Offset after the string that starts at `start`. */
function afterString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at += 1) {
    if (text[at] === "\\") at += 1;
    else if (text[at] === '"') return at + 1;
  }
  return text.length;
}

/** Offset after the comment that starts at `start`; `start` if there is none. */
function afterComment(text: string, start: number): number {
  const [close, length] = text.startsWith("//", start)
    ? ["\n", 0]
    : text.startsWith("/*", start)
    ? ["*/", 2]
    : [undefined, 0];
  if (close === undefined) return start;
  const end = text.indexOf(close, start + 2);
  return end === -1 ? text.length : end + length;
}

/** The text as plain JSON: without byte order mark, comments and trailing commas. */
function plainJson(text: string): string {
  const parts: string[] = [];
  let comma: number | undefined;
  for (let at = text.startsWith("\ufeff") ? 1 : 0; at < text.length;) {
    const end = text[at] === '"' ? afterString(text, at) : afterComment(text, at);
    const isComment = end > at && text[at] === "/";
    const part = isComment ? " " : text.slice(at, Math.max(end, at + 1));
    at = Math.max(end, at + 1);
    if (comma !== undefined && /^[}\]]/.test(part)) parts[comma] = "";
    if (part.trim() !== "") comma = part === "," ? parts.length : undefined;
    parts.push(part);
  }
  return parts.join("");
}

/** Files with comments are written by people. Each of their characters costs memory. */
const MAX_LENGTH = 4 * 1024 * 1024;

/** Undefined for text that is not even that. */
export function parseJsonc(text: string): unknown {
  const plain = parseJson(text);
  return plain === undefined && text.length <= MAX_LENGTH ? parseJson(plainJson(text)) : plain;
}
