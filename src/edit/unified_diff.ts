/** The difference of two texts, as lines. @module */

export interface DiffLine {
  readonly mark: " " | "-" | "+";
  readonly text: string;
}

export interface Hunk {
  /** Line numbers from 1; 0 before the first line. */
  readonly oldStart: number;
  readonly newStart: number;
  readonly lines: readonly DiffLine[];
}

const CONTEXT = 3;

/** More lines are shown as replaced. */
const MAX_COMPARED = 1000;

const linesOf = (text: string) => text === "" ? [] : text.replace(/\n$/, "").split("\n");

/** The lines between the first and the last difference, by their longest common subsequence. */
function compared(before: readonly string[], after: readonly string[]): DiffLine[] {
  const [rows, columns] = [before.length, after.length];
  const replaced = (): DiffLine[] => [
    ...before.map((text) => ({ mark: "-", text }) as const),
    ...after.map((text) => ({ mark: "+", text }) as const),
  ];
  if (Math.max(rows, columns) > MAX_COMPARED) return replaced();
  const table = Array.from({ length: rows + 1 }, () => new Uint16Array(columns + 1));
  const at = (row: number, column: number) => table[row]?.[column] ?? 0;
  for (let row = rows - 1; row >= 0; row -= 1) {
    for (let column = columns - 1; column >= 0; column -= 1) {
      const length = before[row] === after[column]
        ? at(row + 1, column + 1) + 1
        : Math.max(at(row + 1, column), at(row, column + 1));
      table[row]?.fill(length, column, column + 1);
    }
  }
  const lines: DiffLine[] = [];
  let [row, column] = [0, 0];
  while (row < rows || column < columns) {
    const [old = "", fresh = ""] = [before[row], after[column]];
    if (row < rows && column < columns && old === fresh) {
      lines.push({ mark: " ", text: old });
      row += 1;
      column += 1;
    } else if (row < rows && (column === columns || at(row + 1, column) >= at(row, column + 1))) {
      lines.push({ mark: "-", text: old });
      row += 1;
    } else {
      lines.push({ mark: "+", text: fresh });
      column += 1;
    }
  }
  return lines;
}

/** Leaves out what is unchanged, except {@link CONTEXT} lines around each change. */
function hunksOf(lines: readonly DiffLine[], first: number): Hunk[] {
  const near = lines.map((_, at) =>
    lines.slice(Math.max(0, at - CONTEXT), at + CONTEXT + 1).some(({ mark }) => mark !== " ")
  );
  const hunks: { oldStart: number; newStart: number; lines: DiffLine[] }[] = [];
  let [oldLine, newLine] = [first, first];
  lines.forEach((line, at) => {
    if (near[at]) {
      const isNext = near[at - 1] === true;
      if (!isNext) hunks.push({ oldStart: oldLine, newStart: newLine, lines: [] });
      hunks.at(-1)?.lines.push(line);
    }
    if (line.mark !== "+") oldLine += 1;
    if (line.mark !== "-") newLine += 1;
  });
  return hunks;
}

export function diffHunks(before: string, after: string): Hunk[] {
  const [old, fresh] = [linesOf(before), linesOf(after)];
  let start = 0;
  while (start < old.length && start < fresh.length && old[start] === fresh[start]) start += 1;
  let end = 0;
  const most = Math.min(old.length, fresh.length) - start;
  while (end < most && old.at(-1 - end) === fresh.at(-1 - end)) end += 1;
  const from = Math.max(0, start - CONTEXT);
  const context = (lines: readonly string[]) => lines.map((text) => ({ mark: " ", text }) as const);
  const lines = [
    ...context(old.slice(from, start)),
    ...compared(old.slice(start, old.length - end), fresh.slice(start, fresh.length - end)),
    ...context(old.slice(old.length - end, old.length - end + CONTEXT)),
  ];
  return hunksOf(lines, from + 1);
}
