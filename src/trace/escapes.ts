/** Resolving one layer of escapes, and where each character was before. @module */

export interface ResolvedText {
  readonly text: string;
  /** For each index of `text`, and its end, the index in the original at which it begins. */
  readonly origins: Uint32Array;
}

interface Escape {
  readonly meaning: string;
  readonly length: number;
}

const NAMED: ReadonlyMap<string, string> = new Map([
  ["amp", "&"],
  ["lt", "<"],
  ["gt", ">"],
  ["quot", '"'],
  ["apos", "'"],
]);

/** Named references as far as encoders write them, and every numeric one (HTML §13.2.5.72). */
const REFERENCE = /&(?:#0*(\d{1,8})|#x0*([0-9a-f]{1,7})|(amp|lt|gt|quot|apos)(?=;));?/iy;

function reference(text: string, at: number): Escape | undefined {
  REFERENCE.lastIndex = at;
  const match = REFERENCE.exec(text);
  if (match === null) return undefined;
  const [{ length }, decimal, hex = "", name] = match;
  if (name !== undefined) return { meaning: NAMED.get(name.toLowerCase()) ?? "", length };
  const code = decimal === undefined ? parseInt(hex, 16) : Number(decimal);
  return code <= 0x10ffff ? { meaning: String.fromCodePoint(code), length } : undefined;
}

/** Value of `digits` hexadecimal digits, or NaN. */
function hexAt(text: string, at: number, digits: number): number {
  let value = 0;
  for (let index = at; index < at + digits; index += 1) {
    const code = text.charCodeAt(index);
    const letter = (code | 0x20) - 0x61;
    if (code >= 0x30 && code <= 0x39) value = value * 16 + code - 0x30;
    else if (letter >= 0 && letter < 6) value = value * 16 + letter + 10;
    else return NaN;
  }
  return value;
}

const DECODER = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The character of a UTF-16 unit in four hexadecimal digits from `at`. */
function unit(text: string, at: number): Escape | undefined {
  const code = hexAt(text, at, 4);
  return Number.isNaN(code) ? undefined : { meaning: String.fromCharCode(code), length: 6 };
}

/**
 * A percent-encoded character; its UTF-8 bytes are one to four escapes (RFC 3986 §2.1). Also the
 * `%uHHHH` of `escape` (ECMA-262 §B.2.1.1).
 */
function percent(text: string, at: number): Escape | undefined {
  if (text.charAt(at + 1) === "u") return unit(text, at + 2);
  const first = hexAt(text, at + 1, 2);
  if (Number.isNaN(first)) return undefined;
  if (first < 0x80) return { meaning: String.fromCharCode(first), length: 3 };
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

const LETTERS: ReadonlyMap<string, string> = new Map([
  ['"', '"'],
  ["\\", "\\"],
  ["/", "/"],
  ["b", "\b"],
  ["f", "\f"],
  ["n", "\n"],
  ["r", "\r"],
  ["t", "\t"],
]);

/** `\u{…}` of JavaScript. */
const CODE_POINT = /\\u\{0*([0-9a-f]{1,6})\}/iy;

/** An escape of JSON strings (RFC 8259 §7), `\xHH` and `\u{…}`. */
function backslash(text: string, at: number): Escape | undefined {
  const letter = text.charAt(at + 1);
  if (letter === "u" && text.charAt(at + 2) === "{") {
    CODE_POINT.lastIndex = at;
    const [{ length } = "", digits = ""] = CODE_POINT.exec(text) ?? [];
    const code = parseInt(digits, 16);
    return code <= 0x10ffff ? { meaning: String.fromCodePoint(code), length } : undefined;
  }
  if (letter === "u") return unit(text, at + 2);
  if (letter === "x") {
    const code = hexAt(text, at + 2, 2);
    return Number.isNaN(code) ? undefined : { meaning: String.fromCharCode(code), length: 4 };
  }
  const meaning = LETTERS.get(letter);
  return meaning === undefined ? undefined : { meaning, length: 2 };
}

function escapeAt(text: string, at: number): Escape | undefined {
  const first = text.charAt(at);
  return first === "&"
    ? reference(text, at)
    : first === "%"
    ? percent(text, at)
    : backslash(text, at);
}

/** The first characters of escapes: of HTML, of URLs, of JSON strings. */
export type EscapeKind = "&" | "%" | "\\";

const ANY = /[&%\\]/g;
const ONE: ReadonlyMap<EscapeKind, RegExp> = new Map([["&", /&/g], ["%", /%/g], ["\\", /\\/g]]);

/** The kinds of escapes that `text` may have. */
export function escapeKinds(text: string): EscapeKind[] {
  return [...ONE.keys()].filter((kind) => text.includes(kind));
}

/**
 * `text` with its escapes resolved once; undefined when it has none. The work grows linearly with the
 * text.
 *
 * @param kind The only kind of escapes to resolve; all by default.
 */
export function resolveEscapes(text: string, kind?: EscapeKind): ResolvedText | undefined {
  const first = kind === undefined ? ANY : ONE.get(kind) ?? ANY;
  if (text.search(first) === -1) return undefined;
  const rewriting = rewrite(text);
  first.lastIndex = 0;
  while (first.test(text)) {
    const index = first.lastIndex - 1;
    const escape = escapeAt(text, index);
    if (escape === undefined) continue;
    rewriting.replace(index, escape.length, escape.meaning);
    first.lastIndex = rewriting.done();
  }
  return rewriting.done() === 0 ? undefined : rewriting.end();
}

/** A line break that an encoder wrote within base64 (RFC 2045 §6.8) or hexadecimal. */
const LINE_BREAK = /(?<=[A-Za-z0-9+/_-]{16})\r?\n[ \t]*(?=[A-Za-z0-9+/_-])/g;

/** `text` with lines of base64 or hexadecimal joined; undefined where there are none. */
export function joinLines(text: string): ResolvedText | undefined {
  if (text.search(LINE_BREAK) === -1) return undefined;
  const rewriting = rewrite(text);
  for (const { 0: found, index } of text.matchAll(LINE_BREAK)) {
    rewriting.replace(index, found.length, "");
  }
  return rewriting.end();
}

/** Replaces parts of a text from left to right, and notes where each character was. */
function rewrite(text: string) {
  const pieces: string[] = [];
  const origins = new Uint32Array(text.length + 1);
  let length = 0;
  let done = 0;
  const copy = (end: number) => {
    if (done < end) pieces.push(text.slice(done, end));
    while (done < end) origins[length++] = done++;
  };
  return {
    /** Characters of the text that were read. */
    done: () => done,
    replace(index: number, count: number, meaning: string) {
      copy(index);
      pieces.push(meaning);
      for (let unit = 0; unit < meaning.length; unit += 1) origins[length++] = index;
      done = index + count;
    },
    end(): ResolvedText {
      copy(text.length);
      origins[length] = text.length;
      return { text: pieces.join(""), origins: origins.subarray(0, length + 1) };
    },
  };
}
