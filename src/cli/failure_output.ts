/**
 * How a failure that no command has rendered itself is written.
 *
 * @module
 */

import type { Env, Io } from "../core/deps.ts";
import type { Failure } from "../core/failure.ts";
import { failureText } from "./finding_text.ts";
import { styleFor } from "./style.ts";

/** A failure as a member of a document. */
export interface ErrorMember {
  /** Stable identifier. */
  readonly code: string;
  /** What is wrong. */
  readonly message: string;
  /** What to do about it. */
  readonly remedy?: string;
}

/** The member for a failure. */
export function errorOf({ code, message, remedy }: Failure): ErrorMember {
  return { code, message, ...(remedy === undefined ? {} : { remedy }) };
}

/** A document that holds nothing but the error. */
export function errorDocument(failure: Failure): unknown {
  return { completed: false, error: errorOf(failure) };
}

/** Writes a failure to stderr. */
export function writeFailure(failure: Failure, io: Io, env: Env, noColor: boolean): void {
  const view = {
    width: io.columns(),
    style: styleFor(io.stderrIsTerminal, env, noColor),
    mask: (text: string) => text,
  };
  io.err(`${failureText(undefined, failure, view).join("\n")}\n`);
}
