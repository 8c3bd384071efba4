/**
 * From words and variables to a command's options.
 *
 * @module
 */

import { Command as Parser, CommanderError, Option } from "commander";
import type { Env } from "../core/deps.ts";
import { type Failure, usageFailure } from "../core/failure.ts";
import { printable } from "../core/text.ts";
import type { Command, Given, Source } from "./command.ts";
import { type Flag, type FlagTable, longName, type OptionsOf, variableName } from "./flag.ts";
import type { Problem } from "./parsed.ts";
import { nearest } from "./suggest.ts";

/** The commander command that stands for a table of flags. */
function commanderOf<F extends FlagTable>(command: Command<F>): Parser {
  const parser = new Parser(`mcpass ${command.name}`)
    .exitOverride()
    .configureOutput({ writeErr: () => {} })
    .helpOption(false)
    .allowExcessArguments(true);
  for (const flag of Object.values(command.flags)) {
    parser.addOption(new Option(flag.flags));
  }
  return parser;
}

function invalid(name: string, found: Problem): Failure {
  return usageFailure("invalid_value", `${name}: ${found.problem}`, found.remedy);
}

/** Rewords commander's complaints; values are left out, since a mistyped flag may carry a secret. */
function reworded(error: CommanderError, names: readonly string[]): Failure {
  const [, subject = ""] = /'([^']*)'/s.exec(error.message) ?? [];
  if (error.code === "commander.unknownOption") {
    const typed = printable(subject.replace(/=.*$/s, ""), 60);
    const meant = nearest(typed, names);
    return usageFailure(
      "unknown_option",
      `there is no option ${typed}`,
      meant === undefined ? undefined : `Did you mean ${meant}?`,
    );
  }
  if (error.code === "commander.optionMissingArgument") {
    const name = /--[a-z][a-z0-9-]*/.exec(subject)?.[0] ?? subject;
    return usageFailure("missing_value", `${name} needs a value`, `Write ${subject}`);
  }
  return usageFailure("usage", printable(error.message.replace(/^error: /, "")));
}

/**
 * Reads a command line.
 *
 * @throws Failure of kind `usage` for an unknown option, a missing, repeated or invalid value, or a
 * word too many.
 */
export function parseCommand<F extends FlagTable>(
  command: Command<F>,
  args: readonly string[],
  env: Env,
): Given<F> {
  const parser = commanderOf(command);
  const texts = new Map<keyof F, string[]>();
  const rows: [keyof F, Flag<unknown>][] = Object.entries(command.flags);
  const names = rows.map(([, flag]) => longName(flag));
  for (const [option, flag] of rows) {
    parser.on(`option:${longName(flag).slice(2)}`, (text?: string | null) => {
      texts.set(option, [...texts.get(option) ?? [], text ?? ""]);
    });
  }
  try {
    parser.parse(args, { from: "user" });
  } catch (error) {
    if (error instanceof CommanderError) throw reworded(error, names);
    throw error;
  }
  if (parser.args.length > 0 && command.operands === undefined) {
    throw usageFailure(
      "unexpected_argument",
      `mcpass ${command.name} takes no words beside its options, and ${parser.args.length} came`,
      "Give every value with its flag and put values with spaces between quotes" +
        (names.includes("--url") ? "; the server goes with --url <url>" : ""),
    );
  }

  const options: Record<string, unknown> = {};
  const sources = new Map<keyof F, Source>();
  for (const [option, flag] of rows) {
    const name = longName(flag);
    const onLine = texts.get(option);
    const variable = flag.env ? env.get(variableName(flag)) : undefined;
    options[String(option)] = flag.absent;
    if (onLine !== undefined) {
      const swallowed = flag.kind === "toggle"
        ? undefined
        : onLine.find((it) => names.includes(it));
      if (swallowed !== undefined) {
        throw usageFailure(
          "missing_value",
          `${name} needs a value, and ${swallowed} follows`,
          `Write ${flag.flags}`,
        );
      }
      if (flag.kind === "value" && onLine.length > 1) {
        throw usageFailure(
          "repeated_option",
          `${name} was given ${onLine.length} times, and one value is wanted`,
          `Give ${name} once`,
        );
      }
    } else if (variable === undefined || variable === "") continue;
    const given = onLine ?? (flag.kind === "list" ? linesOf(variable) : [variable ?? ""]);
    const parsed = flag.read(given);
    if ("problem" in parsed) {
      throw invalid(onLine === undefined ? variableName(flag) : name, parsed);
    }
    options[String(option)] = parsed.value;
    sources.set(option, onLine === undefined ? "variable" : "flag");
  }
  return { options: options as OptionsOf<F>, sources, texts, operands: parser.args };
}

function linesOf(text: string | undefined): string[] {
  return (text ?? "").split(/\r?\n/).filter((line) => line.trim() !== "");
}
