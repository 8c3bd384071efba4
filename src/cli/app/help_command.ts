import { usageFailure } from "../../core/failure.ts";
import type { Command } from "../command/command.ts";
import { COMMON_FLAGS } from "../args/common_flags.ts";
import { helpWidth, writeHelp } from "./help.ts";
import { resolveCommand } from "./resolve_command.ts";
import { HELP_TOPICS, topicHelp } from "./help_topics.ts";

export const HELP_COMMAND: Command<typeof COMMON_FLAGS> = {
  name: "help",
  summary: "Show the help of a command or a topic",
  operands: "[command or topic]",
  examples: [
    ["the options of a command", "mcpass help login"],
    ["environment variables", "mcpass help environment"],
    ["exit statuses", "mcpass help exit-codes"],
  ],
  flags: COMMON_FLAGS,
  async run(invocation, { runtime, commands }) {
    const { operands } = invocation;
    const { io } = runtime;
    const topic = Object.entries(HELP_TOPICS).find(([name]) => name === operands.join(" "));
    if (topic !== undefined) {
      io.out(topicHelp(...topic, helpWidth(io)));
      return 0;
    }
    const { entry, group, args } = resolveCommand(commands, operands, Object.keys(HELP_TOPICS));
    if (args.length > 0) {
      throw usageFailure("unexpected_argument", `mcpass help: "${group}" has no subcommands`);
    }
    await writeHelp(commands, entry, group, io);
    return 0;
  },
  failureDocument: () => undefined,
};
