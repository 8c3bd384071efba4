/**
 * Recording commands on a terminal, with everything that differs between runs replaced.
 *
 * @module
 */

import xterm from "@xterm/headless";
import { onTerminal } from "../../tests/pty/consent_terminal.ts";
import { type Row, type Span, textOf } from "./svg.ts";

/** Columns of the terminal. */
export const COLUMNS = 90;

/** A part of a session. */
export interface Recording {
  /** Command lines as they are typed. */
  readonly commands: readonly string[];
  /** Folder of `MCPASS_HOME` and the programs. */
  readonly folder: string;
  /** Path of the program, and the arguments before those of a command. */
  readonly program: readonly string[];
}

/** What differs between runs, and what is shown instead. */
const VARYING: readonly (readonly [RegExp, string])[] = [
  [/127\.0\.0\.1:\d+/g, "127.0.0.1:PORT"],
  [/· \d+ ms/g, "· 12 ms"],
  [/(?<![\w-])[\w-]{43}(?![\w-])/g, "Qm3vX7cJr0sZbT1kLw9nYd5uHf2gEa8iPo6RtVxNqBs"],
  [/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/g, "2026-12-01T10:00:00.000Z"],
  [/callback\/[0-9a-f]{12}\b/g, "callback/67f67cb01a29"],
  [/\S*\/credentials\/\S+\.json/g, "~/.local/share/mcpass/credentials/….json"],
];

/** Lines that depend on the machine: how a browser elsewhere reaches it, and the authorization URL. */
const ELIDED = { after: /open this (address|URL)/, before: /^Waiting for|left\./ };

/** Neighbours of one style become one. */
function joined(spans: readonly Span[]): Row {
  const result: Span[] = [];
  for (const span of spans) {
    const last = result.at(-1);
    const same = last?.color === span.color && last?.bold === span.bold && last?.dim === span.dim;
    if (last !== undefined && same) {
      result[result.length - 1] = { ...last, text: last.text + span.text };
    } else result.push(span);
  }
  return result;
}

function spansOf(line: xterm.IBufferLine | undefined, columns: number): Row {
  const spans: Span[] = [];
  for (let column = 0; column < columns; column += 1) {
    const cell = line?.getCell(column);
    if (cell === undefined || cell.getWidth() === 0) continue;
    const style = {
      ...cell.isFgPalette() ? { color: cell.getFgColor() } : {},
      ...cell.isBold() ? { bold: true } : {},
      ...cell.isDim() ? { dim: true } : {},
    };
    spans.push({ ...style, text: cell.getChars() || " " });
  }
  return joined(spans);
}

/** Replaces in each span of a row; a value that is in two spans is not found. */
function settled(row: Row, ports: Map<string, string>): Row {
  return row.map((span) => ({
    ...span,
    text: VARYING.reduce((text, [pattern, shown]) =>
      text.replaceAll(pattern, (found) => {
        if (!shown.includes("PORT")) return shown;
        if (!ports.has(found)) ports.set(found, shown.replace("PORT", String(4101 + ports.size)));
        return ports.get(found) ?? found;
      }), span.text),
  }));
}

/** The row without spaces at its end. */
function trimmed(row: Row): Row {
  const last = row.at(-1);
  if (last === undefined) return row;
  const text = last.text.trimEnd();
  return text === "" ? trimmed(row.slice(0, -1)) : [...row.slice(0, -1), { ...last, text }];
}

/** Rows of at most the terminal's width. */
function wrapped(row: Row): Row[] {
  const rows: Span[][] = [[]];
  let column = 0;
  for (const span of row) {
    for (let { text } = span; text !== "";) {
      if (column === COLUMNS) {
        rows.push([]);
        column = 0;
      }
      const part = text.slice(0, COLUMNS - column);
      rows.at(-1)?.push({ ...span, text: part });
      column += part.length;
      text = text.slice(part.length);
    }
  }
  return rows;
}

function elide(rows: readonly Row[]): Row[] {
  const shown: Row[] = [];
  let hiding = false;
  for (const row of rows) {
    if (hiding && ELIDED.before.test(textOf(row))) hiding = false;
    if (!hiding) shown.push(row);
    if (ELIDED.after.test(textOf(row))) {
      shown.push([{ text: "  …", dim: true }]);
      hiding = true;
    }
  }
  return shown;
}

/** Runs the commands on a terminal, and returns the rows of its screen. */
export async function record({ commands, folder, program }: Recording): Promise<Row[]> {
  const [path = "", ...args] = program;
  const quoted = [path, ...args].map((word) => `'${word}'`).join(" ");
  await Deno.writeTextFile(`${folder}/mcpass`, `#!/bin/sh\nexec ${quoted} "$@"\n`, { mode: 0o755 });
  await Deno.writeTextFile(
    `${folder}/open-url`,
    '#!/bin/sh\nexec curl -sL -b "" -o /dev/null "$1"\n',
    { mode: 0o755 },
  );
  const script = commands.flatMap((command) => [
    `printf '\\033[1;32m$\\033[0m \\033[1m%s\\033[0m\\n' ${JSON.stringify(command)}`,
    command,
    "echo",
  ]);
  await Deno.writeTextFile(`${folder}/session.sh`, `${script.join("\n")}\n`);
  const rows = 200;
  const terminal = new xterm.Terminal({ cols: COLUMNS, rows, allowProposedApi: true });
  const shown = onTerminal(`sh '${folder}/session.sh'`, {
    columns: COLUMNS,
    rows,
    env: {
      ...{ HOME: folder, MCPASS_HOME: `${folder}/home`, MCPASS_STORE: "file", LANG: "C.UTF-8" },
      ...{ PATH: `${folder}:/usr/local/bin:/usr/bin:/bin`, BROWSER: `${folder}/open-url` },
    },
    onShown: (text) => terminal.write(text),
  });
  await shown.end();
  await new Promise<void>((resolve) => terminal.write("", resolve));
  const { active } = terminal.buffer;
  const ports = new Map<string, string>();
  // What the terminal wrapped is one line again, so that a value in it is found.
  const lines: Row[] = [];
  for (let at = 0; at < rows; at += 1) {
    const line = active.getLine(at);
    const spans = spansOf(line, COLUMNS);
    if (line?.isWrapped) lines.push(joined([...lines.pop() ?? [], ...spans]));
    else lines.push(spans);
  }
  terminal.dispose();
  const last = lines.findLastIndex((row) => textOf(row).trim() !== "");
  return elide(lines.slice(0, last + 1)).flatMap((row) => wrapped(trimmed(settled(row, ports))));
}
