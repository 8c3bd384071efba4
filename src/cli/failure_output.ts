/**
 * How a failure that no command has rendered itself is written.
 *
 * @module
 */

import type { Env, Io } from "../core/deps.ts";
import type { Failure } from "../core/failure.ts";
import { failureText } from "./finding_text.ts";
import { styleFor } from "./style.ts";

/** A document that holds nothing but the error. */
export function errorDocument(failure: Failure): unknown {
  const { code, message, remedy } = failure;
  return {
    completed: false,
    error: { code, message, ...(remedy === undefined ? {} : { remedy }) },
  };
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
