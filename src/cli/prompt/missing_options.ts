import type { Io } from "../../core/deps.ts";
import { type Failure, usageFailure } from "../../core/failure.ts";
import type { Invocation, RequiredOption } from "../command/command.ts";
import { type FlagTable, longName, variableName } from "../command/flag.ts";

export function canAsk(
  { noInput }: { readonly noInput: boolean },
  { stdinIsTerminal, stderrIsTerminal }: Pick<Io, "stdinIsTerminal" | "stderrIsTerminal">,
): boolean {
  return !noInput && stdinIsTerminal && stderrIsTerminal;
}

export function missingOptions<F extends FlagTable>(
  required: readonly RequiredOption<F>[],
  { options, operands }: Pick<Invocation<F>, "options" | "operands">,
): readonly RequiredOption<F>[] {
  return required.filter((option) => option.missing(options, operands));
}

export function missingFailure<F extends FlagTable>(
  flags: F,
  required: readonly RequiredOption<F>[],
): Failure {
  const named = required.flatMap(({ option, reason }) => {
    const flag = option === undefined ? undefined : flags[option];
    return flag === undefined ? [] : [{ flag, reason }];
  });
  const words = required.filter(({ option }) => option === undefined);
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
