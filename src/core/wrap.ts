/**
 * Breaking text into lines.
 *
 * @module
 */

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
  for (const word of text.split(/\s+/).filter((part) => part !== "")) {
    if (line === "") line = indent + word;
    else if (columnsOf(line) + 1 + columnsOf(word) <= width) line += ` ${word}`;
    else {
      lines.push(line);
      line = hanging + word;
    }
  }
  return line === "" ? lines : [...lines, line];
}
