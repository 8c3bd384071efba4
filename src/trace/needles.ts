/**
 * Looking for many texts at once: the spellings of secrets.
 *
 * @module
 */

import { maskOfAny } from "./weak_secrets.ts";

/** A part of a text that is masked. */
export interface Place {
  /** Index of its first character. */
  readonly start: number;
  /** Index after its last character. */
  readonly end: number;
  /** What to write there; undefined for a mask that is already in the text. */
  readonly mask: string | undefined;
}

/** What to look for. */
export interface Needle {
  /** The spelling. */
  readonly text: string;
  /** True where the base64 text around it belongs to it, and upper and lower case differ. */
  readonly base64: boolean;
  /** True for a weak secret: only as a complete word. */
  readonly word: boolean;
  /** The secret, whose mask is written. */
  readonly secret: string;
}

/** Needles that are looked for together. */
export interface Needles {
  /** True for weak secrets, which are in a set of their own. */
  readonly areWords: boolean;
  /** True without any. */
  isEmpty(): boolean;
  /** Adds one. */
  add(needle: Needle): void;
  /** Where they are, in any order. The work grows linearly with the text. */
  placesIn(text: string): Place[];
}

/** Longer spellings are found by their last characters: this bounds the work of a search. */
const LONGEST_SEARCHED = 64;
/** Characters by which places that may be a needle are recognized. */
const START = 4;

const BASE64 = /[A-Za-z0-9+/_-]/;
const WORD = /[\p{L}\p{N}_-]/u;

/** `place`, grown to the whole base64 text it lies in, back to `least` at most. */
export function wholeBase64(text: string, place: Place, least: number): Place {
  let { start, end } = place;
  while (start > least && BASE64.test(text.charAt(start - 1))) start--;
  while (BASE64.test(text.charAt(end))) end++;
  while (text.charAt(end) === "=") end++;
  return { ...place, start, end };
}

function isCompleteWord(text: string, start: number, end: number): boolean {
  return !WORD.test(text.charAt(start - 1)) && !WORD.test(text.charAt(end));
}

/** Letters whose lower case has another length, or depends on the letters around it. */
const SPECIAL = /[\u0130\u03a3]/g;

/** `text` in lower case, as long as before. */
function inLowerCase(text: string): string {
  return text.replace(SPECIAL, (letter) => letter === "\u0130" ? "i" : "\u03c3").toLowerCase();
}

/** A needle, and how far the search for it is. */
interface Search {
  readonly needle: Needle;
  readonly text: string;
  readonly tail: string;
}

interface Progress {
  /** Characters that may still be compared before the tail. */
  steps: number;
  done: number;
  next: number;
}

/** Hears of a tail, and where it is. */
type See = (search: Search, at: number) => void;

/** Needles by the first characters of their tails. */
interface Index {
  add(search: Search): void;
  /** Reports where each tail is, in order. */
  scan(text: string, see: See): void;
}

/** The last four characters as a number, after another one. */
const shifted = (start: number, code: number) => (start << 8) ^ code;
const slotOf = (start: number) => Math.imul(start, 0x9e3779b1) >>> 16;

/** Up to so many needles are looked for one by one in a text of up to so many characters. */
const FEW = { needles: 64, characters: 4096 };

function createTable(): Index {
  const isUsed = new Uint8Array(1 << 16);
  const byStart = new Map<number, Search[]>();
  return {
    add(search) {
      let start = 0;
      for (let at = 0; at < START; at += 1) start = shifted(start, search.tail.charCodeAt(at));
      isUsed[slotOf(start)] = 1;
      byStart.set(start, [...byStart.get(start) ?? [], search]);
    },
    scan(text, see) {
      let start = 0;
      for (let end = 0; end < text.length; end += 1) {
        start = shifted(start, text.charCodeAt(end));
        if (isUsed[slotOf(start)] === 0) continue;
        const at = end - START + 1;
        for (const search of byStart.get(start) ?? []) {
          if (text.startsWith(search.tail, at)) see(search, at);
        }
      }
    },
  };
}

/** The texts of a usual login are short and its needles few: they need no table. */
function createIndex(): Index {
  const short: Search[] = [];
  const long: Search[] = [];
  let table: Index | undefined;
  function scanEach(searches: readonly Search[], text: string, see: See): void {
    for (const search of searches) {
      let at = text.indexOf(search.tail);
      for (; at !== -1; at = text.indexOf(search.tail, at + 1)) see(search, at);
    }
  }
  return {
    add(search) {
      (search.tail.length < START ? short : long).push(search);
      if (search.tail.length >= START) table?.add(search);
    },
    scan(text, see) {
      scanEach(short, text, see);
      if (long.length <= FEW.needles && text.length <= FEW.characters) {
        return scanEach(long, text, see);
      }
      if (table === undefined) {
        table = createTable();
        long.forEach(table.add);
      }
      table.scan(text, see);
    },
  };
}

/** An empty set of needles. */
export function createNeedles(areWords: boolean): Needles {
  const index = { base64: createIndex(), anyCase: createIndex() };
  let isEmpty = true;

  function scan(text: string, kind: "base64" | "anyCase", found: Place[]): void {
    const all = new Map<Search, Progress>();
    index[kind].scan(text, (search, at) => {
      const { needle, tail } = search;
      const progress = all.get(search) ?? { steps: 4 * text.length, done: 0, next: 0 };
      all.set(search, progress);
      if (at < progress.next) return;
      const end = at + tail.length;
      const rest = search.text.length - tail.length;
      let start = at;
      for (let left = rest; left > 0 && start > progress.done; left -= 1) {
        if (text[start - 1] !== search.text[left - 1]) break;
        start--;
      }
      progress.steps -= at - start;
      // A text that repeats parts of the secret without end: its parts are masked too.
      const isPlace = (at - start === rest || progress.steps < 0) &&
        !(needle.word && !isCompleteWord(text, at, end));
      if (!isPlace) return;
      const exact = { start, end, mask: maskOfAny(needle.secret) };
      const place = needle.base64 ? wholeBase64(text, exact, progress.done) : exact;
      found.push(place);
      progress.done = progress.next = place.end;
    });
  }

  return {
    areWords,
    isEmpty: () => isEmpty,
    add(needle) {
      isEmpty = false;
      const text = needle.base64 ? needle.text : inLowerCase(needle.text);
      const tail = text.slice(-LONGEST_SEARCHED);
      index[needle.base64 ? "base64" : "anyCase"].add({ needle, text, tail });
    },
    placesIn(text) {
      const found: Place[] = [];
      scan(text, "base64", found);
      scan(inLowerCase(text), "anyCase", found);
      return found;
    },
  };
}
