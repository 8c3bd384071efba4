import { withCommand } from "../../core/command_text.ts";
import { type Failure, usageFailure } from "../../core/failure.ts";
import type { Command } from "../command/command.ts";
import type { FlagTable } from "../command/flag.ts";
import { commandLine } from "./command_line.ts";
import { readWords } from "./parse_command.ts";

/** The failure of a value that is similar to a valid one, with the command line that was meant. */
export function withMeantCommand(
  failure: Failure,
  command: Command<FlagTable>,
  args: readonly string[],
): Failure {
  const { code, commandFlags, message, remedy = "Run this command" } = failure;
  if (commandFlags === undefined) return failure;
  const { texts, operands } = readWords(command, args);
  const printed = commandLine(command, [...texts], { add: commandFlags, operands });
  return usageFailure(code, message, withCommand(remedy, printed));
}
