import type { Command, Invocation } from "../command/command.ts";
import { commandLine, NOT_REPEATED } from "../args/command_line.ts";
import { type FlagTable, variableName } from "../command/flag.ts";
import type { Prompter } from "../command/question.ts";

/** A prompter that records each answer under the option that has the same effect. */
export function recordingPrompter(
  prompter: Prompter,
  answers: Map<string, readonly string[]>,
): Prompter {
  const keep = (option: string | undefined, text: string) => {
    if (option !== undefined) answers.set(option, [text]);
  };
  return {
    async ask(question) {
      const raw = await prompter.ask(question);
      const answer = question.interpret?.(raw) ?? raw;
      const sets = question.choices?.find(({ value }) => value === answer)?.sets;
      if (sets === undefined) keep(question.option, answer);
      else Object.entries(sets).forEach(([option, text]) => keep(option, text));
      return answer;
    },
    async askMany(selection) {
      const answer = await prompter.askMany(selection);
      keep(selection.option, answer.join(" "));
      return answer;
    },
  };
}

export function repeatedLine<F extends FlagTable>(
  command: Command<F>,
  { texts, operands }: Invocation<F>,
  answers: ReadonlyMap<string, readonly string[]>,
): string {
  const { name, flags } = command;
  const secret = [...answers.keys()].filter((option) => flags[option]?.secret);
  const all = new Map<keyof F, readonly string[]>([...texts, ...answers]);
  const line = commandLine(name, flags, all, { without: [...NOT_REPEATED, ...secret], operands });
  const variables = secret.flatMap((option) => {
    const flag = flags[option];
    return flag === undefined ? [] : [variableName(flag)];
  });
  const how = variables.length === 0 ? "" : `, with ${variables.join(" and ")} set`;
  return `The same without questions${how}:\n  ${line}\n`;
}
