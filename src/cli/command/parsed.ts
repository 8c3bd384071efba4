/** The result of parsing a value, as data: flags and prompts report a problem differently. @module */

export interface Problem {
  /** What is wrong, as it follows the flag's name: `"x" is no number`. */
  readonly problem: string;
  /** What would be right, as a sentence without a full stop. */
  readonly remedy?: string | undefined;
}

export type Parsed<T> = { readonly value: T } | Problem;

export interface Parser<T> {
  (text: string): Parsed<T>;
  readonly choices?: readonly string[];
}

export function problem(text: string, remedy?: string): Problem {
  return { problem: text, remedy };
}
