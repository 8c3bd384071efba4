import type { Env } from "../../core/system.ts";
import type { Failure } from "../../core/failure.ts";
import type { Code } from "../../findings/mod.ts";
import type { FlagTable, OptionsOf } from "./flag.ts";
import type { Choice, Runtime } from "./runtime.ts";

export type Format = "human" | "json";

/**
 * Where an option's value came from; `host`: a server was typed as its host alone; `stored`: from the
 * sign-in that is repeated.
 */
export type Source = "flag" | "variable" | "answer" | "host" | "stored";

/** Answers at prompts: the texts by the options that they set. */
export type Answers = ReadonlyMap<string, readonly string[]>;

export interface Invocation<F extends FlagTable> {
  /** The options; each value has passed the check of its flag. */
  readonly options: OptionsOf<F>;
  readonly sources: ReadonlyMap<keyof F, Source>;
  /** The text of each option that came from a flag or an answer. */
  readonly texts: ReadonlyMap<keyof F, readonly string[]>;
  readonly operands: readonly string[];
}

/** An option, or an operand, that a command cannot run without. */
export interface RequiredOption<F extends FlagTable = FlagTable> {
  readonly option?: string;
  /** The operand, as the usage line shows it; without `option`. */
  readonly operand?: string;
  missing(options: OptionsOf<F>, operands: readonly string[]): boolean;
  /** Why it is required, as it follows the flag's name; for an operand, what to write. */
  readonly reason: string;
  readonly message: string;
  readonly example?: string;
  /** Lists choices; if it returns none, the person types the answer. */
  offer?(
    options: OptionsOf<F>,
    runtime: Runtime,
    operands: readonly string[],
  ): Promise<readonly Choice[]>;
  /** True if the command needs the store that `offer` reads: it ends if that cannot be used. */
  storesIn?(options: OptionsOf<F>): boolean;
  /** The label of the choice to type an answer; absent if only the offered ones are valid. */
  readonly other?: string;
  /** True if a person searches the choices by typing. */
  readonly search?: true;
  /** The value that a typed answer means; by default the answer itself. */
  interpret?(answer: string): string;
  /** Why an answer is not accepted, in addition to what the flag says. */
  objection?(answer: string): string | undefined;
  /** Makes the objection to answers from what is stored. */
  objectionFor?(
    options: OptionsOf<F>,
    runtime: Runtime,
  ): Promise<(answer: string) => string | undefined>;
  /** True if the only stored sign-in is used where the command line names no server. */
  readonly orOnlySignIn?: true;
  /** True if the command asks later, when it knows the choices. */
  readonly later?: true;
  /** True if it also fails later where nobody can be asked: its error lists the choices. */
  readonly lists?: true;
}

export interface FlagRule<F extends FlagTable = FlagTable> {
  readonly options: readonly (keyof F & string)[];
  broken(options: OptionsOf<F>): boolean;
  message(options: OptionsOf<F>, flags: F): string;
  readonly remedy: string;
  /** Code of the failure; by default `impossible_combination`. */
  readonly code?: Code;
  /** True if a flag does not override a variable, because each option is a protection. */
  readonly strict?: true;
}

export interface Context {
  readonly runtime: Runtime;
  readonly format: Format;
  /** The answers so far; every question adds to it. */
  readonly answers: Map<string, readonly string[]>;
  readonly commands: readonly CommandEntry[];
}

export type ReadableOptions<F extends FlagTable> = {
  readonly [Name in keyof F]?: OptionsOf<F>[Name] | null;
};

export interface Command<F extends FlagTable> {
  /** The words after `mcpass`. */
  readonly name: string;
  readonly summary: string;
  readonly examples: readonly (readonly [comment: string, line: string])[];
  /** Arguments, as in the usage line: `[command...]`; without, a command with `--url` has the server. */
  readonly operands?: string;
  /**
   * Whether the operands of a command with `operands` have the server: `leading` if the first one is a
   * URL, a name or the host of a stored sign-in; `second` if the first one is something else; else the first
   * one that is none of these words.
   */
  readonly serverOperand?: "leading" | "second" | readonly string[];
  /** True if the command waits for a sign-in: its `url` may be a name that is not stored yet. */
  waitsForSignIn?(options: OptionsOf<F>): boolean;
  /** Values that completion offers for the first operand, or after the given ones; `files` for a path. */
  readonly operandChoices?:
    | readonly string[]
    | "files"
    | ((operands: readonly string[], env: Env) => Promise<readonly string[]>);
  readonly flags: F;
  /** Options that it cannot run without; on a terminal mcpass asks for them. */
  readonly requiredOptions?: readonly RequiredOption<NoInfer<F>>[];
  /** Rules between its flags, in addition to those of all commands. */
  readonly rules?: readonly FlagRule<NoInfer<F>>[];
  /** Further rules, if this invocation could break one. */
  loadRules?(invocation: Invocation<F>): Promise<readonly FlagRule<NoInfer<F>>[]>;
  readonly notes?: readonly string[];
  /** Returns the exit status; throws if there is no result. */
  run(invocation: Invocation<F>, context: Context): Promise<number>;
  /**
   * For format json after a failure; undefined: stdout remains empty. Absent: the error alone.
   *
   * @param options All, or those that can be read although others are wrong; null for a wrong value.
   * @param args The arguments of the command.
   */
  failureDocument?(
    failure: Failure,
    invocation: Invocation<F> | undefined,
    options: ReadableOptions<F>,
    args: readonly string[],
  ): object | undefined | Promise<object | undefined>;
  /** True if its documents are lines of a protocol of their own, whatever the format. */
  readonly writesLines?: true;
}

/** The sections of the list of commands. */
export type CommandGroup = "sign_in" | "use" | "debug" | "more";

export interface CommandEntry {
  readonly name: string;
  /** Its section in the list of all commands; by default `debug`. */
  readonly group?: CommandGroup;
  readonly summary: string;
  load(): Promise<Command<FlagTable>>;
}
