/** Everything outside the program that a command may use; tests replace it. @module */

import type { BeforeExit, Clock, Env, Io } from "../../core/system.ts";
import type { chooseAuthorities } from "../../core/certificate_authorities.ts";

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
  readonly before?: readonly string[];
  readonly option?: string | undefined;
}

export interface Question extends QuestionText {
  readonly example?: string | undefined;
  /** The text to edit: a previous answer. */
  readonly initial?: string | undefined;
  readonly choices?: readonly Choice[] | undefined;
  readonly search?: boolean | undefined;
  /** True if a typed text is an answer in addition to the choices. */
  readonly typed?: boolean;
  readonly secret?: boolean;
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
  askMany(selection: Selection): Promise<string[]>;
}

/** Standard input and output for messages that continue while the program runs. */
export interface Pipe {
  readonly input: AsyncIterable<Uint8Array>;
  /** Resolves when everything is written; the calls are in order. Rejects if nobody reads. */
  write(bytes: Uint8Array): Promise<void>;
  /** Aborted when the process that started this one has ended. */
  readonly clientEnded: AbortSignal;
}

interface ByteIo {
  out(bytes: Uint8Array): void;
  readStdin(): Promise<Uint8Array<ArrayBuffer>>;
}

export interface Runtime {
  readonly io: Io;
  readonly bytes: ByteIo;
  /** After it, nothing else writes to standard output. */
  openPipe(): Pipe;
  readonly env: Env;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Work for the end of the process; absent if the process continues after the command. */
  readonly beforeExit?: BeforeExit;
  /** Time limit of the process after a signal: a command can lengthen it. Absent: the default. */
  readonly exitLimit?: { ms: number };
  /** Chooses the certificate authorities of the process; absent: those of the runtime. */
  readonly chooseAuthorities?: typeof chooseAuthorities;
  /** Loads the prompts; called only when there is a question. */
  prompter(look?: { readonly noColor: boolean }): Promise<Prompter>;
  /** Loads a module that has effects. A test replaces functions of the module by name. */
  load<T extends object>(module: () => Promise<T>): Promise<T>;
}
