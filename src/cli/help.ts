/**
 * The help: examples first, then the flags by subject.
 *
 * @module
 */

import { Help } from "commander";
import type { Command } from "./command.ts";
import type { FlagTable } from "./flag.ts";
import { fields, wrap } from "./layout.ts";
import { commanderOf } from "./parse_command.ts";

/** One line of a list of commands. */
export interface CommandLine {
  /** The words after `mcpass`. */
  readonly name: string;
  /** What it does. */
  readonly summary: string;
}

function exampleLines(examples: Command<FlagTable>["examples"]): string[] {
  return examples.flatMap(([comment, line]) => [
    `  # ${comment}`,
    ...line.split("\n").map((part) => `  ${part}`),
  ]);
}

/** The help of one command. */
export function commandHelp<F extends FlagTable>(command: Command<F>, width: number): string {
  const parser = commanderOf(command);
  parser.helpOption("-h, --help", "show this").version("", "-V, --version", "show the version");
  const helper = Object.assign(new Help(), { helpWidth: width });
  const options = helper.groupItems(
    [...parser.options],
    helper.visibleOptions(parser),
    (option) => option.helpGroupHeading ?? "Everywhere:",
  );
  const column = helper.padWidth(parser, helper);
  const lines = [...options].flatMap(([heading, group]) => [
    "",
    heading,
    ...group.map((option) =>
      helper.formatItem(helper.optionTerm(option), column, option.description, helper)
    ),
  ]);
  const operands = command.operands === undefined ? "" : ` ${command.operands}`;
  return [
    ...wrap(`${command.summary}.`, width),
    ...command.examples.length === 0 ? [] : ["", "Examples:", ...exampleLines(command.examples)],
    "",
    `Usage: mcpass ${command.name} [options]${operands}`,
    ...lines,
    ...(command.notes ?? []).flatMap((note) => ["", ...wrap(note, width)]),
    "",
  ].join("\n");
}

/** The help of `mcpass` itself, or of a group of commands. */
export function groupHelp(
  name: string | undefined,
  commands: readonly CommandLine[],
  width: number,
): string {
  const own = name === undefined ? "mcpass" : `mcpass ${name}`;
  const about = name === undefined
    ? "Signs in to OAuth-protected MCP servers and explains every step."
    : `The ${name} commands.`;
  return [
    ...wrap(about, width),
    "",
    "Examples:",
    "  # sign in: opens a browser, prints the credentials",
    "  mcpass oauth login --url https://server.example/mcp",
    "  # look before signing in: discovery and the plan, nothing registered",
    "  mcpass oauth login --url https://server.example/mcp --dry-run",
    "",
    `Usage: ${own} <command> [options]`,
    "",
    "Commands:",
    ...fields(commands.map((it) => [`  ${it.name}`, it.summary]), width),
    "",
    ...wrap(`${own} <command> --help shows the flags of a command.`, width),
    ...name === undefined
      ? [
        ...wrap(
          "Exit status: 0 done, 1 failed, 2 usage, 3 incomplete, 4 sign-in needed, 130 cancelled.",
          width,
        ),
      ]
      : [],
    "",
  ].join("\n");
}
