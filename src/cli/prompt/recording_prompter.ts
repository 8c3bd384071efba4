import type { Command, Invocation } from "../command/command.ts";
import { withCommand } from "../../core/command_text.ts";
import { commandLine } from "../args/command_line.ts";
import type { FlagTable } from "../command/flag.ts";
import type { Prompter } from "../command/runtime.ts";

/** Records each answer under the option that has the same effect. */
export function recordingPrompter(
  prompter: Prompter,
  answers: Map<string, readonly string[]>,
): Prompter {
  const record = (option: string | undefined, text: string) => {
    if (option !== undefined) answers.set(option, [text]);
  };
  return {
    async ask(question) {
      const raw = await prompter.ask(question);
      const answer = question.interpret?.(raw) ?? raw;
      const sets = question.choices?.find(({ value }) => value === answer)?.sets;
      if (sets === undefined) record(question.option, answer);
      else Object.entries(sets).forEach(([option, text]) => record(option, text));
      return answer;
    },
    async askMany(selection) {
      const answer = await prompter.askMany(selection);
      record(selection.option, answer.join(" "));
      return answer;
    },
  };
}

export function equivalentCommand<F extends FlagTable>(
  command: Command<F>,
  { texts, operands }: Invocation<F>,
  answers: ReadonlyMap<string, readonly string[]>,
): string {
  const line = commandLine(command, [...texts, ...answers], { operands });
  return `${withCommand("Equivalent command", line)}\n`;
}
