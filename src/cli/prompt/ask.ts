import { cancelledFailure, toFailure, usageFailure } from "../../core/failure.ts";
import type { Answers, Invocation, RequiredOption, Source } from "../command/command.ts";
import { quoted } from "../../core/text.ts";
import type { FlagTable, OptionsOf } from "../command/flag.ts";
import type { Choice, Question, Runtime } from "../command/runtime.ts";
import { REMOVED } from "../args/command_line.ts";
import { canAsk } from "./missing_options.ts";

/** The value of the choice to type an answer. */
const OTHER = "\0other";

/** The question for a required option without choices; the flag's parser checks the answer. */
export function typedQuestion<F extends FlagTable>(
  flags: F,
  required: RequiredOption<F>,
): Question {
  const { option, message, example, interpret } = required;
  const flag = option === undefined ? undefined : flags[option];
  return {
    message,
    example,
    option,
    interpret,
    secret: flag?.secret ?? false,
    check(answer) {
      const text = interpret?.(answer) ?? answer;
      const objection = required.objection?.(text);
      if (objection !== undefined || flag === undefined) return objection;
      const parsed = flag.read([text]);
      if (!("problem" in parsed)) {
        return flag.placeholder === "<path>" ? fileObjection(text) : undefined;
      }
      const { problem, remedy } = parsed;
      return remedy === undefined ? problem : `${problem}. ${remedy}`;
    },
  };
}

/** Why a file cannot be read: the person can correct the path. */
function fileObjection(path: string): string | undefined {
  try {
    Deno.openSync(path).close();
    return undefined;
  } catch (error) {
    const isMissing = error instanceof Deno.errors.NotFound;
    return isMissing ? `no such file: ${quoted(path)}` : `cannot read ${quoted(path)}`;
  }
}

export async function askRequired<F extends FlagTable>(
  flags: F,
  required: RequiredOption<F>,
  runtime: Pick<Runtime, "prompter">,
  choices: readonly Choice[] = [],
): Promise<string> {
  const prompter = await runtime.prompter();
  if (choices.length > 0) {
    const { message, option, search, other } = required;
    const typing = other === undefined ? { choices } : {
      ...typedQuestion(flags, required),
      choices: [...choices, { value: OTHER, label: other, sets: {} }],
      typed: true,
    };
    const answer = await prompter.ask({ ...typing, message, option, search });
    if (answer !== OTHER) return answer;
  }
  return await prompter.ask(typedQuestion(flags, required));
}

export function withAnswers<F extends FlagTable>(
  flags: F,
  invocation: Invocation<F>,
  answers: Answers,
): Invocation<F> {
  const options: Record<string, unknown> = { ...invocation.options };
  const sources = new Map<keyof F, Source>(invocation.sources);
  const texts = new Map<keyof F, readonly string[]>(invocation.texts);
  for (const [option, answered] of answers) {
    const flag = flags[option];
    if (flag === undefined) continue;
    if (answered === REMOVED) {
      options[option] = flag.absent;
      sources.delete(option);
      texts.delete(option);
      continue;
    }
    const parsed = flag.read(answered);
    if ("problem" in parsed) {
      throw usageFailure("invalid_value", `${flag.flags}: ${parsed.problem}`, parsed.remedy);
    }
    options[option] = parsed.value;
    sources.set(option, "answer");
    texts.set(option, answered);
  }
  return { ...invocation, options: options as OptionsOf<F>, sources, texts };
}

/** Asks for what a command requires. It has not begun, so that cancelling changes nothing. */
export async function askAll<F extends FlagTable>(
  flags: F,
  requiredOptions: readonly RequiredOption<F>[],
  invocation: Invocation<F>,
  runtime: Runtime,
): Promise<Invocation<F>> {
  try {
    return await askEach(flags, requiredOptions, invocation, runtime);
  } catch (error) {
    const failure = toFailure(error);
    if (failure.kind !== "cancelled") throw error;
    throw cancelledFailure(`${failure.message}; nothing was changed`);
  }
}

async function askEach<F extends FlagTable>(
  flags: F,
  requiredOptions: readonly RequiredOption<F>[],
  invocation: Invocation<F>,
  runtime: Runtime,
): Promise<Invocation<F>> {
  let filled = invocation;
  for (const required of requiredOptions) {
    if (required.later || !required.missing(filled.options, filled.operands)) continue;
    const { options, operands } = filled;
    const offered = await required.offer?.(options, runtime, operands).catch((error) => {
      // Without the list of choices, the person can still type the answer, unless the command stores
      // something and would fail later.
      if (toFailure(error).kind === "cancelled" || required.storesIn?.(filled.options)) throw error;
      return [];
    });
    const objection = await required.objectionFor?.(filled.options, runtime);
    const question = objection === undefined ? required : { ...required, objection };
    const answer = await askRequired(flags, question, runtime, offered);
    filled = required.option === undefined
      ? { ...filled, operands: [...filled.operands, answer] }
      : withAnswers(flags, filled, new Map([[required.option, [answer]]]));
  }
  return filled;
}

/** Asks for a passphrase; undefined if a person cannot be asked. */
export function passphraseFrom(
  { noInput }: { readonly noInput: boolean },
  runtime: Runtime,
): (message: string) => Promise<string | undefined> {
  const check = (answer: string) => answer === "" ? "the passphrase is empty" : undefined;
  return async (message) =>
    canAsk({ noInput }, runtime.io)
      ? await (await runtime.prompter()).ask({ message, secret: true, check })
      : undefined;
}
