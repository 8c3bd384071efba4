/** Finds secrets in a text, also in nested encodings. @module */

import type { Work } from "../core/work.ts";
import {
  type EscapeKind,
  escapeKinds,
  hexDigit,
  joinLines,
  NO_DIGIT,
  resolveEscapes,
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

/** In both alphabets (RFC 4648 §4 and §5). */
function base64Digit(code: number): number {
  if (code >= 0x61) return code <= 0x7a ? code - 0x61 + 26 : NO_DIGIT;
  if (code >= 0x41) return code <= 0x5a ? code - 0x41 : code === 0x5f ? 63 : NO_DIGIT;
  if (code >= 0x30) return code <= 0x39 ? code - 0x30 + 52 : NO_DIGIT;
  return code === 0x2b || code === 0x2d ? 62 : code === 0x2f ? 63 : NO_DIGIT;
}

/** Separates decoded runs. U+FFFF is in no text. */
const SEPARATOR = "\uffff";
const SEPARATOR_BYTES = [0xef, 0xbf, 0xbf];

const DECODER = new TextDecoder();

/**
 * The texts in `runs`, read from each of their first characters `from` up to `to`, all together with a
 * {@link SEPARATOR} after each: a text has thousands.
 */
function decodeRuns(
  runs: readonly RegExpExecArray[],
  { bits }: RunEncoding,
  from: number,
  to: number,
): string {
  const digitOf = bits === 6 ? base64Digit : hexDigit;
  const characters = runs.reduce((sum, [run]) => sum + run.length, 0);
  const bytes = new Uint8Array((to - from) * (characters + runs.length * SEPARATOR_BYTES.length));
  let length = 0;
  for (const [run] of runs) {
    for (let skipped = from; skipped < to; skipped += 1) {
      let value = 0;
      let count = 0;
      for (let at = skipped; at < run.length; at += 1) {
        const digit = digitOf(run.charCodeAt(at));
        if (digit === NO_DIGIT) continue;
        value = (value << bits) | digit;
        count += bits;
        if (count < 8) continue;
        count -= 8;
        const byte = (value >> count) & 0xff;
        const endsSeparator = byte === 0xbf && bytes[length - 1] === 0xbf &&
          bytes[length - 2] === 0xef;
        bytes[length++] = endsSeparator ? 0 : byte;
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

const PRINTABLE = /^[\t\r\n\x20-\x7e]*$/;

interface Search {
  readonly matcher: Matcher;
  readonly shortest: number;
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
    const all = decodeRuns(runs, encoding, from, to);
    // Text that is not base64 can decode to a short word by chance.
    const text = search.matcher.wholeWords
      ? all.split(SEPARATOR).map((part) => PRINTABLE.test(part) ? part : "").join(SEPARATOR)
      : all;
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
  const resolved = layers.escapes === 0 ? undefined : resolveEscapes(text, layers.kind);
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
