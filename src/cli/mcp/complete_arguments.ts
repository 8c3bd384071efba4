/** Completes the arguments of a tool or prompt: a person is asked for those that are missing. @module */

import { type PrintedCommand, withCommand } from "../../core/command_text.ts";
import { toFailure } from "../../core/failure.ts";
import type { JsonObject } from "../../core/json.ts";
import { commandLine } from "../args/command_line.ts";
import type { Command, Context, Invocation } from "../command/command.ts";
import type { FlagTable } from "../command/flag.ts";
import { canAsk } from "../prompt/missing_options.ts";
import {
  convertArguments,
  type Declared,
  type GivenArgument,
  invalidArguments,
  missingArguments,
  missingFields,
  placeholderWords,
} from "./arguments.ts";
import { askField, asksForSecret } from "./ask_field.ts";
import type { CommandSession } from "../shared/command_session.ts";
import type { SchemaField } from "./schema_fields.ts";

export interface ArgumentSource {
  readonly session: CommandSession;
  readonly command: Pick<Command<FlagTable>, "name" | "flags">;
  readonly invocation: Invocation<FlagTable>;
  readonly context: Context;
  /** The server as printed command lines name it. */
  readonly server: string | undefined;
  /** The command that lists the arguments. */
  readonly list: PrintedCommand;
  /** The option that has the arguments as a JSON object, in a printed command line. */
  readonly option: string;
}

export interface GivenArguments {
  readonly given: readonly GivenArgument[];
  /** Arguments from a JSON object. */
  readonly object: JsonObject;
}

async function askFor(
  missing: readonly SchemaField[],
  { session, context }: ArgumentSource,
): Promise<[string, unknown][]> {
  session.progress.finish();
  const prompter = await context.runtime.prompter();
  const answers: [string, unknown][] = [];
  for (const field of missing) {
    answers.push([field.name, await askField(prompter, field, session.secrets)]);
  }
  return answers;
}

function convert(
  declared: Declared,
  { given, object }: GivenArguments,
  { list }: ArgumentSource,
): JsonObject {
  try {
    return convertArguments(declared, given, object);
  } catch (error) {
    const { message, remedy } = toFailure(error);
    const before = remedy === undefined ? "" : `${remedy}\n`;
    throw invalidArguments(message, before + withCommand("See its arguments", list));
  }
}

/** @throws Failure `arguments_invalid` (usage), `cancelled`. */
export async function completeArguments(
  declared: Declared,
  all: GivenArguments,
  source: ArgumentSource,
): Promise<JsonObject> {
  const { invocation, command, context, option } = source;
  const values = convert(declared, all, source);
  const missing = missingFields(declared, values);
  if (missing.length === 0) return values;
  const { options, operands } = invocation;
  const noInput = options["noInput"] === true;
  if (!canAsk({ noInput }, context.runtime.io)) {
    const words = [...operands, ...placeholderWords(missing)];
    const texts = new Map(invocation.texts);
    if (source.server !== undefined) texts.set("url", [source.server]);
    const line = commandLine(command, [...texts], { operands: words });
    throw missingArguments(declared, missing, line);
  }
  const answers = await askFor(missing, source);
  const secrets = missing.filter(asksForSecret).map(({ name }) => name);
  const printed = answers.filter(([name]) => !secrets.includes(name));
  const known = Object.fromEntries([...Object.entries(all.object), ...printed]);
  // The printed command line asks for a secret again; one with options alone sends what it has.
  const asksAgain = operands.length > 0;
  if (printed.length > 0 && (secrets.length === 0 || asksAgain)) {
    context.answers.set(option, [JSON.stringify(known)]);
  }
  return Object.assign(Object.create(null), values, Object.fromEntries(answers));
}
