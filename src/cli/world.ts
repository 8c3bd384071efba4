/**
 * Everything a command may touch: handed in, so that tests run whole commands in process.
 *
 * @module
 */

import type { Clock, Env, Io } from "../core/deps.ts";
import type { chooseAuthorities } from "../core/authorities.ts";
import type { Prompter } from "./prompter.ts";

/** The functions a login is made of; a test hands in others of the same shape. */
export type LoginParts = typeof import("./login_parts.ts");

/** What a single request is made of; a test hands in another resolver. */
export type ProxyParts = typeof import("./proxy_parts.ts");

/** Standard input and output as bytes. */
export interface ByteIo {
  /** Writes bytes as they are. */
  out(bytes: Uint8Array): void;
  /** Reads standard input to its end. */
  readStdin(): Promise<Uint8Array<ArrayBuffer>>;
}

/** The world as a command sees it. */
export interface World {
  /** The terminal. */
  readonly io: Io;
  /** The streams where text would not do. */
  readonly bytes: ByteIo;
  /** Environment variables. */
  readonly env: Env;
  /** Time. */
  readonly clock: Clock;
  /** Aborted on Ctrl-C and on SIGTERM. */
  readonly signal: AbortSignal;
  /** Chooses the certificate authorities of the process; absent: those of the runtime. */
  readonly trust?: typeof chooseAuthorities;
  /** Loads the prompts; called only when something has to be asked. */
  prompter(look?: { readonly noColor: boolean }): Promise<Prompter>;
  /** Loads what a login is made of; called only when the command line is in order. */
  loginParts(): Promise<LoginParts>;
  /** Loads what a single request is made of; called only when the command line is in order. */
  proxyParts(): Promise<ProxyParts>;
}
