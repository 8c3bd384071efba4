/**
 * The values that must never be shown.
 *
 * @module
 */

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

/** The text in a run of base64; undefined where it is none. */
function decodedBase64(run: string): string | undefined {
  const alphabet = /[-_]/.test(run) ? run.replaceAll("-", "+").replaceAll("_", "/") : run;
  const whole = alphabet.length % 4 === 1 ? alphabet.slice(0, -1) : alphabet;
  try {
    return DECODER.decode(Uint8Array.fromBase64(whole));
  } catch {
    return undefined;
  }
}

/** The text in hexadecimal digits, which may have other characters between them. */
function decodedHex(run: string): string {
  const digits = run.replace(/[^0-9a-f]/gi, "");
  return DECODER.decode(Uint8Array.fromHex(digits.slice(0, digits.length & ~1)));
}

/** How a run may be decoded, from each of its first characters. */
interface Alignments {
  decoded(run: string): string | undefined;
  /** How many of the first characters the encoded text may begin at. */
  readonly count: number;
  /** From how many of them the decoded text is searched for runs too: this bounds the work. */
  readonly nested: number;
}

const BASE64_ALIGNMENTS: Alignments = { decoded: decodedBase64, count: 4, nested: 1 };
const HEX_ALIGNMENTS: Alignments = { decoded: decodedHex, count: 2, nested: 2 };

/** A character that is in no text. */
const BETWEEN = "\uffff";

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

  function find(text: string, needles: Needles, layers: Layers): Place[] {
    const found = needles.placesIn(text);
    return found.concat(
      layers.base64 > 0 ? findInRuns(text, needles, layers.base64 - 1) : [],
      findInEscapes(text, needles, layers),
      layers.isJoined ? [] : findInLines(text, needles, layers),
    );
  }

  /** Places in what runs of base64 and hexadecimal say. */
  function findInRuns(text: string, needles: Needles, base64: number): Place[] {
    const isWord = needles.areWords;
    // What it means has to be as long as a secret.
    const inBase64 = [...text.matchAll(isWord ? SHORT_BASE64_RUN : BASE64_RUN)]
      .filter(([run]) => isWord || run.length * 3 >= shortest * 4);
    const inHex = [...text.matchAll(HEX_RUN)]
      .filter(([run]) => isWord || run.length >= shortest * 2);
    return [
      ...findDecoded(inBase64, needles, base64, BASE64_ALIGNMENTS)
        .map((place) => wholeBase64(text, place, place.start)),
      ...findDecoded(inHex, needles, base64, HEX_ALIGNMENTS),
    ];
  }

  /** The runs in whose meaning a secret is. */
  function findDecoded(
    runs: readonly RegExpExecArray[],
    needles: Needles,
    base64: number,
    { decoded, count, nested }: Alignments,
  ): Place[] {
    if (runs.length === 0) return [];
    const isWord = needles.areWords;
    const found: Place[] = [];
    for (const [from, to, inner] of [[0, nested, base64], [nested, count, 0]] as const) {
      // One search in all of them: a text may have thousands of runs.
      const pieces: string[] = [];
      const ends: number[] = [];
      let length = 0;
      for (const { 0: run } of runs) {
        for (let skipped = from; skipped < to; skipped += 1) {
          const text = decoded(run.slice(skipped)) ?? "";
          // A short word occurs by chance in what a run means that is not base64 at all.
          if (isWord && !PRINTABLE.test(text)) continue;
          pieces.push(text, BETWEEN);
          length += text.length + BETWEEN.length;
        }
        ends.push(length);
      }
      const layers = { escapes: ESCAPES_IN_RUN, base64: inner, isJoined: true };
      const places = find(pieces.join(""), needles, layers).sort((a, b) => a.start - b.start);
      let at = 0;
      for (const { start, mask } of places) {
        while (start >= (ends[at] ?? Infinity)) at += 1;
        const run = runs[at];
        if (run !== undefined) {
          found.push({ start: run.index, end: run.index + run[0].length, mask });
        }
      }
    }
    return found;
  }

  function findInEscapes(text: string, needles: Needles, layers: Layers): Place[] {
    const resolved = layers.escapes === 0 ? undefined : resolveEscapes(text, layers.kind);
    if (resolved === undefined) return [];
    const inner = find(resolved.text, needles, { ...layers, escapes: layers.escapes - 1 });
    return inPlace(inner, resolved);
  }

  /** Places in base64 and hexadecimal that an encoder broke into lines. */
  function findInLines(text: string, needles: Needles, { base64 }: Layers): Place[] {
    const joined = joinLines(text);
    if (joined === undefined) return [];
    const { origins } = joined;
    // A place that ends at a line break leaves the break as it is.
    return find(joined.text, needles, { escapes: 0, base64, isJoined: true })
      .map(({ start, end, mask }) => (
        { start: origins[start] ?? 0, end: (origins[end - 1] ?? 0) + 1, mask }
      ));
  }

  /** {@link find}, also where a secret holds what looks like another kind of escape. */
  function findAll(text: string, needles: Needles): Place[] {
    if (needles.isEmpty()) return [];
    const kinds = escapeKinds(text);
    const found = find(text, needles, LAYERS);
    return kinds.length < 2 ? found : found.concat(
      kinds.flatMap((kind) =>
        findInEscapes(text, needles, { escapes: 3, base64: 0, isJoined: true, kind })
      ),
    );
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

  // No spelling is shorter than its secret.
  const strongPlaces = (text: string) =>
    text.length < shortest ? [] : findAll(text, needlesOf(strong, fresh.strong));
  const hasWords = () =>
    !words.isEmpty() || !weak.isEmpty() || fresh.words.length + fresh.weak.length > 0;
  const wordPlaces = (text: string) =>
    hasWords()
      ? [...findAll(text, needlesOf(words, fresh.words)), ...findAll(text, weakNeedles())]
      : [];

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
      const found = strongPlaces(text);
      const parts = hasWords() ? quotedParts(text) : [];
      for (const { start, end } of parts) {
        for (const place of wordPlaces(text.slice(start + 1, end))) {
          const from = start + 1;
          found.push({ ...place, start: place.start + from, end: place.end + from });
        }
      }
      return masked(text, found);
    },
    maskForeign: (text) => masked(text, [...strongPlaces(text), ...wordPlaces(text)]),
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
