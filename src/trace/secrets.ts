/**
 * The values that must never be shown.
 *
 * @module
 */

import { type EscapeKind, escapeKinds, resolveEscapes } from "./escapes.ts";
import { spellingsOf, tokenSpellingsOf } from "./spellings.ts";
import { isOneWord, isWeakSecret, maskOfAny } from "./weak_secrets.ts";

/** Collects secret values as they arise and masks them wherever they occur. */
export interface Secrets {
  /**
   * Remembers a secret. It is masked in every encoding too: percent, form, JSON, HTML, hexadecimal,
   * base64 (also base64 of base64), and these within each other.
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

interface Place {
  readonly start: number;
  readonly end: number;
  /** What to write there; undefined for a mask that is already in the text. */
  readonly mask: string | undefined;
}

/** What to look for. */
interface Needle {
  readonly text: string;
  readonly base64: boolean;
  /** True for a weak secret: only as a complete word. */
  readonly word: boolean;
  readonly secret: string;
}

/** How far encodings within encodings are followed. */
interface Layers {
  readonly escapes: number;
  readonly base64: number;
  /** The only kind of escapes that is resolved; all without it. */
  readonly kind?: EscapeKind;
}

const LAYERS: Layers = { escapes: 4, base64: 2 };
const MOST_LEARNED = 64;
/** Longer spellings are found by their last characters: this bounds the work of a search. */
const LONGEST_SEARCHED = 64;

const MASK = /\[masked(?: sha256:[0-9a-f]{8})?\]/g;
const BASE64 = /[A-Za-z0-9+/_-]/;
const BASE64_RUN = /[A-Za-z0-9+/_-]{14,}/g;
/** For weak secrets, which are shorter. */
const SHORT_BASE64_RUN = /[A-Za-z0-9+/_-]{8,}/g;
const WORD = /[\p{L}\p{N}_-]/u;
const PRINTABLE = /^[\t\r\n\x20-\x7e]*$/;

/** Values that are part of the syntax of every document. */
const SYNTAX = /^(?:true|false|null|-?\d{1,3})$/i;

/** `place`, grown to the whole base64 text it lies in, back to `least` at most. */
function wholeBase64(text: string, place: Place, least: number): Place {
  let { start, end } = place;
  while (start > least && BASE64.test(text.charAt(start - 1))) start--;
  while (BASE64.test(text.charAt(end))) end++;
  while (text.charAt(end) === "=") end++;
  return { ...place, start, end };
}

function isCompleteWord(text: string, start: number, end: number): boolean {
  return !WORD.test(text.charAt(start - 1)) && !WORD.test(text.charAt(end));
}

/** Adds the places of one spelling to `found`. The work grows linearly with the text. */
function findPlaces(text: string, needle: Needle, found: Place[]): void {
  const tail = needle.text.slice(-LONGEST_SEARCHED);
  const rest = needle.text.length - tail.length;
  let mask: string | undefined;
  let steps = 4 * text.length;
  let done = 0;
  let next = 0;
  for (let at = text.indexOf(tail); at !== -1; at = text.indexOf(tail, next)) {
    const end = at + tail.length;
    let start = at;
    for (let left = rest; left > 0 && start > done; left -= 1) {
      if (text[start - 1] !== needle.text[left - 1]) break;
      start--;
    }
    steps -= at - start;
    // A text that repeats parts of the secret without end: its parts are masked too.
    const isPlace = (at - start === rest || steps < 0) &&
      !(needle.word && !isCompleteWord(text, at, end));
    next = at + 1;
    if (!isPlace) continue;
    mask ??= maskOfAny(needle.secret);
    const exact = { start, end, mask };
    const place = needle.base64 ? wholeBase64(text, exact, done) : exact;
    found.push(place);
    done = next = place.end;
  }
}

const DECODER = new TextDecoder();

/** The text in a run of base64; undefined where it is none. */
function decodedRun(run: string): string | undefined {
  const alphabet = run.replaceAll("-", "+").replaceAll("_", "/");
  const whole = alphabet.length % 4 === 1 ? alphabet.slice(0, -1) : alphabet;
  try {
    return DECODER.decode(Uint8Array.fromBase64(whole));
  } catch {
    return undefined;
  }
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
  const strong: Needle[] = [];
  const words: Needle[] = [];
  const weak: Needle[] = [];
  let shortest = Infinity;
  let learned = 0;

  /** `known`, with the spellings of new secrets added. */
  function needlesOf(known: Needle[], added: string[]): readonly Needle[] {
    for (const secret of added.splice(0)) {
      known.push(...spellingsOf(secret).map((it) => ({ ...it, word: false, secret })));
    }
    return known;
  }

  function weakNeedles(): readonly Needle[] {
    for (const secret of fresh.weak.splice(0)) {
      const spellings = tokenSpellingsOf(secret);
      weak.push(...spellings.map((text) => ({ text, base64: false, word: true, secret })));
    }
    return weak;
  }

  function find(text: string, needles: readonly Needle[], layers: Layers): Place[] {
    const found: Place[] = [];
    for (const needle of needles) {
      if (needle.text.length <= text.length) findPlaces(text, needle, found);
    }
    if (layers.base64 > 0) {
      const runs = needles[0]?.word ? SHORT_BASE64_RUN : BASE64_RUN;
      for (const { 0: run, index } of text.matchAll(runs)) {
        // What it means has to be as long as a secret.
        if (!needles[0]?.word && run.length * 3 < shortest * 4) continue;
        const inside = findInRun(run, needles, layers.base64 - 1);
        if (inside === undefined) continue;
        const place = { start: index, end: index + run.length, mask: inside.mask };
        found.push(wholeBase64(text, place, index));
      }
    }
    return found.concat(findInEscapes(text, needles, layers));
  }

  function findInEscapes(text: string, needles: readonly Needle[], layers: Layers): Place[] {
    const resolved = layers.escapes === 0 ? undefined : resolveEscapes(text, layers.kind);
    if (resolved === undefined) return [];
    const { origins } = resolved;
    const inner = find(resolved.text, needles, { ...layers, escapes: layers.escapes - 1 });
    return inner.map(({ start, end, mask }) => (
      { start: origins[start] ?? 0, end: origins[end] ?? text.length, mask }
    ));
  }

  /** {@link find}, also where a secret holds what looks like another kind of escape. */
  function findAll(text: string, needles: readonly Needle[]): Place[] {
    const kinds = escapeKinds(text);
    const found = find(text, needles, LAYERS);
    return kinds.length < 2 ? found : found.concat(
      kinds.flatMap((kind) => findInEscapes(text, needles, { escapes: 3, base64: 0, kind })),
    );
  }

  /** A place in what a run of base64 says; other text may precede the encoded text in the run. */
  function findInRun(run: string, needles: readonly Needle[], base64: number): Place | undefined {
    for (let skipped = 0; skipped < 4; skipped += 1) {
      const text = decodedRun(run.slice(skipped));
      // A short word occurs by chance in what a run means that is not base64 at all.
      if (text === undefined || (needles[0]?.word && !PRINTABLE.test(text))) continue;
      const [place] = find(text, needles, { escapes: 1, base64: skipped === 0 ? base64 : 0 });
      if (place !== undefined) return place;
    }
    return undefined;
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
  const hasWords = () => words.length + fresh.words.length + weak.length + fresh.weak.length > 0;
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
