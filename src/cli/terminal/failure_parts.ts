import type { Env, Io } from "../../core/deps.ts";
import { Failure } from "../../core/failure.ts";
import { type FailureParts, failureText } from "./finding_text.ts";
import { styleFor } from "./style.ts";

/** Failures that need no title: errors of the command line, and cancellation by the person. */
const PLAIN: readonly Failure["kind"][] = ["usage", "cancelled"];

/**
 * The parts of a failure for {@link "./finding_text.ts".failureText}. The catalogue is loaded only now,
 * after a failure. A failed verification has the title of its cause.
 */
export async function partsOf(failure: Failure): Promise<FailureParts> {
  const { code, message, remedy, reference, kind, cause } = failure;
  const parts = { code, message, remedy, reference };
  if (PLAIN.includes(kind)) return parts;
  const { PAGES } = await import("../../findings/mod.ts");
  const telling = code === "verification_failed" && cause instanceof Failure ? cause : failure;
  const { detail } = telling;
  return { ...parts, code: telling.code, title: PAGES.get(telling.code)?.title, detail };
}

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
