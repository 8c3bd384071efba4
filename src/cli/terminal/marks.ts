/** The first line of a result: a symbol and the verdict. @module */

import type { Runtime } from "../command/runtime.ts";
import { safeText, type View } from "./finding_text.ts";
import { wrap } from "./layout.ts";
import { hasPlainFont } from "./open_progress.ts";
import type { Style } from "./style.ts";

export type Mark = "ok" | "warning" | "error";

const UNICODE = { ok: "✓", warning: "!", error: "✗" };
const PLAIN = { ok: "+", warning: "!", error: "x" };

const PAINT = {
  ok: ({ green }: Style) => green,
  warning: ({ yellow }: Style) => yellow,
  error: ({ red }: Style) => red,
};

export interface VerdictPrinter {
  symbol(mark: Mark, style: Style): string;
  lines(mark: Mark, verdict: string, view: View): string[];
}

/** Uses only symbols that the terminal can show. */
export function verdictPrinter(runtime: Pick<Runtime, "env">): VerdictPrinter {
  const isPlain = hasPlainFont(runtime);
  const symbolOf = (mark: Mark) => isPlain ? PLAIN[mark] : UNICODE[mark];
  return {
    symbol: (mark, style) => PAINT[mark](style)(symbolOf(mark)),
    lines: (mark, verdict, view) =>
      wrap(`${symbolOf(mark)} ${safeText(verdict, view)}`, view.width, "", "  ")
        .map((line) => PAINT[mark](view.style)(line)),
  };
}
