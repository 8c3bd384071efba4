/**
 * Questions on a terminal. Loaded only when something has to be asked.
 *
 * @module
 */

import { password, select, text } from "@clack/prompts";
import process from "node:process";
import { cancelledFailure } from "../core/failure.ts";
import { printable } from "../core/text.ts";

/** One question. */
export interface Question {
  /** What is asked. */
  readonly message: string;
  /** An example, shown while nothing has been typed. */
  readonly example?: string | undefined;
  /** The only answers there are; one of them is chosen. */
  readonly choices?: readonly string[] | undefined;
  /** True when what is typed must not be seen. */
  readonly secret: boolean;
  /** What is wrong with an answer, or undefined. */
  check(answer: string): string | undefined;
}

/** Asks a person. */
export interface Prompter {
  /**
   * Asks until the answer passes its check.
   *
   * @throws Failure `cancelled` on Ctrl-C, Esc, or when the signal aborts.
   */
  ask(question: Question): Promise<string>;
}

interface PromptOptions {
  readonly message: string;
  readonly output: typeof process.stderr;
  readonly signal: AbortSignal;
  readonly validate: (answer: string | undefined) => string | undefined;
}

function prompt(
  { secret, choices, example }: Question,
  options: PromptOptions,
): Promise<string | symbol> {
  if (secret) return password(options);
  if (choices === undefined) {
    return text({ ...options, ...(example === undefined ? {} : { placeholder: example }) });
  }
  const { message, output, signal } = options;
  return select({
    ...{ message, output, signal },
    options: choices.map((choice) => ({ value: choice, label: printable(choice) })),
  });
}

/** Prompts drawn on stderr, so that stdout stays the result's. */
export function createPrompter(signal: AbortSignal): Prompter {
  return {
    async ask(question) {
      const options = {
        message: question.message,
        output: process.stderr,
        signal,
        validate: (answer: string | undefined) => question.check(answer ?? ""),
      };
      const answer = await prompt(question, options);
      if (typeof answer === "symbol") throw cancelledFailure("cancelled at a question");
      return answer;
    },
  };
}
