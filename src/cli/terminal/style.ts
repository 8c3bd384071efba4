import type { Env } from "../../core/system.ts";

type Paint = (text: string) => string;

export type Style = Readonly<Record<"bold" | "dim" | "red" | "yellow" | "green", Paint>>;

const unchanged: Paint = (text) => text;

export const PLAIN: Style = {
  bold: unchanged,
  dim: unchanged,
  red: unchanged,
  yellow: unchanged,
  green: unchanged,
};

const paint = (on: number, off: number): Paint => (text) => `\x1b[${on}m${text}\x1b[${off}m`;

const COLOURED: Style = {
  bold: paint(1, 22),
  dim: paint(2, 22),
  red: paint(31, 39),
  yellow: paint(33, 39),
  green: paint(32, 39),
};

/** In this order: `--no-color`, `NO_COLOR`, `FORCE_COLOR`, a terminal that is not `dumb`. */
export function styleFor(isTerminal: boolean, env: Env, noColor: boolean): Style {
  if (noColor || (env.get("NO_COLOR") ?? "") !== "") return PLAIN;
  const forced = env.get("FORCE_COLOR");
  if (forced !== undefined && forced !== "") return forced === "0" ? PLAIN : COLOURED;
  return isTerminal && env.get("TERM") !== "dumb" ? COLOURED : PLAIN;
}
