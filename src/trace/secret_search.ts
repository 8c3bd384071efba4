/** Finds secrets in a text, also in nested encodings. @module */

import type { Work } from "../core/work.ts";
import {
  type EscapeKind,
  escapeKinds,
  hexDigit,
  joinLines,
  NO_DIGIT,
  resolveEscapesWork,
} from "./escapes.ts";
import { type Match, type Matcher, wholeBase64 } from "./matcher.ts";

interface RunEncoding {
  readonly bits: 4 | 6;
  /** Number of first characters at which the encoded text may begin. */
  readonly alignments: number;
  /** For how many of them the decoded text is searched for runs too, to limit the work. */
  readonly nested: number;
}

const IN_BASE64: RunEncoding = { bits: 6, alignments: 4, nested: 1 };
const IN_HEX: RunEncoding = { bits: 4, alignments: 2, nested: 2 };

const BASE64_RUN = /[A-Za-z0-9+/_-]{14,}/g;
const SHORT_BASE64_RUN = /[A-Za-z0-9+/_-]{8,}/g;
/** Hexadecimal, also with the separators of dumps and fingerprints. */
const HEX_RUN = /[0-9a-f]{2}(?:(?:\r\n|[\s:-])?[0-9a-f]{2}){3,}[0-9a-f]?/gi;

/** By character code; in both alphabets (RFC 4648 §4 and §5). */
const BASE64_DIGITS = new Uint8Array(128).fill(NO_DIGIT);
const ALPHABETS = ["+/", "-_"].map((last) =>
  `ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789${last}`
);
for (const alphabet of ALPHABETS) {
  for (let at = 0; at < alphabet.length; at += 1) BASE64_DIGITS[alphabet.charCodeAt(at)] = at;
}
const HEX_DIGITS = Uint8Array.from({ length: 128 }, (_, code) => hexDigit(code));

/** 1 for visible ASCII, blanks, tabs and line ends. */
const PRINTABLE_BYTES = Uint8Array.from(
  { length: 256 },
  (_, byte) => Number(byte >= 0x20 && byte < 0x7f || [0x09, 0x0a, 0x0d].includes(byte)),
);

/** Separates decoded runs. U+FFFF is in no text. */
const SEPARATOR = "\uffff";
const SEPARATOR_BYTES = [0xef, 0xbf, 0xbf];

const DECODER = new TextDecoder();

function digitsOf(run: string, values: Uint8Array): Uint8Array {
  const digits = new Uint8Array(run.length);
  let count = 0;
  for (let at = 0; at < run.length; at += 1) {
    const digit = values[run.charCodeAt(at)] ?? NO_DIGIT;
    if (digit !== NO_DIGIT) digits[count++] = digit;
  }
  return digits.subarray(0, count);
}

/**
 * The texts in `runs`, read from each of their first characters `from` up to `to`, all together with a
 * {@link SEPARATOR} after each: a text has thousands. Most are images and the like, in which nothing but
 * a long stretch of printable characters can have a printable secret: the rest is left out.
 */
function decodeRuns(
  runs: readonly RegExpExecArray[],
  { bits }: RunEncoding,
  from: number,
  to: number,
  { isPrintable, matcher: { wholeWords }, shortest }: Search,
): string {
  const characters = runs.reduce((sum, [run]) => sum + run.length, 0);
  const bytes = new Uint8Array((to - from) * (characters + runs.length * SEPARATOR_BYTES.length));
  let length = 0;
  for (const [run] of runs) {
    const digits = digitsOf(run, bits === 6 ? BASE64_DIGITS : HEX_DIGITS);
    for (let skipped = from; skipped < to; skipped += 1) {
      const first = length;
      /** Where the printable stretch begins. */
      let stretch = length;
      let value = 0;
      let count = 0;
      for (let at = skipped; at < digits.length; at += 1) {
        value = ((value << bits) | (digits[at] as number)) & 0xfff;
        count += bits;
        if (count < 8) continue;
        count -= 8;
        const byte = (value >> count) & 0xff;
        bytes[length++] = byte;
        if (PRINTABLE_BYTES[byte] === 1) continue;
        if (wholeWords) {
          // Text that is not base64 can decode to a short word by chance.
          length = first;
          break;
        }
        if (!isPrintable) {
          const endsSeparator = byte === 0xbf && bytes[length - 2] === 0xbf &&
            bytes[length - 3] === 0xef;
          if (endsSeparator) bytes[length - 1] = 0;
          continue;
        }
        if (length - 1 - stretch < shortest) length = stretch;
        else bytes[length - 1] = 0;
        stretch = length;
      }
      for (const byte of SEPARATOR_BYTES) bytes[length++] = byte;
    }
  }
  return DECODER.decode(bytes.subarray(0, length));
}

interface Layers {
  readonly escapes: number;
  readonly base64: number;
  /** By default all kinds of escapes are resolved. */
  readonly kind?: EscapeKind;
  /** True if lines were joined, or need not be. */
  readonly isJoined: boolean;
}

const LAYERS: Layers = { escapes: 4, base64: 3, isJoined: false };
const ONE_KIND: Layers = { escapes: 3, base64: 0, isJoined: true };
const ESCAPES_IN_RUN = 2;

interface Search {
  readonly matcher: Matcher;
  readonly shortest: number;
  /** True if all patterns have printable ASCII characters only. */
  readonly isPrintable: boolean;
}

function* find(text: string, search: Search, layers: Layers): Work<Match[]> {
  yield;
  const found = search.matcher.matchesIn(text);
  yield;
  return found.concat(
    layers.base64 > 0 ? yield* findInRuns(text, search, layers.base64 - 1) : [],
    yield* findInEscapes(text, search, layers),
    layers.isJoined ? [] : yield* findInLines(text, search, layers),
  );
}

function* findInRuns(text: string, search: Search, base64: number): Work<Match[]> {
  const { matcher: { wholeWords }, shortest } = search;
  // The decoded text must be at least as long as a secret.
  const inBase64 = [...text.matchAll(wholeWords ? SHORT_BASE64_RUN : BASE64_RUN)]
    .filter(([run]) => wholeWords || run.length * 3 >= shortest * 4);
  const inHex = [...text.matchAll(HEX_RUN)]
    .filter(([run]) => wholeWords || run.length >= shortest * 2);
  yield;
  const found = yield* findDecoded(inBase64, search, base64, IN_BASE64);
  return [
    ...found.map((match) => wholeBase64(text, match, match.start)),
    ...yield* findDecoded(inHex, search, base64, IN_HEX),
  ];
}

function* findDecoded(
  runs: readonly RegExpExecArray[],
  search: Search,
  base64: number,
  encoding: RunEncoding,
): Work<Match[]> {
  if (runs.length === 0) return [];
  const { alignments, nested } = encoding;
  const found: Match[] = [];
  for (const [from, to, inner] of [[0, nested, base64], [nested, alignments, 0]] as const) {
    if (from === to) continue;
    const text = decodeRuns(runs, encoding, from, to, search);
    const layers = { escapes: ESCAPES_IN_RUN, base64: inner, isJoined: true };
    const matches = (yield* find(text, search, layers)).sort((a, b) => a.start - b.start);
    let part = 0;
    let end = text.indexOf(SEPARATOR);
    for (const { start, mask } of matches) {
      while (end !== -1 && start > end) {
        part += 1;
        end = text.indexOf(SEPARATOR, end + 1);
      }
      const run = runs[Math.floor(part / (to - from))];
      if (run !== undefined) {
        found.push({ start: run.index, end: run.index + run[0].length, mask });
      }
    }
  }
  return found;
}

function* findInEscapes(text: string, search: Search, layers: Layers): Work<Match[]> {
  const resolved = layers.escapes === 0 ? undefined : yield* resolveEscapesWork(text, layers.kind);
  if (resolved === undefined) return [];
  const { origins } = resolved;
  const inner = { ...layers, escapes: layers.escapes - 1 };
  return (yield* find(resolved.text, search, inner)).map(({ start, end, mask }) => (
    { start: origins[start] ?? 0, end: origins[end] ?? origins.at(-1) ?? 0, mask }
  ));
}

/** Matches in base64 and hexadecimal that an encoder broke into lines. */
function* findInLines(text: string, search: Search, { base64 }: Layers): Work<Match[]> {
  const joined = joinLines(text);
  if (joined === undefined) return [];
  const { origins } = joined;
  const inner = { escapes: 0, base64, isJoined: true };
  // A match does not include a line break at its end.
  return (yield* find(joined.text, search, inner)).map(({ start, end, mask }) => (
    { start: origins[start] ?? 0, end: (origins[end - 1] ?? 0) + 1, mask }
  ));
}

/** Characters that are searched at once. V8 ends a match of millions of them with an error. */
const WINDOW = 1024 * 1024;

/** Windows overlap by more than an encoded secret has. */
const OVERLAP = 128 * 1024;

export function* findSecrets(text: string, search: Search): Work<Match[]> {
  if (text.length <= WINDOW) return yield* findInWindow(text, search);
  const found: Match[][] = [];
  for (let from = 0; from < text.length; from += WINDOW - OVERLAP) {
    const matches = yield* findInWindow(text.slice(from, from + WINDOW), search);
    found.push(
      matches.map(({ start, end, mask }) => ({ start: start + from, end: end + from, mask })),
    );
  }
  return found.flat();
}

/** Also finds a secret that contains what looks like another kind of escape. */
function* findInWindow(text: string, search: Search): Work<Match[]> {
  const kinds = escapeKinds(text);
  const found = yield* find(text, search, LAYERS);
  if (kinds.length < 2) return found;
  const more: Match[][] = [];
  for (const kind of kinds) more.push(yield* findInEscapes(text, search, { ...ONE_KIND, kind }));
  return found.concat(...more);
}
