/**
 * A terminal's screen as SVG.
 *
 * @module
 */

/** Characters of one style. */
export interface Span {
  /** The text. */
  readonly text: string;
  /** Its colour as a number of the palette of 16; absent for the terminal's own. */
  readonly color?: number;
  /** Whether it is bold. */
  readonly bold?: boolean;
  /** Whether it is dimmed. */
  readonly dim?: boolean;
}

/** A row of the screen, from the left. */
export type Row = readonly Span[];

/** The text of a row. */
export function textOf(row: Row): string {
  return row.map(({ text }) => text).join("");
}

const CELL = { width: 8.4, height: 19 };
const MARGIN = 16;
const PALETTE = [
  ...["#484f58", "#ff7b72", "#3fb950", "#d29922", "#58a6ff", "#bc8cff", "#39c5cf", "#b1bac4"],
  ...["#6e7681", "#ffa198", "#56d364", "#e3b341", "#79c0ff", "#d2a8ff", "#56d4dd", "#ffffff"],
];

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

/** An element for each text, at its column: a viewer may collapse spaces. */
function spanElements(row: Row): string {
  let column = 0;
  return row.flatMap(({ text, color, bold, dim }) =>
    text.split(/( {2,}|^ | $)/).map((part) => {
      const x = (MARGIN + column * CELL.width).toFixed(1);
      column += part.length;
      if (part.trim() === "") return "";
      const attributes = [
        ` x="${x}"`,
        color === undefined ? "" : ` fill="${PALETTE[color]}"`,
        bold ? ' font-weight="bold"' : "",
        dim ? ' opacity=".65"' : "",
      ].join("");
      return `<tspan${attributes}>${escaped(part)}</tspan>`;
    })
  ).join("");
}

/** The picture of these rows. */
export function svgOf(title: string, rows: readonly Row[], columns: number): string {
  const width = Math.ceil(2 * MARGIN + columns * CELL.width);
  const height = 2 * MARGIN + rows.length * CELL.height;
  const lines = rows.map((row, at) => {
    const spans = spanElements(row);
    const y = MARGIN + (at + 0.75) * CELL.height;
    return spans === "" ? "" : `<text y="${y}">${spans}</text>\n`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" ` +
    `height="${height}" role="img" font-size="14" fill="#e6edf3" ` +
    `font-family="ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace">\n` +
    `<title>${escaped(title)}</title>\n<rect width="100%" height="100%" rx="8" fill="#0d1117"/>\n` +
    `${lines.join("")}</svg>\n`;
}
