/**
 * What the documentation is made from: the commands and their flags, as the program has them.
 *
 * @module
 */

import type { Command } from "../../src/cli/command/command.ts";
import { type Flag, type FlagTable, longName, variableName } from "../../src/cli/command/flag.ts";
import { COMMANDS } from "../../src/cli/app/commands.ts";
import { findingsPage } from "./findings.ts";
import { commandsPage } from "./markdown.ts";
import { commandManual, programManual } from "./manual.ts";

/** A command and the name it is called by. */
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

/** Every generated file: its path below `docs/` and its text. */
export async function documentation(): Promise<ReadonlyMap<string, string>> {
  const pages: Page[] = await Promise.all(
    COMMANDS.filter(({ name }) => name !== "login")
      .map(async ({ name, summary, load }) => ({ name, summary, command: await load() })),
  );
  return new Map([
    ["commands.md", commandsPage(pages)],
    ["findings.md", findingsPage()],
    ["man/mcpass.1", programManual(pages)],
    ...pages.map((page) =>
      [`man/mcpass-${page.name.replaceAll(" ", "-")}.1`, commandManual(page)] as const
    ),
  ]);
}
