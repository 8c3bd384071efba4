import { usageFailure } from "../../core/failure.ts";
import type { Command } from "../command/command.ts";
import { COMMON_FLAGS } from "../args/common_flags.ts";
import { helpWidth, writeHelp } from "./help.ts";
import { resolveCommand } from "./resolve_command.ts";

export const HELP_COMMAND: Command<typeof COMMON_FLAGS> = {
  name: "help",
  summary: "Show the help of a command, or of a topic",
  operands: "[command or topic]",
  examples: [
    ["the flags of a login", "mcpass help oauth login"],
    ["the variables that are read", "mcpass help environment"],
    ["what each exit status means", "mcpass help exit-codes"],
  ],
  flags: COMMON_FLAGS,
  async run(invocation, { runtime, commands }) {
    const [topic, ...more] = invocation.operands;
    const { HELP_TOPICS, topicHelp } = await import("./topics.ts");
    const found = topic !== undefined && Object.hasOwn(HELP_TOPICS, topic)
      ? HELP_TOPICS[topic]
      : undefined;
    if (topic !== undefined && found !== undefined && more.length === 0) {
      runtime.io.out(topicHelp(topic, found, helpWidth(runtime.io)));
      return 0;
    }
    const { entry, group, args } = resolveCommand(
      commands,
      invocation.operands,
      Object.keys(HELP_TOPICS),
    );
    if (args.length > 0) {
      throw usageFailure("unexpected_argument", `mcpass help: "${group}" has no subcommands`);
    }
    await writeHelp(commands, entry, group, runtime.io);
    return 0;
  },
  failureDocument: () => undefined,
};
