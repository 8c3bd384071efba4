import { usageFailure } from "../../core/failure.ts";
import type { Command } from "../command/command.ts";
import { TEXT_RESULT_FLAGS } from "../args/common_flags.ts";
import { asksForDocument, requestedErrorDocument } from "../terminal/error_document.ts";
import { helpWidth, writeHelp, writeHelpDocument } from "./help.ts";
import { resolveCommand } from "./resolve_command.ts";
import { HELP_TOPICS, topicHelp } from "./help_topics.ts";

export const HELP_COMMAND: Command<typeof TEXT_RESULT_FLAGS> = {
  name: "help",
  summary: "Show the help of a command or a topic",
  operands: "[command or topic]",
  examples: [
    ["the options of a command", "mcpass help login"],
    ["environment variables", "mcpass help environment"],
    ["exit statuses", "mcpass help exit-codes"],
  ],
  flags: TEXT_RESULT_FLAGS,
  async run(invocation, { runtime, commands }) {
    const { operands, options } = invocation;
    const asDocument = asksForDocument(options);
    const { io } = runtime;
    const topic = Object.entries(HELP_TOPICS).find(([name]) => name === operands.join(" "));
    if (topic !== undefined) {
      const text = topicHelp(...topic, helpWidth(io));
      if (!asDocument) io.out(text);
      else await writeHelpDocument(io, { name: topic[0], text });
      return 0;
    }
    const { entry, group, args } = resolveCommand(commands, operands, Object.keys(HELP_TOPICS));
    if (args.length > 0) {
      throw usageFailure("unexpected_argument", `mcpass help: "${group}" has no subcommands`);
    }
    await writeHelp(commands, entry, group, io, asDocument);
    return 0;
  },
  failureDocument: requestedErrorDocument,
};
