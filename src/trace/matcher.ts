/** Finds the encodings of all secrets in linear time. @module */

import { maskOfAny } from "./weak_secrets.ts";

export interface Match {
  readonly start: number;
  readonly end: number;
  /** Undefined for a mask that is already in the text. */
  readonly mask: string | undefined;
}

export interface Pattern {
  readonly text: string;
  /** True: the base64 text around it belongs to the match, and case matters. */
  readonly base64: boolean;
  readonly secret: string;
}

export interface Matcher {
  /** True for weak secrets: only complete words match. */
  readonly wholeWords: boolean;
  add(pattern: Pattern): void;
  matchesIn(text: string): Match[];
}

/** Longer patterns are found by their last characters, which bounds the work. */
const MAX_SEARCHED = 64;
/** Characters of a pattern in the index. */
const START = 4;

const BASE64 = /[A-Za-z0-9+/_-]/;
const WORD = /[\p{L}\p{N}_-]/u;

export function wholeBase64(text: string, match: Match, minStart: number): Match {
  let { start, end } = match;
  while (start > minStart && BASE64.test(text.charAt(start - 1))) start--;
  while (BASE64.test(text.charAt(end))) end++;
  while (text.charAt(end) === "=") end++;
  return { ...match, start, end };
}

/** Letters whose lower case has another length, or depends on the letters around it. */
const SPECIAL = /[\u0130\u03a3]/g;

/** Does not change the length. */
function inLowerCase(text: string): string {
  return text.replace(SPECIAL, (letter) => letter === "\u0130" ? "i" : "\u03c3").toLowerCase();
}

interface PatternTail {
  readonly pattern: Pattern;
  readonly text: string;
  readonly tail: string;
}

type OnTail = (tail: PatternTail, at: number) => void;

/** Adds a character to the last four characters as a number. */
const shifted = (start: number, code: number) => (start << 8) ^ code;
const slotOf = (start: number) => Math.imul(start, 0x9e3779b1) >>> 16;

/** Up to these limits, patterns are searched one by one. */
const FEW = { patterns: 64, characters: 4096 };

function createTable() {
  const isUsed = new Uint8Array(1 << 16);
  const byStart = new Map<number, PatternTail[]>();
  return {
    add(added: PatternTail): void {
      let start = 0;
      for (let at = 0; at < START; at += 1) start = shifted(start, added.tail.charCodeAt(at));
      isUsed[slotOf(start)] = 1;
      byStart.set(start, [...byStart.get(start) ?? [], added]);
    },
    scan(text: string, onTail: OnTail): void {
      let start = 0;
      for (let end = 0; end < text.length; end += 1) {
        start = shifted(start, text.charCodeAt(end));
        if (isUsed[slotOf(start)] === 0) continue;
        const at = end - START + 1;
        for (const candidate of byStart.get(start) ?? []) {
          if (text.startsWith(candidate.tail, at)) onTail(candidate, at);
        }
      }
    },
  };
}

/** A usual login has short texts and few patterns, which need no table. */
function createTailIndex() {
  const short: PatternTail[] = [];
  const long: PatternTail[] = [];
  let table: ReturnType<typeof createTable> | undefined;
  function scanEach(tails: readonly PatternTail[], text: string, onTail: OnTail): void {
    for (const each of tails) {
      let at = text.indexOf(each.tail);
      for (; at !== -1; at = text.indexOf(each.tail, at + 1)) onTail(each, at);
    }
  }
  return {
    add(added: PatternTail): void {
      (added.tail.length < START ? short : long).push(added);
      if (added.tail.length >= START) table?.add(added);
    },
    /** Reports where each tail is, in order. */
    scan(text: string, onTail: OnTail): void {
      scanEach(short, text, onTail);
      if (long.length <= FEW.patterns && text.length <= FEW.characters) {
        return scanEach(long, text, onTail);
      }
      if (table === undefined) {
        table = createTable();
        long.forEach(table.add);
      }
      table.scan(text, onTail);
    },
  };
}

export function createMatcher(wholeWords: boolean): Matcher {
  const index = { base64: createTailIndex(), anyCase: createTailIndex() };

  function scan(text: string, kind: "base64" | "anyCase"): Match[] {
    const found: Match[] = [];
    /** The end of the last match, and how many characters may still be compared before tails. */
    const all = new Map<PatternTail, { done: number; steps: number }>();
    index[kind].scan(text, (candidate, at) => {
      const { pattern, tail } = candidate;
      const progress = all.get(candidate) ?? { done: 0, steps: 4 * text.length };
      all.set(candidate, progress);
      if (at < progress.done) return;
      const end = at + tail.length;
      const rest = candidate.text.length - tail.length;
      let start = at;
      for (let left = rest; left > 0 && start > progress.done; left -= 1) {
        if (text[start - 1] !== candidate.text[left - 1]) break;
        start--;
      }
      progress.steps -= at - start;
      // In a text that repeats parts of the secret very often, the parts are masked too.
      if (at - start !== rest && progress.steps >= 0) return;
      if (wholeWords && (WORD.test(text.charAt(at - 1)) || WORD.test(text.charAt(end)))) return;
      const exact = { start, end, mask: maskOfAny(pattern.secret) };
      const match = pattern.base64 ? wholeBase64(text, exact, progress.done) : exact;
      found.push(match);
      progress.done = match.end;
    });
    return found;
  }

  return {
    wholeWords,
    add(pattern) {
      const text = pattern.base64 ? pattern.text : inLowerCase(pattern.text);
      const tail = text.slice(-MAX_SEARCHED);
      index[pattern.base64 ? "base64" : "anyCase"].add({ pattern, text, tail });
    },
    matchesIn: (text) => scan(text, "base64").concat(scan(inLowerCase(text), "anyCase")),
  };
}
