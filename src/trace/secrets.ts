/**
 * The values that must never be shown.
 *
 * @module
 */

import { finish, type Pieces } from "../core/abort.ts";
import {
  type EscapeKind,
  escapeKinds,
  joinLines,
  type ResolvedText,
  resolveEscapes,
} from "./escapes.ts";
import { createNeedles, type Needles, type Place, wholeBase64 } from "./needles.ts";
import { spellingsOf, tokenSpellingsOf } from "./spellings.ts";
import { isOneWord, isWeakSecret } from "./weak_secrets.ts";

/** Collects secret values as they arise and masks them wherever they occur. */
export interface Secrets {
  /**
   * Remembers a secret. It is masked in every encoding too: percent, form, JSON, HTML, hexadecimal,
   * base64 (also base64 of base64, and in lines), and these within each other; and in other cases of
   * its letters, because names of header fields and hosts are shown in lower case.
   *
   * A weak secret ({@link isWeakSecret}) is masked only in foreign text, and only as a complete word;
   * one word ({@link isOneWord}) only in foreign text, wherever it occurs there.
   */
  add(value: string | null | undefined): void;
  /** Remembers a secret that a server's text showed; only the first 64 of them. */
  learn(value: string): void;
  /** Masks a text of this program: words only between double quotes, where foreign text is. */
  mask(text: string): string;
  /** Masks a text that another party wrote. */
  maskForeign(text: string): string;
  /** {@link maskForeign} with pauses: a long text takes seconds. */
  maskForeignPieces(text: string): Pieces<string>;
}

/** How far encodings within encodings are followed. */
interface Layers {
  readonly escapes: number;
  readonly base64: number;
  /** The only kind of escapes that is resolved; all without it. */
  readonly kind?: EscapeKind;
  /** True where lines were joined, or need not be. */
  readonly isJoined: boolean;
}

const LAYERS: Layers = { escapes: 4, base64: 3, isJoined: false };
/** Escapes within what a run of base64 or hexadecimal says. */
const ESCAPES_IN_RUN = 2;
const MOST_LEARNED = 64;

const MASK = /\[masked(?: sha256:[0-9a-f]{8})?\]/g;
const BASE64_RUN = /[A-Za-z0-9+/_-]{14,}/g;
/** For weak secrets, which are shorter. */
const SHORT_BASE64_RUN = /[A-Za-z0-9+/_-]{8,}/g;
/** Hexadecimal, also as dumps and fingerprints write it: in lines, with spaces, colons, hyphens. */
const HEX_RUN = /[0-9a-f]{2}(?:(?:\r\n|[\s:-])?[0-9a-f]{2}){3,}[0-9a-f]?/gi;
const PRINTABLE = /^[\t\r\n\x20-\x7e]*$/;

/** Values that are part of the syntax of every document. */
const SYNTAX = /^(?:true|false|null|-?\d{1,3})$/i;

const DECODER = new TextDecoder();

/** How text is written in the characters of a run. */
interface RunEncoding {
  /** Bits that a character stands for. */
  readonly bits: 4 | 6;
  /** How many of the first characters the encoded text may begin at. */
  readonly alignments: number;
  /** From how many of them the decoded text is searched for runs too: this bounds the work. */
  readonly nested: number;
}

const IN_BASE64: RunEncoding = { bits: 6, alignments: 4, nested: 1 };
const IN_HEX: RunEncoding = { bits: 4, alignments: 2, nested: 2 };

/** The value of a character that is no digit. */
const NO_DIGIT = 64;

function digitOf(code: number): number {
  if (code >= 0x61) return code <= 0x7a ? code - 0x61 + 26 : NO_DIGIT;
  if (code >= 0x41) return code <= 0x5a ? code - 0x41 : code === 0x5f ? 63 : NO_DIGIT;
  if (code >= 0x30) return code <= 0x39 ? code - 0x30 + 52 : NO_DIGIT;
  return code === 0x2b || code === 0x2d ? 62 : code === 0x2f ? 63 : NO_DIGIT;
}

function hexDigitOf(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const letter = (code | 0x20) - 0x61;
  return letter >= 0 && letter < 6 ? letter + 10 : NO_DIGIT;
}

/** U+FFFF, which is in no text, and its UTF-8 bytes: what is between decoded runs. */
const BETWEEN = "\uffff";
const BETWEEN_BYTES = [0xef, 0xbf, 0xbf];

/** The texts in `runs`, from each of their first characters `from` to `to`, a {@link BETWEEN} after each. */
function decodeRuns(
  runs: readonly RegExpExecArray[],
  { bits }: RunEncoding,
  from: number,
  to: number,
): string {
  const digit = bits === 6 ? digitOf : hexDigitOf;
  const characters = runs.reduce((sum, [run]) => sum + run.length, 0);
  const bytes = new Uint8Array((to - from) * (characters + runs.length * BETWEEN_BYTES.length));
  let length = 0;
  for (const [run] of runs) {
    for (let skipped = from; skipped < to; skipped += 1) {
      let value = 0;
      let count = 0;
      for (let at = skipped; at < run.length; at += 1) {
        const next = digit(run.charCodeAt(at));
        if (next === NO_DIGIT) continue;
        value = (value << bits) | next;
        count += bits;
        if (count < 8) continue;
        count -= 8;
        const byte = (value >> count) & 0xff;
        const isBetween = byte === 0xbf && bytes[length - 1] === 0xbf && bytes[length - 2] === 0xef;
        bytes[length++] = isBetween ? 0 : byte;
      }
      for (const byte of BETWEEN_BYTES) bytes[length++] = byte;
    }
  }
  return DECODER.decode(bytes.subarray(0, length));
}

/** The parts of a text between double quotes. */
function quotedParts(text: string): Place[] {
  const parts: Place[] = [];
  let start = text.indexOf('"');
  while (start !== -1) {
    const end = text.indexOf('"', start + 1);
    if (end === -1) break;
    parts.push({ start, end, mask: undefined });
    start = text.indexOf('"', end + 1);
  }
  return parts;
}

/**
 * An empty collection of secrets.
 *
 * @example
 * ```ts
 * import { createSecrets } from "./secrets.ts";
 *
 * const secrets = createSecrets();
 * secrets.add("correct horse");
 * secrets.mask("grant_type=x&password=correct+horse"); // …&password=[masked sha256:…]
 * ```
 */
export function createSecrets(): Secrets {
  const secrets = new Set<string>();
  /** What was not spelled out yet: most texts are shorter than any secret, and need no spellings. */
  const fresh = { strong: [] as string[], words: [] as string[], weak: [] as string[] };
  const strong = createNeedles(false);
  const words = createNeedles(false);
  const weak = createNeedles(true);
  let shortest = Infinity;
  let learned = 0;

  /** `known`, with the spellings of new secrets added. */
  function needlesOf(known: Needles, added: string[]): Needles {
    for (const secret of added.splice(0)) {
      for (const { text, base64 } of spellingsOf(secret)) {
        known.add({ text, base64, word: false, secret });
      }
    }
    return known;
  }

  function weakNeedles(): Needles {
    for (const secret of fresh.weak.splice(0)) {
      for (const text of tokenSpellingsOf(secret)) {
        weak.add({ text, base64: false, word: true, secret });
      }
    }
    return weak;
  }

  function* find(text: string, needles: Needles, layers: Layers): Pieces<Place[]> {
    yield;
    const found = needles.placesIn(text);
    yield;
    return found.concat(
      layers.base64 > 0 ? yield* findInRuns(text, needles, layers.base64 - 1) : [],
      yield* findInEscapes(text, needles, layers),
      layers.isJoined ? [] : yield* findInLines(text, needles, layers),
    );
  }

  /** Places in what runs of base64 and hexadecimal say. */
  function* findInRuns(text: string, needles: Needles, base64: number): Pieces<Place[]> {
    const isWord = needles.areWords;
    // What it means has to be as long as a secret.
    const inBase64 = [...text.matchAll(isWord ? SHORT_BASE64_RUN : BASE64_RUN)]
      .filter(([run]) => isWord || run.length * 3 >= shortest * 4);
    const inHex = [...text.matchAll(HEX_RUN)]
      .filter(([run]) => isWord || run.length >= shortest * 2);
    yield;
    const found = yield* findDecoded(inBase64, needles, base64, IN_BASE64);
    return [
      ...found.map((place) => wholeBase64(text, place, place.start)),
      ...yield* findDecoded(inHex, needles, base64, IN_HEX),
    ];
  }

  /** The runs in whose meaning a secret is. */
  function* findDecoded(
    runs: readonly RegExpExecArray[],
    needles: Needles,
    base64: number,
    encoding: RunEncoding,
  ): Pieces<Place[]> {
    if (runs.length === 0) return [];
    const { alignments, nested } = encoding;
    const found: Place[] = [];
    for (const [from, to, inner] of [[0, nested, base64], [nested, alignments, 0]] as const) {
      if (from === to) continue;
      // One search in all of them: a text may have thousands of runs.
      const all = decodeRuns(runs, encoding, from, to);
      // A short word occurs by chance in what a run means that is not base64 at all.
      const text = needles.areWords
        ? all.split(BETWEEN).map((part) => PRINTABLE.test(part) ? part : "").join(BETWEEN)
        : all;
      const layers = { escapes: ESCAPES_IN_RUN, base64: inner, isJoined: true };
      const places = (yield* find(text, needles, layers)).sort((a, b) => a.start - b.start);
      let parts = 0;
      let end = text.indexOf(BETWEEN);
      for (const { start, mask } of places) {
        while (end !== -1 && start > end) {
          parts += 1;
          end = text.indexOf(BETWEEN, end + 1);
        }
        const run = runs[Math.floor(parts / (to - from))];
        if (run !== undefined) {
          found.push({ start: run.index, end: run.index + run[0].length, mask });
        }
      }
    }
    return found;
  }

  function* findInEscapes(text: string, needles: Needles, layers: Layers): Pieces<Place[]> {
    const resolved = layers.escapes === 0 ? undefined : resolveEscapes(text, layers.kind);
    if (resolved === undefined) return [];
    const inner = yield* find(resolved.text, needles, { ...layers, escapes: layers.escapes - 1 });
    return inPlace(inner, resolved);
  }

  /** Places in base64 and hexadecimal that an encoder broke into lines. */
  function* findInLines(text: string, needles: Needles, { base64 }: Layers): Pieces<Place[]> {
    const joined = joinLines(text);
    if (joined === undefined) return [];
    const { origins } = joined;
    const inner = yield* find(joined.text, needles, { escapes: 0, base64, isJoined: true });
    // A place that ends at a line break leaves the break as it is.
    return inner.map(({ start, end, mask }) => (
      { start: origins[start] ?? 0, end: (origins[end - 1] ?? 0) + 1, mask }
    ));
  }

  /** {@link find}, also where a secret holds what looks like another kind of escape. */
  function* findAll(text: string, needles: Needles): Pieces<Place[]> {
    if (needles.isEmpty()) return [];
    const kinds = escapeKinds(text);
    const found = yield* find(text, needles, LAYERS);
    if (kinds.length < 2) return found;
    const layers: Layers = { escapes: 3, base64: 0, isJoined: true };
    const more: Place[][] = [];
    for (const kind of kinds) more.push(yield* findInEscapes(text, needles, { ...layers, kind }));
    return found.concat(...more);
  }

  function masked(text: string, found: Place[]): string {
    if (found.length === 0) return text;
    for (const { index, 0: mask } of text.matchAll(MASK)) {
      found.push({ start: index, end: index + mask.length, mask: undefined });
    }
    return replaceAll(text, found);
  }

  function remember(value: string): void {
    if (SYNTAX.test(value)) return;
    secrets.add(value);
    if (isWeakSecret(value)) {
      fresh.weak.push(value);
    } else {
      fresh[isOneWord(value) ? "words" : "strong"].push(value);
      shortest = Math.min(shortest, /[&%\\]/.test(value) ? 4 : value.length);
    }
  }

  function* findStrong(text: string): Pieces<Place[]> {
    // No spelling is shorter than its secret.
    if (text.length < shortest) return [];
    return yield* findAll(text, needlesOf(strong, fresh.strong));
  }
  const hasWords = () =>
    !words.isEmpty() || !weak.isEmpty() || fresh.words.length + fresh.weak.length > 0;
  function* findWords(text: string): Pieces<Place[]> {
    if (!hasWords()) return [];
    const found = yield* findAll(text, needlesOf(words, fresh.words));
    return found.concat(yield* findAll(text, weakNeedles()));
  }

  function* maskForeignPieces(text: string): Pieces<string> {
    const found = yield* findStrong(text);
    return masked(text, found.concat(yield* findWords(text)));
  }

  return {
    add(value) {
      if (value && !secrets.has(value)) remember(value);
    },
    learn(value) {
      if (secrets.has(value) || learned >= MOST_LEARNED) return;
      learned += 1;
      remember(value);
    },
    mask(text) {
      const found = finish(findStrong(text));
      const parts = hasWords() ? quotedParts(text) : [];
      for (const { start, end } of parts) {
        for (const place of finish(findWords(text.slice(start + 1, end)))) {
          const from = start + 1;
          found.push({ ...place, start: place.start + from, end: place.end + from });
        }
      }
      return masked(text, found);
    },
    maskForeign: (text) => finish(maskForeignPieces(text)),
    maskForeignPieces,
  };
}

/** Places of a resolved text, in the text that it was made from. */
function inPlace(places: readonly Place[], { origins }: ResolvedText): Place[] {
  return places.map(({ start, end, mask }) => (
    { start: origins[start] ?? 0, end: origins[end] ?? origins.at(-1) ?? 0, mask }
  ));
}

/** Writes a mask over each place; where places overlap, the first and longest names the mask. */
function replaceAll(text: string, found: Place[]): string {
  found.sort((a, b) => a.start - b.start || b.end - a.end);
  let masked = "";
  let at = 0;
  for (const { start, end, mask } of found) {
    if (end <= at) continue;
    masked += text.slice(at, Math.max(at, start));
    if (start >= at) masked += mask ?? text.slice(start, end);
    at = end;
  }
  return masked + text.slice(at);
}
