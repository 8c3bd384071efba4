export interface Choice {
  readonly value: string;
  /** The text on screen; by default the value. */
  readonly label?: string;
  readonly hint?: string | undefined;
  /** The options that this answer sets, instead of the question's own option. */
  readonly sets?: Readonly<Record<string, string>>;
}

export interface QuestionText {
  readonly message: string;
  /** Lines to show before it. */
  readonly before?: readonly string[];
  readonly option?: string | undefined;
}

export interface Question extends QuestionText {
  /** An example, shown until something is typed. */
  readonly example?: string | undefined;
  readonly choices?: readonly Choice[] | undefined;
  /** True if a person searches the choices by typing. */
  readonly search?: boolean | undefined;
  readonly secret?: boolean;
  /** The value that a typed answer means; by default the answer itself. */
  readonly interpret?: ((answer: string) => string) | undefined;
  /** Why an answer is not accepted; by default every answer is. */
  check?(answer: string): string | undefined;
}

export interface Selection extends QuestionText {
  readonly choices: readonly Choice[];
  readonly preselected: readonly string[];
  readonly required: boolean;
}

export interface Prompter {
  /** Asks until the answer passes its check; throws `cancelled` on Ctrl-C, Esc or a signal. */
  ask(question: Question): Promise<string>;
  /** Asks for any number of choices. It throws as {@link Prompter.ask}. */
  askMany(selection: Selection): Promise<string[]>;
}
