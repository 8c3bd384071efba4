/** The outcome of reading a value, as plain data: flags and prompts word it differently. @module */

export interface Problem {
  /** What is wrong, as it follows the flag's name: `"x" is no number`. */
  readonly problem: string;
  /** What would be right, as a sentence without a full stop. */
  readonly remedy?: string | undefined;
}

/** A value, or what is wrong with the text. */
export type Parsed<T> = { readonly value: T } | Problem;

export interface Parser<T> {
  /** Reads it. */
  (text: string): Parsed<T>;
  /** The words it takes, where only these are right. */
  readonly choices?: readonly string[];
}

/** A {@link Problem}. */
export function problem(text: string, remedy?: string): Problem {
  return { problem: text, remedy };
}
