/**
 * What a command cannot do without, as a table: named all at once where nobody can be asked, asked
 * for one by one where somebody can.
 *
 * @module
 */

import type { Io } from "../core/deps.ts";
import { type Failure, usageFailure } from "../core/failure.ts";
import type { Given } from "./command.ts";
import { type FlagTable, longName, type OptionsOf, variableName } from "./flag.ts";
import type { Choice } from "./prompter.ts";
import type { World } from "./world.ts";

/** One thing that may be missing. */
export interface Need<F extends FlagTable = FlagTable> {
  /** The option that holds it; absent for the word after the command. */
  readonly option?: string;
  /** True when it is needed and not there. */
  missing(options: OptionsOf<F>, operands: readonly string[]): boolean;
  /** Why it is needed, after the flag's name; for a word, what to write. */
  readonly reason: string;
  /** The question. */
  readonly message: string;
  /** An example answer. */
  readonly example?: string;
  /** What there is to choose from; nothing leads to typing. */
  offer?(options: OptionsOf<F>, world: World): Promise<readonly Choice[]>;
  /** The choice that leads to typing; absent where only the offered ones are right. */
  readonly other?: string;
  /** True where so much is offered that it has to be searched. */
  readonly search?: true;
  /** What a typed answer means; the answer itself where absent. */
  meant?(answer: string): string;
  /** Why a typed word is not right; for an option its flag says so. */
  objection?(word: string): string | undefined;
  /** True when the command asks by itself, once it knows what there is to choose from. */
  readonly later?: true;
}

/** True when questions can be asked. */
export function canAsk(
  { noInput }: { readonly noInput: boolean },
  { stdinIsTerminal, stderrIsTerminal }: Pick<Io, "stdinIsTerminal" | "stderrIsTerminal">,
): boolean {
  return !noInput && stdinIsTerminal && stderrIsTerminal;
}

/** The needs that are not met, in the order in which they are asked for. */
export function unmet<F extends FlagTable>(
  needs: readonly Need<F>[],
  { options, operands }: Pick<Given<F>, "options" | "operands">,
): readonly Need<F>[] {
  return needs.filter((need) => need.missing(options, operands));
}

/** One failure that names everything that is missing. */
export function missingFailure<F extends FlagTable>(
  flags: F,
  needs: readonly Need<F>[],
): Failure {
  const named = needs.flatMap(({ option, reason }) => {
    const flag = option === undefined ? undefined : flags[option];
    return flag === undefined ? [] : [{ flag, reason }];
  });
  const words = needs.filter(({ option }) => option === undefined);
  const names = [
    ...words.map(({ message }) => message.charAt(0).toLowerCase() + message.slice(1)),
    ...named.map(({ flag }) => longName(flag)),
  ];
  const reasons = named.map(({ flag, reason }) => {
    const variable = flag.env ? ` (or ${variableName(flag)})` : "";
    return `${longName(flag)}${variable}: ${reason}`;
  });
  const remedies = [
    ...words.map(({ reason }) => reason),
    ...reasons.length === 0 ? [] : [`Give ${reasons.join("; ")}`],
  ];
  return usageFailure("missing_options", `missing ${names.join(", ")}`, remedies.join(". "));
}
