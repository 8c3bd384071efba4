/** Suggested command lines, made from the current one. @module */

import { shellWord } from "../../core/text.ts";
import type { Command } from "../command/command.ts";
import { type FlagTable, longName } from "../command/flag.ts";

/** Options about the output only: a suggested command line does not repeat them. */
const NOT_REPEATED = ["quiet", "verbose", "noInput", "noColor", "format"];

export function posixWord(word: string): string {
  return /^[A-Za-z0-9_@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

export interface Changes {
  readonly without?: readonly string[];
  readonly add?: string;
  /** True to also repeat the options that are left out by default, such as `--quiet`. */
  readonly repeatAll?: true;
  readonly operands?: readonly string[];
}

/** A placeholder replaces each secret. Of several texts of an option, the last one is used. */
export function commandLine<F extends FlagTable>(
  { name, flags }: Pick<Command<F>, "name" | "flags">,
  texts: readonly (readonly [option: keyof F, texts: readonly string[]])[],
  { without = [], add, repeatAll, operands = [] }: Changes = {},
): string {
  const omitted = repeatAll ? without : [...NOT_REPEATED, ...without];
  const words = [...new Map(texts)].flatMap(([option, values]) => {
    const flag = flags[option];
    if (flag === undefined || omitted.includes(String(option))) return [];
    const placeholder = /<[^<>]*>/.exec(flag.flags)?.[0] ?? "";
    return values.map((text) =>
      flag.kind === "toggle"
        ? longName(flag)
        : `${longName(flag)} ${shellWord(flag.secret ? placeholder : text)}`
    );
  });
  const operandWords = operands.map((word) => shellWord(word));
  return ["mcpass", name, ...operandWords, ...words, ...add === undefined ? [] : [add]].join(" ");
}
