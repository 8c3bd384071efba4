/** The help as a document, for programs that choose a command and its options. @module */

import type { Command, CommandEntry } from "../../command/command.ts";
import { type FlagTable, longName, variableName } from "../../command/flag.ts";

interface HelpOption {
  readonly name: string;
  /** Such as `-q`. */
  readonly short?: string;
  /** The value as the help shows it, such as `<url>`; absent for one without a value. */
  readonly value?: string;
  readonly about: string;
  readonly choices?: readonly string[];
  /** The environment variable that also sets it. */
  readonly variable?: string;
  readonly repeatable: boolean;
}

export interface HelpDocument {
  /** The command, group or topic; null for mcpass itself. */
  readonly name: string | null;
  /** Of a command: what follows its name before the options. */
  readonly arguments?: string;
  readonly options?: readonly HelpOption[];
  readonly examples?: readonly { readonly comment: string; readonly command: string }[];
  /** The commands of a group, or all. */
  readonly commands?: readonly { readonly name: string; readonly summary: string }[];
  /** The help as it is printed without --format json. */
  readonly text: string;
}

interface HelpContent {
  readonly name: string | null;
  readonly text: string;
  readonly command?: Command<FlagTable>;
  /** What follows the name of the command. */
  readonly after?: string;
  readonly commands?: readonly CommandEntry[];
}

function optionsOf(flags: FlagTable): HelpOption[] {
  return Object.values(flags).map((flag) => {
    const short = /^-[^-]/.exec(flag.flags)?.[0];
    return {
      name: longName(flag),
      ...short === undefined ? {} : { short },
      ...flag.placeholder === undefined ? {} : { value: flag.placeholder },
      about: flag.about,
      ...flag.choices === undefined ? {} : { choices: flag.choices },
      ...flag.env ? { variable: variableName(flag) } : {},
      repeatable: flag.kind === "list",
    };
  });
}

export function helpDocument(
  { name, text, command, after = "", commands }: HelpContent,
): HelpDocument {
  return {
    name,
    ...command === undefined ? {} : {
      arguments: after,
      options: optionsOf(command.flags),
      examples: command.examples.map(([comment, line]) => ({ comment, command: line })),
    },
    ...commands === undefined
      ? {}
      : { commands: commands.map(({ name, summary }) => ({ name, summary })) },
    text,
  };
}
