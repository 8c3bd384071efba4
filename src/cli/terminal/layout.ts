import { wrap } from "../../core/width.ts";

export { wrap };

/** A row of {@link fields}; an exact value is not wrapped. */
export type Field = readonly [label: string, value: string, exact?: "exact" | undefined];

export function columnOf(rows: readonly Field[]): number {
  return Math.max(0, ...rows.map(([label]) => label.length)) + 2;
}

const MIN_VALUE_COLUMNS = 20;

/** Rows with their values in one column; in a narrow terminal the values are below their labels. */
export function fields(rows: readonly Field[], width: number, column = columnOf(rows)): string[] {
  if (width - column < MIN_VALUE_COLUMNS) {
    return rows.flatMap(([label, text, exact]) => {
      const gap = " ".repeat(label.search(/\S|$/) + 2);
      return [label, ...exact ? [gap + text] : wrap(text, width, gap)];
    });
  }
  const gap = " ".repeat(column);
  return rows.flatMap(([label, text, exact]) => {
    const start = label.padEnd(column);
    if (exact) return [start + text];
    const [first = "", ...rest] = wrap(text, width, gap);
    return [start + first.trimStart(), ...rest];
  });
}
