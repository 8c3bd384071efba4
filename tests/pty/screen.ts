/** A terminal's screen: what a person would see after these bytes. */

import xterm from "@xterm/headless";

export interface Screen {
  /** Takes what a program wrote. */
  write(text: string): void;
  /** The rows down to the last with something on it, without spaces at their ends. */
  lines(): Promise<string[]>;
  /** The same, where rows that the terminal broke are one line again. */
  wholeLines(): Promise<string[]>;
  /** Changes the size. */
  resize(columns: number, rows: number): void;
  /** Lets go of it. */
  close(): void;
}

/** Opens an empty screen; what scrolls off is kept. */
export function screenOf(columns: number, rows: number): Screen {
  const terminal = new xterm.Terminal({
    cols: columns,
    rows,
    scrollback: 1000,
    allowProposedApi: true,
  });
  /** What has been written is drawn when this resolves. */
  const settled = () => new Promise<void>((resolve) => terminal.write("", resolve));
  function rowsNow(): { readonly text: string; readonly broken: boolean }[] {
    const { active } = terminal.buffer;
    const all = Array.from({ length: active.length }, (_, at) => {
      const line = active.getLine(at);
      const next = active.getLine(at + 1);
      // A row that goes on below keeps the spaces at its end.
      const text = line?.translateToString(next?.isWrapped !== true) ?? "";
      return { text, broken: line?.isWrapped === true };
    });
    return all.slice(0, all.findLastIndex(({ text }) => text !== "") + 1);
  }
  return {
    write: (text) => terminal.write(text),
    async lines() {
      await settled();
      return rowsNow().map(({ text }) => text);
    },
    async wholeLines() {
      await settled();
      const whole: string[] = [];
      for (const { text, broken } of rowsNow()) {
        if (broken) whole.push((whole.pop() ?? "") + text);
        else whole.push(text);
      }
      return whole;
    },
    resize: (cols, to) => terminal.resize(cols, to),
    close: () => terminal.dispose(),
  };
}
