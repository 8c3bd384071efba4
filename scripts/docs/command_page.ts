/**
 * A command and its flags, as the documents show them.
 *
 * @module
 */

import type { Command } from "../../src/cli/command/command.ts";
import { type Flag, type FlagTable, longName, variableName } from "../../src/cli/command/flag.ts";

/** A command and its name. */
export interface Page {
  /** The words after `mcpass`. */
  readonly name: string;
  /** One line, as in the list of commands. */
  readonly summary: string;
  /** The command. */
  readonly command: Command<FlagTable>;
}

/** The flags under the headings of the help. */
export function groupsOf(flags: FlagTable): readonly [title: string, Flag<unknown>[]][] {
  const groups = new Map<string, Flag<unknown>[]>();
  for (const flag of Object.values(flags)) {
    const title = flag.group.replace(/:$/, "");
    groups.set(title, [...groups.get(title) ?? [], flag]);
  }
  return [...groups];
}

/** The variable that sets a flag, or undefined. */
export function variableOf(flag: Flag<unknown>): string | undefined {
  return flag.env && longName(flag) !== "--format" ? variableName(flag) : undefined;
}
