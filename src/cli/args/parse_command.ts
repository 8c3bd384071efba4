import type { Env } from "../../core/system.ts";
import { usageFailure } from "../../core/failure.ts";
import type { Command, Invocation, Source } from "../command/command.ts";
import {
  type Flag,
  type FlagTable,
  longName,
  type OptionsOf,
  variableName,
} from "../command/flag.ts";
import { readArguments } from "./argv.ts";

/** @throws Failure of kind `usage`. */
export function parseCommand<F extends FlagTable>(
  command: Command<F>,
  args: readonly string[],
  env: Env,
): Invocation<F> {
  const { texts, operands } = readArguments(command.flags, args);
  const rows: [keyof F, Flag<unknown>][] = Object.entries(command.flags);
  const isName = (word: string) =>
    word.startsWith("--") && rows.some(([, flag]) => longName(flag) === word);
  for (const [option, flag] of rows) {
    const swallowed = flag.kind === "toggle" ? undefined : texts.get(option)?.find(isName);
    if (swallowed !== undefined) {
      throw usageFailure(
        "missing_value",
        `${longName(flag)} needs a value, and ${swallowed} follows`,
        `Write ${flag.flags}`,
      );
    }
  }
  // Usually no variable is set, and reading one for each flag takes longer than everything else here.
  const readsVariables = Object.keys(env.toObject()).some((it) => /^mcpass_/i.test(it));
  if (operands.length > 0 && command.operands === undefined) {
    throw usageFailure(
      "unexpected_argument",
      `mcpass ${command.name} takes no words beside its options, and ${operands.length} came`,
      "Give every value with its flag and put values with spaces between quotes" +
        (isName("--url") ? "; the server goes with --url <url>" : ""),
    );
  }

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
        `${name} was given ${typedTexts.length} times, and one value is wanted`,
        `Give ${name} once`,
      );
    }
    const values = typedTexts ?? (flag.kind === "list" ? linesOf(variable) : [variable ?? ""]);
    const parsed = flag.read(values);
    if ("problem" in parsed) {
      const source = typedTexts === undefined ? variableName(flag) : name;
      throw usageFailure("invalid_value", `${source}: ${parsed.problem}`, parsed.remedy);
    }
    if (typedTexts === undefined && flag.relaxes?.(parsed.value)) {
      throw usageFailure(
        "invalid_value",
        `${variableName(flag)}: ${values[0]} relaxes checks, and only a flag may do that`,
        `Unset the variable and pass ${name} ${values[0]}`,
      );
    }
    options[String(option)] = parsed.value;
    sources.set(option, typedTexts === undefined ? "variable" : "flag");
  }
  return { options: options as OptionsOf<F>, sources, texts, operands };
}

/** The operand of a command that accepts at most one. */
export function singleOperand(
  { operands }: Pick<Invocation<FlagTable>, "operands">,
  command: string,
  noun: string,
  remedy: string,
): string | undefined {
  if (operands.length <= 1) return operands[0];
  const message = `mcpass ${command} takes one ${noun}, and ${operands.length} came`;
  throw usageFailure("unexpected_argument", message, remedy);
}

function linesOf(text: string | undefined): string[] {
  return (text ?? "").split(/\r?\n/).filter((line) => line.trim() !== "");
}
