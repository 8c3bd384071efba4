import type { Io } from "../../core/deps.ts";
import { commandHelp, groupHelp } from "./help.ts";
import type { CommandEntry } from "../command/command.ts";

const WIDEST = 100;

export function helpWidth(io: Io): number {
  return io.stdoutIsTerminal ? Math.min(io.columns(), WIDEST) : 80;
}

export async function writeHelp(
  commands: readonly CommandEntry[],
  entry: CommandEntry | undefined,
  group: string | undefined,
  io: Io,
): Promise<void> {
  const width = helpWidth(io);
  if (entry !== undefined) return io.out(commandHelp(await entry.load(), width));
  const start = group === undefined ? "" : `${group} `;
  io.out(groupHelp(group, commands.filter((it) => it.name.startsWith(start)), width));
}
