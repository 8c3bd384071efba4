/**
 * How many columns of a terminal a text needs.
 *
 * @module
 */

import fastStringWidth from "fast-string-width";

/**
 * Characters of one column: Latin letters and the symbols that this program writes. Every line of a
 * login is measured; other texts need Unicode tables, which take longer to build than the program needs
 * to start.
 */
const NARROW =
  /^[\x20-\x7e\xa1-\xac\xae-\u02ff\u2010-\u2027\u2190-\u21ff\u2713\u2717\u2800-\u28ff]*$/;

/** Columns of a text without control characters. */
export function columnsOf(text: string): number {
  return NARROW.test(text) ? text.length : fastStringWidth(text);
}

/** The text, cut with `…` if it needs more columns. */
export function cutTo(text: string, columns: number): string {
  if (columnsOf(text) <= columns) return text;
  if (columns < 1) return "";
  if (NARROW.test(text)) return `${text.slice(0, columns - 1)}…`;
  let cut = "";
  let left = columns - 1;
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    left -= columnsOf(segment);
    if (left < 0) break;
    cut += segment;
  }
  return `${cut}…`;
}
