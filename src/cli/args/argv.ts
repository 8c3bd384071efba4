/**
 * Splits the arguments of a command line into the texts of its flags and the operands.
 *
 * `ARCHITECTURE.md` explains why no library does this.
 *
 * @module
 */

import { type Failure, usageFailure } from "../../core/failure.ts";
import { printable } from "../../core/text.ts";
import { type Flag, flagNamesIn, type FlagTable, longName } from "../command/flag.ts";
import { nearest } from "../../core/edit_distance.ts";

export interface ArgumentTexts<F extends FlagTable> {
  /** The texts of each flag on the command line; an empty text for a toggle. */
  readonly texts: ReadonlyMap<keyof F, readonly string[]>;
  readonly operands: readonly string[];
}

/** Flags that only one command has, with the remedy for anyone who passes them to another command. */
const ELSEWHERE = new Map([
  [
    "--hide-secrets",
    "Remove it: only mcpass oauth login has this flag. The purpose of mcpass oauth token is to print " +
    "the access token; other commands print no credentials",
  ],
]);

/** @param name The only part of the argument that is shown: the rest may be a secret. */
function unknownOption(name: string, word: string, flags: readonly Flag<unknown>[]): Failure {
  const shown = printable(name, 60);
  const typed = printable(word.replace(/=.*$/s, ""), 60);
  const reason = ELSEWHERE.get(typed);
  if (reason !== undefined) {
    return usageFailure("unknown_option", `there is no option ${shown} here`, reason);
  }
  const value = typed.replace(/^-+/, "");
  const flag = flags.find(({ choices }) => choices?.includes(value));
  const meant = flag === undefined
    ? nearest(typed, flags.map(longName))
    : `${longName(flag)} ${value}`;
  const isGroup = flagNamesIn(word).length > 1;
  const short = flags.flatMap((it) => /^-[^-]/.exec(it.flags)?.[0] ?? []).join(", ");
  return usageFailure(
    "unknown_option",
    isGroup ? `${shown} is not a short option that can be combined` : `there is no option ${shown}`,
    meant !== undefined
      ? `Did you mean ${meant}?`
      : isGroup
      ? `Short options that can be combined here: ${short}`
      : "--help in its place lists those there are",
  );
}

/**
 * Reads `--name value`, `--name=value`, `--toggle` and the short forms, which can be combined (`-qv`);
 * only the last of them can have a value. After `--` every argument is an operand.
 *
 * @throws Failure of kind `usage`: `unknown_option`, `missing_value`, `unexpected_value`.
 */
export function readArguments<F extends FlagTable>(
  flags: F,
  args: readonly string[],
): ArgumentTexts<F> {
  const byName = new Map<string, [keyof F, Flag<unknown>]>();
  const rows: [keyof F, Flag<unknown>][] = Object.entries(flags);
  for (const [option, flag] of rows) {
    for (const spelling of flag.flags.split(", ")) {
      byName.set(spelling.split(" ", 1)[0] ?? "", [option, flag]);
    }
  }
  const texts = new Map<keyof F, string[]>();
  const operands: string[] = [];
  for (let at = 0; at < args.length; at += 1) {
    const word = args[at] ?? "";
    if (word === "--") {
      operands.push(...args.slice(at + 1));
      break;
    }
    if (!word.startsWith("-") || word === "-") {
      operands.push(word);
      continue;
    }
    const equals = word.startsWith("--") ? word.indexOf("=") : -1;
    const names = flagNamesIn(equals === -1 ? word : word.slice(0, equals));
    for (const [position, name] of names.entries()) {
      const found = byName.get(name);
      if (found === undefined) throw unknownOption(name, word, rows.map(([, flag]) => flag));
      const [option, flag] = found;
      const values = texts.get(option) ?? [];
      texts.set(option, values);
      if (flag.kind === "toggle") {
        if (equals !== -1) {
          throw usageFailure(
            "unexpected_value",
            `${name} takes no value, and one came`,
            `Write ${longName(flag)} alone`,
          );
        }
        values.push("");
      } else if (equals !== -1) {
        values.push(word.slice(equals + 1));
      } else {
        at += 1;
        const next = position === names.length - 1 ? args[at] : undefined;
        if (next === undefined) {
          throw usageFailure(
            "missing_value",
            `${longName(flag)} needs a value`,
            `Write ${flag.flags}`,
          );
        }
        values.push(next);
      }
    }
  }
  return { texts, operands };
}
