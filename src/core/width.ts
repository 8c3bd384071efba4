/**
 * How many columns of a terminal a text takes.
 *
 * @module
 */

/** What takes a column a character, so that nothing has to be looked up. */
const NARROW = /^[\x20-\x7e]*$/;

/** Characters of two columns: what Unicode calls wide or fullwidth (UAX 11), and emoji. */
const WIDE = new RegExp(
  "\\p{Emoji_Presentation}|[\\u1100-\\u115f\\u2e80-\\u303e\\u3041-\\ua4cf\\ua960-\\ua97f" +
    "\\uac00-\\ud7a3\\uf900-\\ufaff\\ufe30-\\ufe6f\\uff01-\\uff60\\uffe0-\\uffe6" +
    "\\u{17000}-\\u{1b2ff}\\u{1f200}-\\u{1f2ff}\\u{20000}-\\u{3fffd}]",
  "u",
);

/** What is drawn upon the character before it. */
const MARK = /^\p{M}+$/u;

let segmenter: Intl.Segmenter | undefined;

/** The characters as a person counts them. */
function graphemes(text: string): string[] {
  segmenter ??= new Intl.Segmenter();
  return [...segmenter.segment(text)].map(({ segment }) => segment);
}

function graphemeColumns(grapheme: string): number {
  if (WIDE.test(grapheme)) return 2;
  return MARK.test(grapheme) ? 0 : 1;
}

/** Columns of a text without control characters. */
export function columnsOf(text: string): number {
  if (NARROW.test(text)) return text.length;
  return graphemes(text).reduce((sum, grapheme) => sum + graphemeColumns(grapheme), 0);
}

/** The text, cut with `…` where it takes more columns. */
export function cutTo(text: string, columns: number): string {
  if (columnsOf(text) <= columns) return text;
  let taken = "";
  let left = columns - 1;
  for (const grapheme of graphemes(text)) {
    left -= graphemeColumns(grapheme);
    if (left < 0) break;
    taken += grapheme;
  }
  return columns < 1 ? "" : `${taken}…`;
}
