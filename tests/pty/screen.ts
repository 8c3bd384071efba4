/** A terminal's screen: what a person would see after these bytes. */

import xterm from "@xterm/headless";

export interface Screen {
  /** Takes what a program wrote. */
  write(text: string): void;
  /** The lines with something on them, from the first that was written on; ends without spaces. */
  lines(): Promise<string[]>;
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
  return {
    write: (text) => terminal.write(text),
    async lines() {
      await new Promise<void>((resolve) => terminal.write("", resolve));
      const { active } = terminal.buffer;
      const all = Array.from(
        { length: active.length },
        (_, at) => active.getLine(at)?.translateToString(true) ?? "",
      );
      return all.slice(0, all.findLastIndex((line) => line !== "") + 1);
    },
    resize: (cols, to) => terminal.resize(cols, to),
    close: () => terminal.dispose(),
  };
}
