/**
 * Measures text in columns of a terminal. `fast-string-width`, which the prompts use, creates its regular
 * expressions when it is loaded: 4.7 of the 150 million instructions of `mcpass --version`. Here the first
 * text that needs them creates them.
 * @module
 */

/** Characters of one column: Latin letters, and the symbols that mcpass writes. */
const NARROW =
  /^[\x20-\x7e\xa1-\xac\xae-\u02ff\u2010-\u2027\u2190-\u21ff\u2713\u2717\u2800-\u28ff]*$/;

function createTables() {
  return {
    segmenter: new Intl.Segmenter(),
    /** Characters of two columns: wide and fullwidth (UAX 11), and emoji. */
    wide: new RegExp(
      "\\p{Emoji_Presentation}|[\\u1100-\\u115f\\u2e80-\\u303e\\u3041-\\ua4cf\\ua960-\\ua97f" +
        "\\uac00-\\ud7a3\\uf900-\\ufaff\\ufe30-\\ufe6f\\uff01-\\uff60\\uffe0-\\uffe6" +
        "\\u{17000}-\\u{1b2ff}\\u{1f200}-\\u{1f2ff}\\u{20000}-\\u{3fffd}]",
      "u",
    ),
    /** Combining marks, which are drawn over the character before them. */
    mark: /^\p{M}+$/u,
  };
}

let tables: ReturnType<typeof createTables> | undefined;

function graphemes(text: string): (readonly [grapheme: string, columns: number])[] {
  const { segmenter, wide, mark } = tables ??= createTables();
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

/**
 * Breaks text between words. A word longer than the width is not broken, so it can be copied.
 *
 * @param hanging The indent of the lines after the first.
 */
export function wrap(text: string, width: number, indent = "", hanging = indent): string[] {
  const lines: string[] = [];
  let line = "";
  let columns = 0;
  for (const word of text.split(/\s+/).filter((part) => part !== "")) {
    const more = columnsOf(word);
    if (line !== "" && columns + 1 + more <= width) {
      line += ` ${word}`;
      columns += 1 + more;
      continue;
    }
    const start = line === "" ? indent : hanging;
    if (line !== "") lines.push(line);
    line = start + word;
    columns = columnsOf(start) + more;
  }
  return line === "" ? lines : [...lines, line];
}
