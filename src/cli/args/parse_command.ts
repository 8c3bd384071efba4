/** `ARCHITECTURE.md` explains why mcpass uses no library for this. @module */

import type { Env } from "../../core/system.ts";
import { nearest } from "../../core/edit_distance.ts";
import { Failure, usageFailure } from "../../core/failure.ts";
import { printable } from "../../core/text.ts";
import type { Command, Invocation, ReadableOptions, Source } from "../command/command.ts";
import {
  type Flag,
  flagNamesIn,
  type FlagTable,
  longName,
  type OptionsOf,
  variableName,
} from "../command/flag.ts";

interface ArgumentTexts<F extends FlagTable> {
  /** The texts of each flag on the command line; an empty text for a toggle. */
  readonly texts: ReadonlyMap<keyof F, readonly string[]>;
  readonly operands: readonly string[];
}

/** Flags that only one command has, with the remedy for anyone who passes them to another command. */
const ELSEWHERE = new Map([
  [
    "--jq",
    "Did you mean --field <path>, such as --field credentials.accessToken? For more, write " +
    "--format json | jq '<filter>'",
  ],
  [
    "--hide-secrets",
    "Remove it: only mcpass login has this flag. mcpass token exists to print the access token, and " +
    "other commands print no credentials",
  ],
]);

/** What other programs call a flag; a command that has the flag suggests it. */
const MEANT: ReadonlyMap<string, string> = new Map([
  ["--port", "--redirect-url http://127.0.0.1:<port>/callback"],
  ["--callback-port", "--redirect-url http://127.0.0.1:<port>/callback"],
  ["--scope", "--scopes <scopes>"],
  ["--output", "--format json"],
]);

/** As printed commands have them: a value, or the last of several scopes. */
const PLACEHOLDER = /^(?:.* )?(<(?:[a-z]+|a b)>)$/;

/** @param name The only part of the argument that is shown: the rest may be a secret. */
function unknownOption(
  name: string,
  word: string,
  flags: readonly Flag<unknown>[],
  usage: string | undefined,
): Failure {
  const shown = printable(name, 60);
  const typed = printable(word.replace(/=.*$/s, ""), 60);
  const reason = ELSEWHERE.get(typed);
  if (reason !== undefined) {
    return usageFailure("unknown_option", `unknown option ${shown}`, reason);
  }
  const value = typed.replace(/^-+/, "");
  const flag = flags.findLast(({ choices }) => choices?.includes(value));
  const meant = MEANT.get(typed);
  const isFlag = flags.some((it) => longName(it) === meant?.split(" ")[0]);
  const suggestion = isFlag
    ? meant
    : flag === undefined
    ? nearest(typed, flags.map(longName))
    : `${longName(flag)} ${value}`;
  const short = flags.flatMap((it) => /^-[^-]/.exec(it.flags)?.[0] ?? []).join(", ");
  const [message, remedy] = flagNamesIn(word).length > 1
    ? [
      `unknown short options ${shown}`,
      `Short options of this command: ${short}`,
    ]
    : [
      `unknown option ${shown}`,
      usage?.includes("name=value") && word.startsWith("--")
        ? `An argument has no dashes: write ${printable(value, 60)}=<value>`
        : undefined,
    ];
  return usageFailure(
    "unknown_option",
    message,
    suggestion === undefined ? remedy : `Did you mean ${suggestion}?`,
  );
}

/**
 * Reads `--name value`, `--name=value`, `--toggle` and the short forms, which can be combined (`-qv`);
 * only the last of them can have a value. After `--` every argument is an operand.
 *
 * @throws Failure of kind `usage`: `unknown_option`, `missing_value`, `unexpected_value`.
 */
function readArguments<F extends FlagTable>(
  flags: F,
  args: readonly string[],
  usage: string | undefined,
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
      if (found === undefined) throw unknownOption(name, word, rows.map(([, flag]) => flag), usage);
      const [option, flag] = found;
      const values = texts.get(option) ?? [];
      texts.set(option, values);
      const long = longName(flag);
      const inline = equals === -1 ? undefined : word.slice(equals + 1);
      if (flag.kind === "toggle") {
        if (inline !== undefined) {
          const message = `${name} accepts no value`;
          throw usageFailure("unexpected_value", message, `Use ${long}`);
        }
        values.push("");
        continue;
      }
      const isLast = position === names.length - 1;
      const isLeftOut = flag.isValue?.(args[at + 1] ?? "-") === false;
      const value = inline ?? (isLeftOut ? "" : isLast ? args[++at] : undefined);
      if (value === undefined) {
        throw usageFailure("missing_value", `the value of ${long} is missing`, `Use ${flag.flags}`);
      }
      values.push(value);
    }
  }
  return { texts, operands };
}

/** The operands without the server, which becomes the text of `--url`. */
function takeServer<F extends FlagTable>(
  { name, flags, operands: usage, serverOperand }: Command<F>,
  { texts, operands }: ArgumentTexts<F>,
): ArgumentTexts<F> {
  if (operands.length === 0 || serverOperand === "leading") return { texts, operands };
  if (usage === undefined && !Object.hasOwn(flags, "url")) {
    throw usageFailure(
      "unexpected_argument",
      `mcpass ${name} accepts no arguments`,
      "Remove the arguments",
    );
  }
  const at = usage === undefined
    ? 0
    : serverOperand === undefined
    ? -1
    : serverOperand === "second"
    ? operands.length > 1 ? 1 : operands.findIndex((it) => it.includes("://"))
    : operands.findIndex((it) => !serverOperand.includes(it));
  const server = operands[at];
  if (server === undefined) return { texts, operands };
  const others = operands.filter((_, index) => index !== at);
  if (texts.has("url")) {
    throw usageFailure(
      "unexpected_argument",
      "unexpected argument: --url already gives the server",
      "Quote values with spaces, and give the server once",
    );
  }
  if (usage === undefined && others.length > 0) {
    throw usageFailure(
      "unexpected_argument",
      `mcpass ${name} accepts one argument, the server; ${operands.length} were given`,
      "Quote values with spaces, and write each value after its option",
    );
  }
  return { texts: new Map(texts).set("url", [server]), operands: others };
}

/** The texts of the options and operands. @throws Failure of kind `usage`. */
export function readWords<F extends FlagTable>(
  command: Command<F>,
  args: readonly string[],
): ArgumentTexts<F> {
  return takeServer(command, readArguments(command.flags, args, command.operands));
}

/** @throws Failure of kind `usage`; with `commandFlags` if a value is similar to a valid one. */
export function parseCommand<F extends FlagTable>(
  command: Command<F>,
  args: readonly string[],
  env: Env,
): Invocation<F> {
  const words = readArguments(command.flags, args, command.operands);
  const rows: [keyof F, Flag<unknown>][] = Object.entries(command.flags);
  const isName = (word: string) =>
    word.startsWith("--") && rows.some(([, flag]) => longName(flag) === word);
  for (const [option, flag] of rows) {
    const values = flag.kind === "toggle" ? [] : words.texts.get(option) ?? [];
    const swallowed = values.find(isName);
    if (swallowed !== undefined) {
      throw usageFailure(
        "missing_value",
        `the value of ${longName(flag)} is missing: ${swallowed} follows`,
        `Use ${flag.flags}`,
      );
    }
    const [placeholder] = values.flatMap((text) => PLACEHOLDER.exec(text)?.[1] ?? []);
    if (placeholder !== undefined) {
      const message = `${longName(flag)}: ${placeholder} is a placeholder, not a value`;
      throw usageFailure("invalid_value", message, "Replace the placeholder with the value");
    }
  }
  const { texts, operands } = takeServer(command, words);
  // Usually no variable is set, and reading one for each flag takes longer than everything else here.
  const readsVariables = Object.keys(env.toObject()).some((it) => /^mcpass_/i.test(it));
  const options: Record<string, unknown> = {};
  const sources = new Map<keyof F, Source>();
  for (const [option, flag] of rows) {
    const typedTexts = texts.get(option);
    const variable = flag.env && readsVariables ? env.get(variableName(flag)) : undefined;
    options[String(option)] = flag.absent;
    if (typedTexts === undefined && (variable === undefined || variable === "")) continue;
    const name = longName(flag);
    if (typedTexts !== undefined && flag.kind === "value" && typedTexts.length > 1) {
      throw usageFailure(
        "repeated_option",
        `${name} was given ${typedTexts.length} times`,
        `Give ${name} once`,
      );
    }
    const values = typedTexts ?? (flag.kind === "list" ? linesOf(variable) : [variable ?? ""]);
    const parsed = flag.read(values);
    if ("problem" in parsed) {
      const source = typedTexts === undefined
        ? variableName(flag)
        : option === "url" && !args.some((word) => word.startsWith("--url"))
        ? "<server>"
        : name;
      const { problem, remedy, meant } = parsed;
      const isTyped = meant !== undefined && typedTexts !== undefined && flag.kind === "value";
      throw new Failure("invalid_value", `${source}: ${problem}`, {
        ...{ kind: "usage", remedy },
        commandFlags: isTyped ? { [String(option)]: meant } : undefined,
      });
    }
    if (typedTexts === undefined && flag.relaxes?.(parsed.value)) {
      throw usageFailure(
        "invalid_value",
        `${variableName(flag)}: ${values[0]} relaxes checks, which only a flag can do`,
        `Unset the variable and use ${name} ${values[0]}`,
      );
    }
    options[String(option)] = parsed.value;
    sources.set(option, typedTexts === undefined ? "variable" : "flag");
  }
  return { options: options as OptionsOf<F>, sources, texts, operands };
}

/** The values that can be read although the command line is wrong; null for a wrong value. */
export function readableOptions<F extends FlagTable>(
  { flags }: Pick<Command<F>, "flags">,
  args: readonly string[],
  env: Env,
): ReadableOptions<F> {
  const rows: [string, Flag<unknown>][] = Object.entries(flags);
  return Object.fromEntries(rows.flatMap(([option, flag]) => {
    const name = longName(flag);
    const at = args.findLastIndex((word) => word === name || word.startsWith(`${name}=`));
    const text = at === -1
      ? flag.env ? env.get(variableName(flag)) : undefined
      : args[at]?.startsWith(`${name}=`)
      ? args[at].slice(name.length + 1)
      : args[at + 1];
    if (flag.kind !== "value" || text === undefined) return [];
    const parsed = flag.read([text]);
    return "value" in parsed ? [[option, parsed.value]] : [[option, null]];
  })) as ReadableOptions<F>;
}

/** The operand of a command that accepts at most one. */
export function singleOperand(
  { operands }: Pick<Invocation<FlagTable>, "operands">,
  command: string,
  noun: string,
  remedy: string,
): string | undefined {
  if (operands.length <= 1) return operands[0];
  const message =
    `mcpass ${command} accepts one argument, the ${noun}; ${operands.length} were given`;
  throw usageFailure("unexpected_argument", message, remedy);
}

function linesOf(text: string | undefined): string[] {
  return (text ?? "").split(/\r?\n/).filter((line) => line.trim() !== "");
}
