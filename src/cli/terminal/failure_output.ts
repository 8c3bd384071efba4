/**
 * How a failure that no command has rendered itself is written.
 *
 * @module
 */

import type { Env, Io } from "../../core/deps.ts";
import type { Failure } from "../../core/failure.ts";
import { partsOf } from "./failure_parts.ts";
import { failureText } from "./finding_text.ts";
import { styleFor } from "./style.ts";

/** Writes a failure to stderr. */
export async function writeFailure(
  failure: Failure,
  io: Io,
  env: Env,
  noColor: boolean,
): Promise<void> {
  const view = {
    width: io.columns(),
    style: styleFor(io.stderrIsTerminal, env, noColor),
    mask: (text: string) => text,
  };
  io.err(`${failureText(failure.attempted, await partsOf(failure), view).join("\n")}\n`);
}
