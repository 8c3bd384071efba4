/**
 * Questions on a terminal. Loaded only when something has to be asked.
 *
 * @module
 */

import { isCancel, password, text } from "@clack/prompts";
import process from "node:process";
import { cancelledFailure } from "../core/failure.ts";

/** One question. */
export interface Question {
  /** What is asked. */
  readonly message: string;
  /** An example, shown while nothing has been typed. */
  readonly example?: string | undefined;
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
      const answer = question.secret ? await password(options) : await text({
        ...options,
        ...(question.example === undefined ? {} : { placeholder: question.example }),
      });
      if (isCancel(answer)) throw cancelledFailure("cancelled at a question");
      return answer;
    },
  };
}
