import { cancelledFailure, Failure, usageFailure } from "../../core/failure.ts";
import type { Runtime } from "../command/runtime.ts";
import { canAsk } from "../prompt/missing_options.ts";

interface Confirmation {
  readonly message: string;
  /** What a person has to see before, with its last newline. */
  readonly shown: string;
  /** Completes "Add --yes". */
  readonly whatFor: string;
}

/** Asks a person; without a terminal, `--yes` is required. @throws Failure `missing_options`, `cancelled`. */
export async function confirm(
  { message, shown, whatFor }: Confirmation,
  options: { readonly yes: boolean; readonly noInput: boolean },
  runtime: Pick<Runtime, "io" | "prompter">,
): Promise<void> {
  if (options.yes) return;
  if (!canAsk(options, runtime.io)) {
    throw usageFailure(
      "missing_options",
      "missing --yes: there is no terminal to ask on",
      `Add --yes ${whatFor} without a question`,
    );
  }
  runtime.io.err(shown);
  const answer = await (await runtime.prompter()).ask({
    message,
    choices: [{ value: "yes", label: "Yes" }, { value: "no", label: "No, change nothing" }],
  }).catch((error) => {
    throw error instanceof Failure && error.kind === "cancelled"
      ? cancelledFailure(`${error.message}; nothing was changed`)
      : error;
  });
  if (answer !== "yes") throw cancelledFailure("nothing was changed");
}
