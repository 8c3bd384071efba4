/** Breaking text into lines. @module */

import { columnsOf } from "./width.ts";

/**
 * Breaks text between words; a word longer than the width stays whole, so it can be copied.
 *
 * @param indent What every line begins with.
 * @param hanging What the lines after the first begin with instead.
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
