/**
 * How many columns of a terminal a text needs.
 *
 * Not a library: every start measures text, and `fast-string-width`, which the prompts use, creates its
 * regular expressions when it is loaded: 4.7 of 150 million instructions of `mcpass --version`. Here
 * the tables of Unicode are made for the first text that needs them.
 *
 * @module
 */

/** Characters of one column: Latin letters, and the symbols that this program writes. */
const NARROW =
  /^[\x20-\x7e\xa1-\xac\xae-\u02ff\u2010-\u2027\u2190-\u21ff\u2713\u2717\u2800-\u28ff]*$/;

interface Tables {
  /** Splits a text into characters as a person counts them. */
  readonly segmenter: Intl.Segmenter;
  /** Characters of two columns: wide and fullwidth (UAX 11), and emoji. */
  readonly wide: RegExp;
  /** Combining marks, which are drawn over the character before them. */
  readonly mark: RegExp;
}

let cached: Tables | undefined;

function tables(): Tables {
  cached ??= {
    segmenter: new Intl.Segmenter(),
    wide: new RegExp(
      "\\p{Emoji_Presentation}|[\\u1100-\\u115f\\u2e80-\\u303e\\u3041-\\ua4cf\\ua960-\\ua97f" +
        "\\uac00-\\ud7a3\\uf900-\\ufaff\\ufe30-\\ufe6f\\uff01-\\uff60\\uffe0-\\uffe6" +
        "\\u{17000}-\\u{1b2ff}\\u{1f200}-\\u{1f2ff}\\u{20000}-\\u{3fffd}]",
      "u",
    ),
    mark: /^\p{M}+$/u,
  };
  return cached;
}

/** The characters of a text as a person counts them, each with its columns. */
function graphemes(text: string): (readonly [grapheme: string, columns: number])[] {
  const { segmenter, wide, mark } = tables();
  return [...segmenter.segment(text)].map(({ segment }) => [
    segment,
    wide.test(segment) ? 2 : mark.test(segment) ? 0 : 1,
  ]);
}

/** Columns of a text without control characters. */
export function columnsOf(text: string): number {
  if (NARROW.test(text)) return text.length;
  return graphemes(text).reduce((sum, [, columns]) => sum + columns, 0);
}

/** The text, cut with `…` if it needs more columns. */
export function cutTo(text: string, columns: number): string {
  if (columnsOf(text) <= columns) return text;
  if (columns < 1) return "";
  if (NARROW.test(text)) return `${text.slice(0, columns - 1)}…`;
  let cut = "";
  let left = columns - 1;
  for (const [grapheme, width] of graphemes(text)) {
    left -= width;
    if (left < 0) break;
    cut += grapheme;
  }
  return `${cut}…`;
}
