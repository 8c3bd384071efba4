/** Suggested command lines, made from the current one. @module */

import { commandText, type OptionTexts, type PrintedCommand } from "../../core/command_text.ts";
import type { Command } from "../command/command.ts";
import { type FlagTable, variableName } from "../command/flag.ts";
import { isSecretText } from "./url_value.ts";

/** Options about the output only: a suggested command line does not repeat them. */
const NOT_REPEATED = ["quiet", "verbose", "noInput", "noColor", "format", "progress"];

/** The texts of an option that a later choice removed. */
export const REMOVED: readonly string[] = [];

export function posixWord(word: string): string {
  return /^[A-Za-z0-9_@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

export interface Changes {
  readonly without?: readonly string[];
  readonly add?: OptionTexts;
  readonly operands?: readonly string[];
}

/** Names the variables of secrets that were given. Of several texts of an option, the last one is used. */
export function commandLine<F extends FlagTable>(
  { name, flags }: Pick<Command<F>, "name" | "flags">,
  texts: readonly (readonly [option: keyof F, texts: readonly string[]])[],
  { without = [], add = {}, operands = [] }: Changes = {},
): PrintedCommand {
  const options: Record<string, OptionTexts[string]> = {};
  const variables: string[] = [];
  for (const [option, values] of new Map(texts)) {
    const flag = flags[option];
    const text = String(option);
    if (values === REMOVED) continue;
    if (flag === undefined || [...NOT_REPEATED, ...without].includes(text) || text in add) continue;
    const isSecret = flag.secret && values.length === 0 ||
      values.some((it) => isSecretText(flag, it));
    if (isSecret) variables.push(variableName(flag));
    else {options[text] = flag.kind === "toggle"
        ? true
        : flag.kind === "list"
        ? values
        : values.at(-1);}
  }
  const short = name.replace(/^oauth (?=(?:login|logout|refresh|status|token)$)/, "");
  return { line: commandText(short, { ...options, ...add }, operands), variables };
}
