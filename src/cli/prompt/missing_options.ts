import type { Io } from "../../core/system.ts";
import { type Failure, usageFailure } from "../../core/failure.ts";
import type { RequiredOption } from "../command/command.ts";
import { type FlagTable, longName, variableName } from "../command/flag.ts";

export function canAsk(
  { noInput }: { readonly noInput: boolean },
  { stdinIsTerminal, stderrIsTerminal }: Pick<Io, "stdinIsTerminal" | "stderrIsTerminal">,
): boolean {
  return !noInput && stdinIsTerminal && stderrIsTerminal;
}

export function missingFailure<F extends FlagTable>(
  flags: F,
  missing: readonly RequiredOption<F>[],
): Failure {
  const operands = missing.filter(({ option }) => option === undefined);
  const options = missing.flatMap(({ option, reason }) => {
    const flag = option === undefined ? undefined : flags[option];
    if (flag === undefined) return [];
    const name = option === "url" ? "<server>" : longName(flag);
    const variable = flag.env ? ` (or ${variableName(flag)})` : "";
    return [{ name, reason: `${name}${variable}: ${reason}` }];
  });
  const names = [
    ...operands.flatMap(({ operand }) => operand ?? []),
    ...options.map(({ name }) => name),
  ];
  const remedies = operands.map(({ reason }) => reason);
  for (const { reason } of options) remedies.push(`Add ${reason}`);
  return usageFailure("missing_options", `missing ${names.join(", ")}`, remedies.join("\n"));
}
