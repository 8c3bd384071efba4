/**
 * How many columns of a terminal a text takes.
 *
 * The libraries that count columns (`fast-string-width`, which the prompts bring) are not used: every
 * line of a login is wrapped, so that they would be parsed at each of its starts, for the few texts
 * that need a table. The platform's tables are made when the first such text comes: its segmenter takes
 * half the time that this program needs to start.
 *
 * @module
 */

/**
 * What takes a column a character, so that nothing has to be looked up: Latin letters, and the signs
 * that this program writes itself.
 */
const NARROW =
  /^[\x20-\x7e\xa1-\xac\xae-\u02ff\u2010-\u2027\u2190-\u21ff\u2713\u2717\u2800-\u28ff]*$/;

/** What only Unicode knows. */
interface Tables {
  /** Characters as a person counts them. */
  readonly segmenter: Intl.Segmenter;
  /** Characters of two columns: what Unicode calls wide or fullwidth (UAX 11), and emoji. */
  readonly wide: RegExp;
  /** What is drawn upon the character before it. */
  readonly mark: RegExp;
}

let made: Tables | undefined;

function tables(): Tables {
  made ??= {
    segmenter: new Intl.Segmenter(),
    wide: new RegExp(
      "\\p{Emoji_Presentation}|[\\u1100-\\u115f\\u2e80-\\u303e\\u3041-\\ua4cf\\ua960-\\ua97f" +
        "\\uac00-\\ud7a3\\uf900-\\ufaff\\ufe30-\\ufe6f\\uff01-\\uff60\\uffe0-\\uffe6" +
        "\\u{17000}-\\u{1b2ff}\\u{1f200}-\\u{1f2ff}\\u{20000}-\\u{3fffd}]",
      "u",
    ),
    mark: /^\p{M}+$/u,
  };
  return made;
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

/** The text, cut with `…` where it takes more columns. */
export function cutTo(text: string, columns: number): string {
  if (columnsOf(text) <= columns) return text;
  if (columns < 1) return "";
  if (NARROW.test(text)) return `${text.slice(0, columns - 1)}…`;
  let taken = "";
  let left = columns - 1;
  for (const [grapheme, width] of graphemes(text)) {
    left -= width;
    if (left < 0) break;
    taken += grapheme;
  }
  return `${taken}…`;
}
