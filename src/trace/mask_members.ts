/** Masks JSON members in a text in linear time, also in JSON that was cut or is in a string. @module */

import { isHarmlessMember, isSecretName, isWords } from "./secret_names.ts";

/** A quote of JSON within JSON strings has 1, 3, 7, … backslashes. */
const MAX_BACKSLASHES = 31;
const MAX_NAME = 384;

const NAME = /(?:[\w.-]|\\u[0-9a-f]{4}){1,64}/iy;
const SPACE = /(?:\s|\\[nrt])*/y;
const NUMBER = /-?\d[\d.eE+-]*/y;
const LITERAL = /(?:true|false|null)/y;

function matchAt(pattern: RegExp, text: string, at: number): string {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0] ?? "";
}

function skipSpace(text: string, at: number): number {
  return at + matchAt(SPACE, text, at).length;
}

/** Index of the backslashes and the quote at the end of the string that begins at `from`. */
function endOfString(text: string, from: number, depth: number): number {
  let backslashes = 0;
  for (let at = from; at < text.length; at += 1) {
    const character = text.charCodeAt(at);
    if (character === 0x22 && backslashes % (2 * (depth + 1)) === depth) return at - depth;
    backslashes = character === 0x5c ? backslashes + 1 : 0;
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

interface Member {
  readonly name: string;
  readonly depth: number;
  readonly at: number;
}

/** The member whose name begins with the quote at `at`; `depth` backslashes are before the quote. */
function memberAt(text: string, at: number, depth: number): Member | undefined {
  const quote = `${"\\".repeat(depth)}"`;
  const name = matchAt(NAME, text.slice(at + 1, at + 1 + MAX_NAME), 0);
  const end = at + 1 + name.length;
  if (name === "" || !text.startsWith(quote, end)) return undefined;
  const colon = skipSpace(text, end + quote.length);
  if (text[colon] !== ":") return undefined;
  return { name: unescaped(name, 0), depth, at: skipSpace(text, colon + 1) };
}

/** Masks every member with a secret name: a string, a number, or everything in a list or an object. */
export function maskMembers(text: string, mask: (value: string) => string): string {
  let masked = "";
  let done = 0;

  /** Masks the string or number at `at`; returns its end, or `at` if there is none. */
  function maskLeaf(at: number, depth: number, isHarmless: (value: string) => boolean): number {
    const quote = `${"\\".repeat(depth)}"`;
    if (text.startsWith(quote, at)) {
      const start = at + quote.length;
      const end = endOfString(text, start, depth);
      const value = unescaped(text.slice(start, end), depth);
      if (value !== "" && !isHarmless(value)) {
        masked += text.slice(done, start) + mask(value);
        done = end;
      }
      return Math.min(text.length, end + quote.length);
    }
    const number = matchAt(NUMBER, text, at);
    if (number === "") return at + matchAt(LITERAL, text, at).length;
    const end = at + number.length;
    if (!isHarmless(number)) {
      masked += text.slice(done, at) + quote + mask(number) + quote;
      done = end;
    }
    return end;
  }

  /** Masks everything in the list or object, which may have been cut. */
  function maskNested({ name, depth, at: first }: Member): number {
    const open: string[] = [];
    let objects = 0;
    let at = first;
    let isName = false;
    while (at < text.length) {
      const character = text.charAt(at);
      if (character === "[" || character === "{") {
        open.push(character);
        if (character === "{") objects += 1;
        isName = character === "{";
        at += 1;
      } else if (character === "]" || character === "}") {
        if (open.pop() === "{") objects -= 1;
        at += 1;
        if (open.length === 0) return at;
      } else if (character === "," || character === ":") {
        isName = character === "," && open.at(-1) === "{";
        at += 1;
      } else {
        const next = skipSpace(text, at);
        const end = next > at ? next : maskLeaf(
          at,
          depth,
          (value) => isName || isHarmlessMember(name, value) || (objects > 0 && isWords(value)),
        );
        if (end === at) return at;
        at = end;
      }
    }
    return at;
  }

  let backslashes = 0;
  for (let at = 0; at < text.length; at += 1) {
    const character = text.charCodeAt(at);
    if (character !== 0x22) {
      backslashes = character === 0x5c ? backslashes + 1 : 0;
      continue;
    }
    const member = backslashes <= MAX_BACKSLASHES ? memberAt(text, at, backslashes) : undefined;
    backslashes = 0;
    if (member === undefined || !isSecretName(member.name)) continue;
    const { name } = member;
    const isNested = text[member.at] === "[" || text[member.at] === "{";
    const end = isNested
      ? maskNested(member)
      : maskLeaf(member.at, member.depth, (value) => isHarmlessMember(name, value));
    at = Math.max(at, end - 1);
  }
  return masked + text.slice(done);
}
