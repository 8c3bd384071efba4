/** Whether a person can sign in at this terminal. @module */

import type { Io } from "../core/deps.ts";
import { Failure } from "../core/failure.ts";

export interface TerminalOptions {
  readonly io: Io;
  /** `--no-input`: nothing is read from the terminal. */
  readonly noInput: boolean;
  /** `--print-url`. */
  readonly printUrl: boolean;
  /** `--browser`. */
  readonly browser?: string | undefined;
  /** This command line, without secrets. */
  readonly command: string;
}

/** True if a person can type a line. */
export function canAskPerson({ io, noInput }: TerminalOptions): boolean {
  return io.stdinIsTerminal && io.stderrIsTerminal && !noInput;
}

/**
 * Refuses an interactive sign-in that no person could complete; call it before the first request.
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
