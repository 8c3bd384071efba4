import { runAtOnce, type Work } from "../core/work.ts";

export interface ResolvedText {
  readonly text: string;
  /** For each index of `text`, and for its end, the index in the original. */
  readonly origins: Uint32Array;
}

interface Escape {
  readonly meaning: string;
  readonly length: number;
}

/** Undefined for a number that is not a code point. */
function character(code: number, length: number): Escape | undefined {
  return code <= 0x10ffff ? { meaning: String.fromCodePoint(code), length } : undefined;
}

const NAMED: ReadonlyMap<string, string> = new Map(
  Object.entries({ amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" }),
);

/** The named references that encoders write, and every numeric one (HTML §13.2.5.72). */
const REFERENCE = /&(?:#0*(\d{1,8})|#x0*([0-9a-f]{1,7})|(amp|lt|gt|quot|apos)(?=;));?/iy;

function reference(text: string, at: number): Escape | undefined {
  REFERENCE.lastIndex = at;
  const match = REFERENCE.exec(text);
  if (match === null) return undefined;
  const [{ length }, decimal, hex = "", name] = match;
  if (name !== undefined) return { meaning: NAMED.get(name.toLowerCase()) ?? "", length };
  return character(decimal === undefined ? parseInt(hex, 16) : Number(decimal), length);
}

/** The value of a character that is not a digit. */
export const NO_DIGIT = 64;

export function hexDigit(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const letter = (code | 0x20) - 0x61;
  return letter >= 0 && letter < 6 ? letter + 10 : NO_DIGIT;
}

function hexAt(text: string, at: number, digits: number): number {
  let value = 0;
  for (let index = at; index < at + digits; index += 1) {
    const digit = hexDigit(text.charCodeAt(index));
    if (digit === NO_DIGIT) return NaN;
    value = value * 16 + digit;
  }
  return value;
}

const DECODER = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * A percent-encoded character; its UTF-8 bytes are one to four escapes (RFC 3986 §2.1). Also the
 * `%uHHHH` of `escape` (ECMA-262 §B.2.1.1).
 */
function percent(text: string, at: number): Escape | undefined {
  if (text.charAt(at + 1) === "u") return character(hexAt(text, at + 2, 4), 6);
  const first = hexAt(text, at + 1, 2);
  if (Number.isNaN(first) || first < 0x80) return character(first, 3);
  const count = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  const bytes = Uint8Array.from(
    { length: count },
    (_, byte) => text[at + 3 * byte] === "%" ? hexAt(text, at + 3 * byte + 1, 2) : 0,
  );
  try {
    return { meaning: DECODER.decode(bytes), length: 3 * count };
  } catch {
    return undefined;
  }
}

const LETTERS: ReadonlyMap<string, string> = new Map(
  Object.entries({ '"': '"', "\\": "\\", "/": "/", b: "\b", f: "\f", n: "\n", r: "\r", t: "\t" }),
);

const CODE_POINT = /\\u\{0*([0-9a-f]{1,6})\}/iy;

/** An escape of JSON strings (RFC 8259 §7), `\xHH` and `\u{…}`. */
function backslash(text: string, at: number): Escape | undefined {
  const letter = text.charAt(at + 1);
  if (letter === "u" && text.charAt(at + 2) === "{") {
    CODE_POINT.lastIndex = at;
    const [{ length } = "", digits = ""] = CODE_POINT.exec(text) ?? [];
    return character(parseInt(digits, 16), length);
  }
  if (letter === "u") return character(hexAt(text, at + 2, 4), 6);
  if (letter === "x") return character(hexAt(text, at + 2, 2), 4);
  const meaning = LETTERS.get(letter);
  return meaning === undefined ? undefined : { meaning, length: 2 };
}

function escapeAt(text: string, at: number): Escape | undefined {
  const first = text.charAt(at);
  if (first === "&") return reference(text, at);
  return first === "%" ? percent(text, at) : backslash(text, at);
}

/** The first characters of escapes in HTML, in URLs and in JSON strings. */
export type EscapeKind = "&" | "%" | "\\";

const ANY = /[&%\\]/g;
const ONE: ReadonlyMap<EscapeKind, RegExp> = new Map([["&", /&/g], ["%", /%/g], ["\\", /\\/g]]);

export function escapeKinds(text: string): EscapeKind[] {
  return [...ONE.keys()].filter((kind) => text.includes(kind));
}

/** Resolves escapes once; undefined if there are none. @param kind By default all kinds. */
/** Escapes between two pauses. */
const PIECE = 16_384;

/** For a long text, which takes a second. */
export function* resolveEscapesWork(
  text: string,
  kind?: EscapeKind,
): Work<ResolvedText | undefined> {
  const first = kind === undefined ? ANY : ONE.get(kind) ?? ANY;
  if (text.search(first) === -1) return undefined;
  const rewriting = rewrite(text);
  let at = 0;
  for (let count = 1;; count += 1) {
    if (count % PIECE === 0) yield;
    // Other work may use the pattern between the pieces.
    first.lastIndex = at;
    if (!first.test(text)) break;
    const index = first.lastIndex - 1;
    at = index + 1;
    const escape = escapeAt(text, index);
    if (escape === undefined) continue;
    rewriting.replace(index, escape.length, escape.meaning);
    at = rewriting.done();
  }
  return rewriting.done() === 0 ? undefined : rewriting.end();
}

export function resolveEscapes(text: string, kind?: EscapeKind): ResolvedText | undefined {
  return runAtOnce(resolveEscapesWork(text, kind));
}

/** A line break within base64 (RFC 2045 §6.8) or hexadecimal. */
const LINE_BREAK = /(?<=[A-Za-z0-9+/_-]{16})\r?\n[ \t]*(?=[A-Za-z0-9+/_-])/g;

/** Joins lines of base64 or hexadecimal; undefined if there are none. */
export function joinLines(text: string): ResolvedText | undefined {
  if (text.search(LINE_BREAK) === -1) return undefined;
  const rewriting = rewrite(text);
  for (const { 0: found, index } of text.matchAll(LINE_BREAK)) {
    rewriting.replace(index, found.length, "");
  }
  return rewriting.end();
}

function rewrite(text: string) {
  const parts: string[] = [];
  const origins = new Uint32Array(text.length + 1);
  let length = 0;
  let done = 0;
  const copy = (end: number) => {
    if (done < end) parts.push(text.slice(done, end));
    while (done < end) origins[length++] = done++;
  };
  return {
    /** Characters of the text that were read. */
    done: () => done,
    replace(index: number, count: number, meaning: string) {
      copy(index);
      parts.push(meaning);
      for (let unit = 0; unit < meaning.length; unit += 1) origins[length++] = index;
      done = index + count;
    },
    end(): ResolvedText {
      copy(text.length);
      origins[length] = text.length;
      return { text: parts.join(""), origins: origins.subarray(0, length + 1) };
    },
  };
}
