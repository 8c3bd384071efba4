/**
 * A command line to run next, made from what was typed.
 *
 * @module
 */

import { type FlagTable, longName } from "./flag.ts";

/** Options that say how the person is served now, and do not belong into a line to run again. */
export const NOT_REPEATED: readonly string[] = [
  "quiet",
  "verbose",
  "noInput",
  "noColor",
  "format",
];

/** A word as a POSIX shell reads it back. */
export function shellWord(word: string): string {
  return /^[A-Za-z0-9_@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** What differs from the command line that was typed. */
export interface Changes {
  /** Options to leave out. */
  readonly without?: readonly string[];
  /** Words to add at the end. */
  readonly add?: string;
  /** Words after the name that are no flags. */
  readonly operands?: readonly string[];
}

/** `mcpass <name>` with what was typed; a placeholder stands for each secret. */
export function commandLine<F extends FlagTable>(
  name: string,
  flags: F,
  texts: ReadonlyMap<keyof F, readonly string[]>,
  { without = [], add, operands = [] }: Changes = {},
): string {
  const words = [...texts].flatMap(([option, given]) => {
    const flag = flags[option];
    if (flag === undefined || without.includes(String(option))) return [];
    const placeholder = /<.*>/.exec(flag.flags)?.[0] ?? "";
    return given.map((text) =>
      flag.kind === "toggle"
        ? longName(flag)
        : `${longName(flag)} ${shellWord(flag.secret ? placeholder : text)}`
    );
  });
  const plain = operands.map(shellWord);
  return ["mcpass", name, ...plain, ...words, ...add === undefined ? [] : [add]].join(" ");
}
