/**
 * What a command is: data, and one function.
 *
 * @module
 */

import type { Failure } from "../core/failure.ts";
import type { Format } from "./common_flags.ts";
import type { FlagTable, OptionsOf } from "./flag.ts";
import type { Need } from "./need.ts";
import type { World } from "./world.ts";

/** Where an option's value came from. */
export type Source = "flag" | "variable" | "answer";

/** What was answered at prompts: the texts by the options that would have said the same. */
export type Answers = ReadonlyMap<string, readonly string[]>;

/** What a command line asked of a command. */
export interface Given<F extends FlagTable> {
  /** The options, read and checked one by one. */
  readonly options: OptionsOf<F>;
  /** Where each option that was given came from. */
  readonly sources: ReadonlyMap<keyof F, Source>;
  /** What was typed for each option that came from a flag or an answer. */
  readonly texts: ReadonlyMap<keyof F, readonly string[]>;
  /** Words that are no flags. */
  readonly operands: readonly string[];
}

/** What a command runs with, beside its options. */
export interface Context {
  /** Everything outside. */
  readonly world: World;
  /** How the result is to be written. */
  readonly format: Format;
  /** What was answered so far; grows with every question. */
  readonly answers: Map<string, readonly string[]>;
}

/** A command. */
export interface Command<F extends FlagTable> {
  /** The words after `mcpass`. */
  readonly name: string;
  /** One line for the list of commands. */
  readonly summary: string;
  /** Command lines worth copying, shown first in the help; a comment and a line each. */
  readonly examples: readonly (readonly [comment: string, line: string])[];
  /** Words after the flags, as in the usage line: `[command...]`. */
  readonly operands?: string;
  /** What completion offers for the first such word; `files` for a path. */
  readonly operandChoices?: readonly string[] | "files";
  /** Its flags. */
  readonly flags: F;
  /** What it cannot do without; asked for on a terminal. */
  readonly needs?: readonly Need<F>[];
  /** Paragraphs below the flags in the help. */
  readonly notes?: readonly string[];
  /**
   * Settles contradictions, before anything is asked.
   *
   * @throws Failure of kind `usage`.
   */
  settle?(given: Given<F>): Promise<Given<F>>;
  /**
   * Does it.
   *
   * @returns The exit status.
   * @throws Failure when it ended before it could write a result of its own.
   */
  run(given: Given<F>, context: Context): Promise<number>;
  /**
   * The document that stands on stdout in format json when `run` threw or was not reached;
   * undefined where nothing may stand there.
   *
   * @param given What was asked for; undefined when the command line could not be read.
   */
  failed(failure: Failure, given: Given<F> | undefined): unknown;
}
