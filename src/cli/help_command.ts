/**
 * `mcpass help [command]`.
 *
 * @module
 */

import { usageFailure } from "../core/failure.ts";
import type { Command } from "./command.ts";
import { COMMON_FLAGS } from "./common_flags.ts";
import { writeHelp } from "./write_help.ts";
import { resolve } from "./resolve.ts";

/** Shows the help of a command. */
export const HELP_COMMAND: Command<typeof COMMON_FLAGS> = {
  name: "help",
  summary: "Show the help of a command",
  operands: "[command...]",
  examples: [["the flags of a login", "mcpass help oauth login"]],
  flags: COMMON_FLAGS,
  async run(given, { world }) {
    const { entry, group, args } = resolve(given.operands);
    if (args.length > 0) {
      throw usageFailure("unexpected_argument", `mcpass help: "${group}" has no subcommands`);
    }
    await writeHelp(entry, group, world.io);
    return 0;
  },
  failed: () => undefined,
};
