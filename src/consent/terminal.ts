/**
 * Whether there is anybody to ask.
 *
 * @module
 */

import type { Io } from "../core/deps.ts";
import { Failure } from "../core/failure.ts";

/** What decides whether an interactive sign-in can begin. */
export interface TerminalOptions {
  /** The terminal. */
  readonly io: Io;
  /** `--no-input`: the browser may be opened, but nothing is read from the terminal. */
  readonly noInput: boolean;
  /** `--print-url`: print the URL, open nothing, and wait. */
  readonly printUrl: boolean;
  /** `--browser`: open the URL with this command. */
  readonly browser?: string | undefined;
  /** The command line to run in a terminal, without secrets. */
  readonly command: string;
}

/** True when a line can be asked for. */
export function canAskPerson({ io, noInput }: TerminalOptions): boolean {
  return io.stdinIsTerminal && io.stderrIsTerminal && !noInput;
}

/**
 * Ends an interactive sign-in that nobody could answer. Cheap: call it before the first request.
 *
 * @throws Failure `sign_in_needed` (exit 4) without a terminal on standard input and standard error,
 * unless `--print-url` or `--browser` was given.
 */
export function requirePerson(options: TerminalOptions): void {
  const { io, printUrl, browser, command } = options;
  if ((io.stdinIsTerminal && io.stderrIsTerminal) || printUrl || browser !== undefined) return;
  throw new Failure(
    "sign_in_needed",
    "a person has to sign in, and standard input and standard error are not both a terminal",
    {
      kind: "sign_in_needed",
      remedy: `Run this in a terminal: ${command}\n` +
        "Or add --print-url, which prints the address to open and waits, --browser <command>, or " +
        "--auth-mode headless or client_credentials where no person is needed",
    },
  );
}
