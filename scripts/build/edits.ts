/**
 * Edits of a bundled file that keep its source map right.
 *
 * @module
 */

import { decodedMappings, encodedMappings, TraceMap } from "@jridgewell/trace-mapping";

/** One edit of a text. Neither the old text nor the new one has a line end. */
export interface Edit {
  /** Offset of the old text. */
  readonly at: number;
  /** Length of the old text. */
  readonly length: number;
  /** The new text. */
  readonly text: string;
}

/** The edits that replace every match of a global pattern. */
export function replacements(code: string, pattern: RegExp, text: string): Edit[] {
  return Array.from(code.matchAll(pattern), ({ index, 0: { length } }) => ({
    at: index,
    length,
    text,
  }));
}

/** The edited text; edits do not overlap. */
export function applyEdits(code: string, edits: readonly Edit[]): string {
  return edits.toSorted((a, b) => b.at - a.at).reduce(
    (text, { at, length, text: own }) => text.slice(0, at) + own + text.slice(at + length),
    code,
  );
}

/** The source map of the edited text, from the one of `code`. Both are JSON. */
export function applyEditsToMap(map: string, code: string, edits: readonly Edit[]): string {
  if (edits.length === 0) return map;
  const moved = new TraceMap(map);
  const mappings = decodedMappings(moved).map((line) => line.map((segment) => [...segment]));
  // From the last edit to the first, so that the columns of the others are still those of `code`.
  for (const { at, length, text } of edits.toSorted((a, b) => b.at - a.at)) {
    const before = code.slice(0, at).split("\n");
    const column = before.at(-1)?.length ?? 0;
    for (const segment of mappings[before.length - 1] ?? []) {
      const [from = 0] = segment;
      if (from > column) segment[0] = Math.max(column, from + text.length - length);
    }
  }
  const parsed = JSON.parse(map);
  return JSON.stringify({
    ...parsed,
    mappings: encodedMappings(new TraceMap({ ...parsed, mappings })),
  });
}
