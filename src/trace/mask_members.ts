/**
 * Masking JSON members in place: in whole documents, in documents that were cut, in the data of an
 * event stream, and in JSON that is itself a JSON string.
 *
 * @module
 */

import { isHarmlessMember, isSecretName } from "./secret_names.ts";

/** A member name, its colon, and the backslashes that tell how deep in strings it stands. */
const MEMBER =
  /(?<!\\)(\\*)"((?:\w|[.-]|\\u[0-9a-f]{4}){1,64})\1"(?:\s|\\[nrt])*:(?:\s|\\[nrt])*/gi;
const NUMBER = /-?\d[\d.eE+-]*/y;
const BETWEEN_ITEMS = /(?:\s|\\[nrt]|,)*/y;

/** Index of the quote that ends a string, where the string stands `depth` backslashes deep. */
function endOfString(text: string, from: number, depth: number): number {
  for (let at = text.indexOf('"', from); at !== -1; at = text.indexOf('"', at + 1)) {
    let backslashes = 0;
    while (at - backslashes > from && text[at - backslashes - 1] === "\\") backslashes++;
    if (backslashes % (2 * (depth + 1)) === depth) return at - depth;
  }
  return text.length;
}

function unescaped(text: string, depth: number): string {
  try {
    let value = text;
    for (let level = depth + 1; level > 0; level >>= 1) value = JSON.parse(`"${value}"`);
    return value;
  } catch {
    return text;
  }
}

function matchAt(pattern: RegExp, text: string, at: number): string {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0] ?? "";
}

/**
 * Replaces the string, number or list of strings under every secret name.
 *
 * @param mask Makes the replacement of a value.
 */
export function maskMembers(text: string, mask: (value: string) => string): string {
  let masked = "";
  let done = 0;
  const replace = (
    start: number,
    end: number,
    shown: (masked: string) => string,
    value: string,
  ) => {
    masked += text.slice(done, start) + shown(mask(value));
    done = end;
  };
  for (const match of text.matchAll(MEMBER)) {
    const quote = `${match[1] ?? ""}"`;
    const depth = quote.length - 1;
    const name = unescaped(match[2] ?? "", 0);
    let at = match.index + match[0].length;
    if (match.index < done || !isSecretName(name)) continue;
    const isList = text[at] === "[";
    if (isList) at = at + 1 + matchAt(BETWEEN_ITEMS, text, at + 1).length;
    while (text.startsWith(quote, at)) {
      const start = at + quote.length;
      const end = endOfString(text, start, depth);
      const value = unescaped(text.slice(start, end), depth);
      if (value !== "" && !isHarmlessMember(name, value)) {
        replace(start, end, (masked) => masked, value);
      }
      at = end + quote.length;
      if (!isList) break;
      at += matchAt(BETWEEN_ITEMS, text, at).length;
    }
    const number = matchAt(NUMBER, text, at);
    if (number !== "" && !isHarmlessMember(name, number)) {
      replace(at, at + number.length, (masked) => `${quote}${masked}${quote}`, number);
    }
  }
  return masked + text.slice(done);
}
