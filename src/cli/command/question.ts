export interface Choice {
  readonly value: string;
  /** The text on screen; the answer itself where absent. */
  readonly label?: string;
  readonly hint?: string | undefined;
  /** The options that this answer sets, instead of the question's own option. */
  readonly sets?: Readonly<Record<string, string>>;
}

export interface QuestionText {
  readonly message: string;
  /** Lines to read before it. */
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
  /** The value that a typed answer means; the answer itself where absent. */
  readonly interpret?: ((answer: string) => string) | undefined;
  /** Why an answer is not accepted; every answer is accepted where absent. */
  check?(answer: string): string | undefined;
}

export interface Selection extends QuestionText {
  readonly choices: readonly Choice[];
  /** The answers that are selected at first. */
  readonly preselected: readonly string[];
  readonly required: boolean;
}

export interface Prompter {
  /** Asks until the answer passes its check; throws `cancelled` on Ctrl-C, Esc or a signal. */
  ask(question: Question): Promise<string>;
  /** Asks for any number of choices. It throws as {@link Prompter.ask}. */
  askMany(selection: Selection): Promise<string[]>;
}
