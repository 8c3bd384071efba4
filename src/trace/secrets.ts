import { runAtOnce, type Work } from "../core/work.ts";
import { encodingsOf, tokenEncodingsOf } from "./encodings.ts";
import { createMatcher, type Match, type Pattern } from "./matcher.ts";
import { findSecrets } from "./secret_search.ts";
import { isOneWord, isWeakSecret } from "./weak_secrets.ts";

export interface Secrets {
  /**
   * Adds a secret. It is masked in every encoding too: percent, form, JSON, HTML, hexadecimal, base64 (also
   * base64 of base64, and in lines), also nested; and in upper and lower case, because names of header
   * fields and hosts are shown in lower case.
   *
   * A weak secret ({@link isWeakSecret}) is masked only in foreign text, and only as a complete word; a
   * single word ({@link isOneWord}) only in foreign text, but also as a part of a word.
   */
  add(value: string | null | undefined): void;
  /** Adds a secret that a server's text showed; only the first 64. */
  learn(value: string): void;
  isEmpty(): boolean;
  /** Masks a text of mcpass: weak secrets only between double quotes, where foreign text is. */
  mask(text: string): string;
  maskForeign(text: string): string;
  /** For a long text, which takes seconds. */
  maskForeignWork(text: string): Work<string>;
}

const MAX_LEARNED = 64;

const MASK = /\[masked(?: sha256:[0-9a-f]{8})?\]/g;

const PRINTABLE = /^[\t\r\n\x20-\x7e]*$/;

const QUOTED = /"([^"]*)"/g;

/** Values that are part of the syntax of every document. */
const SYNTAX = /^(?:true|false|null|-?\d{1,3})$/i;

function createGroup(wholeWords: boolean, patternsOf: (secret: string) => Pattern[]) {
  const matcher = createMatcher(wholeWords);
  // Most texts are shorter than any secret, and need no encodings.
  const added: string[] = [];
  let isEmpty = true;
  let isPrintable = true;
  return {
    add(secret: string) {
      isEmpty = false;
      added.push(secret);
    },
    *find(text: string, shortest: number): Work<Match[]> {
      if (isEmpty) return [];
      for (const pattern of added.splice(0).flatMap(patternsOf)) {
        matcher.add(pattern);
        isPrintable &&= PRINTABLE.test(pattern.text);
      }
      return yield* findSecrets(text, { matcher, shortest, isPrintable });
    },
  };
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
    if (isWeakSecret(value)) return weak.add(value);
    (isOneWord(value) ? words : strong).add(value);
    shortest = Math.min(shortest, /[&%\\]/.test(value) ? 4 : value.length);
  }

  function* findStrong(text: string): Work<Match[]> {
    // No encoding is shorter than its secret.
    return text.length < shortest ? [] : yield* strong.find(text, shortest);
  }

  function* findWords(text: string): Work<Match[]> {
    return (yield* words.find(text, shortest)).concat(yield* weak.find(text, shortest));
  }

  function* maskForeignWork(text: string): Work<string> {
    const found = yield* findStrong(text);
    return withMasks(text, found.concat(yield* findWords(text)));
  }

  return {
    add(value) {
      if (value && !known.has(value)) remember(value);
    },
    learn(value) {
      if (known.has(value) || learned >= MAX_LEARNED) return;
      learned += 1;
      remember(value);
    },
    isEmpty: () => known.size === 0,
    mask(text) {
      const found = runAtOnce(findStrong(text));
      for (const { index, 1: quoted = "" } of text.matchAll(QUOTED)) {
        const from = index + 1;
        for (const { start, end, mask } of runAtOnce(findWords(quoted))) {
          found.push({ start: start + from, end: end + from, mask });
        }
      }
      return withMasks(text, found);
    },
    maskForeign: (text) => runAtOnce(maskForeignWork(text)),
    maskForeignWork,
  };
}

/** Of matches that overlap, the first and longest one has its mask shown. */
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
