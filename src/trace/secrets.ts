/** The values that must never be shown. @module */

import { finish, type Pieces } from "../core/pieces.ts";
import { encodingsOf, tokenEncodingsOf } from "./encodings.ts";
import { createMatcher, type Match, type Pattern } from "./matcher.ts";
import { findSecrets } from "./secret_search.ts";
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
  /** True if no secret is known: masking changes nothing. */
  isEmpty(): boolean;
  /** Masks a text of this program: words only between double quotes, where foreign text is. */
  mask(text: string): string;
  maskForeign(text: string): string;
  /** {@link maskForeign} with pauses: a long text takes seconds. */
  maskForeignPieces(text: string): Pieces<string>;
}

const MOST_LEARNED = 64;

const MASK = /\[masked(?: sha256:[0-9a-f]{8})?\]/g;

/** Values that are part of the syntax of every document. */
const SYNTAX = /^(?:true|false|null|-?\d{1,3})$/i;

function createGroup(wholeWords: boolean, patternsOf: (secret: string) => Pattern[]) {
  const matcher = createMatcher(wholeWords);
  // Most texts are shorter than any secret, and need no encodings.
  const added: string[] = [];
  return {
    add: (secret: string) => added.push(secret),
    isEmpty: () => added.length === 0 && matcher.isEmpty(),
    find(text: string, shortest: number): Pieces<Match[]> {
      added.splice(0).flatMap(patternsOf).forEach(matcher.add);
      return findSecrets(text, { matcher, shortest });
    },
  };
}

/** The parts of a text between double quotes. */
function quotedParts(text: string): Match[] {
  const parts: Match[] = [];
  let start = text.indexOf('"');
  while (start !== -1) {
    const end = text.indexOf('"', start + 1);
    if (end === -1) break;
    parts.push({ start, end, mask: undefined });
    start = text.indexOf('"', end + 1);
  }
  return parts;
}

export function createSecrets(): Secrets {
  const known = new Set<string>();
  const strong = createGroup(false, encodingsOf);
  const words = createGroup(false, encodingsOf);
  const weak = createGroup(true, tokenEncodingsOf);
  let shortest = Infinity;
  let learned = 0;

  function remember(value: string): void {
    if (SYNTAX.test(value)) return;
    known.add(value);
    if (isWeakSecret(value)) {
      weak.add(value);
      return;
    }
    (isOneWord(value) ? words : strong).add(value);
    shortest = Math.min(shortest, /[&%\\]/.test(value) ? 4 : value.length);
  }

  function* findStrong(text: string): Pieces<Match[]> {
    // No encoding is shorter than its secret.
    return text.length < shortest ? [] : yield* strong.find(text, shortest);
  }

  function* findWords(text: string): Pieces<Match[]> {
    const found = words.isEmpty() ? [] : yield* words.find(text, shortest);
    return weak.isEmpty() ? found : found.concat(yield* weak.find(text, shortest));
  }

  function* maskForeignPieces(text: string): Pieces<string> {
    const found = yield* findStrong(text);
    return withMasks(text, found.concat(yield* findWords(text)));
  }

  return {
    add(value) {
      if (value && !known.has(value)) remember(value);
    },
    learn(value) {
      if (known.has(value) || learned >= MOST_LEARNED) return;
      learned += 1;
      remember(value);
    },
    isEmpty: () => known.size === 0,
    mask(text) {
      const found = finish(findStrong(text));
      const parts = words.isEmpty() && weak.isEmpty() ? [] : quotedParts(text);
      for (const part of parts) {
        const from = part.start + 1;
        for (const { start, end, mask } of finish(findWords(text.slice(from, part.end)))) {
          found.push({ start: start + from, end: end + from, mask });
        }
      }
      return withMasks(text, found);
    },
    maskForeign: (text) => finish(maskForeignPieces(text)),
    maskForeignPieces,
  };
}

/** `text` with a mask over each match; where matches overlap, the first and longest names the mask. */
function withMasks(text: string, found: Match[]): string {
  if (found.length === 0) return text;
  for (const { index, 0: mask } of text.matchAll(MASK)) {
    found.push({ start: index, end: index + mask.length, mask: undefined });
  }
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
