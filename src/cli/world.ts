/**
 * Everything a command may touch: handed in, so that tests run whole commands in process.
 *
 * @module
 */

import type { Clock, Env, Io } from "../core/deps.ts";
import type { Prompter } from "./prompter.ts";

/** The functions a login is made of; a test hands in others of the same shape. */
export type LoginParts = typeof import("./login_parts.ts");

/** The world as a command sees it. */
export interface World {
  /** The terminal. */
  readonly io: Io;
  /** Environment variables. */
  readonly env: Env;
  /** Time. */
  readonly clock: Clock;
  /** Aborted on Ctrl-C and on SIGTERM. */
  readonly signal: AbortSignal;
  /** Loads the prompts; called only when something has to be asked. */
  prompter(): Promise<Prompter>;
  /** Loads what a login is made of; called only when the command line is in order. */
  loginParts(): Promise<LoginParts>;
}
