/** Everything outside the program that a command may use; tests replace it. @module */

import type { BeforeExit, Clock, Env, Io } from "../../core/system.ts";
import type { chooseAuthorities } from "../../core/certificate_authorities.ts";
import type { Prompter } from "./question.ts";

interface ByteIo {
  out(bytes: Uint8Array): void;
  readStdin(): Promise<Uint8Array<ArrayBuffer>>;
}

export interface Runtime {
  readonly io: Io;
  readonly bytes: ByteIo;
  readonly env: Env;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Work for the end of the process; absent if the process continues after the command. */
  readonly beforeExit?: BeforeExit;
  /** Chooses the certificate authorities of the process; absent: those of the runtime. */
  readonly chooseAuthorities?: typeof chooseAuthorities;
  /** Loads the prompts; called only when there is a question. */
  prompter(look?: { readonly noColor: boolean }): Promise<Prompter>;
  /**
   * Loads a module that has effects; called only for a valid command line. A test replaces functions of
   * the module by name.
   */
  load<T extends object>(module: () => Promise<T>): Promise<T>;
}
