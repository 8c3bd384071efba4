import type { Runtime } from "../command/runtime.ts";
import { hasPlainFont } from "./open_progress.ts";
import type { Style } from "./style.ts";

/** How a verdict line starts. */
export type Mark = "ok" | "warning" | "error";

const UNICODE: Readonly<Record<Mark, string>> = { ok: "✓", warning: "!", error: "✗" };
const PLAIN: Readonly<Record<Mark, string>> = { ok: "+", warning: "!", error: "x" };

export const MARK_COLOUR = {
  ok: "green",
  warning: "yellow",
  error: "red",
} as const satisfies Record<Mark, keyof Style>;

/** The symbols that the terminal can show. */
export function marksFor(runtime: Pick<Runtime, "env">): Readonly<Record<Mark, string>> {
  return hasPlainFont(runtime) ? PLAIN : UNICODE;
}
