/**
 * The commands as one page of Markdown.
 *
 * @module
 */

import type { Flag } from "../../src/cli/command/flag.ts";
import { HELP_TOPICS } from "../../src/cli/app/help_topics.ts";
import { groupsOf, type Page, variableOf } from "./command_page.ts";

/** Text that Markdown takes as text, also in a table. */
export function plain(text: string): string {
  return text.replace(/[\\<>*_|`[\]]/g, "\\$&");
}

function row(flag: Flag<unknown>): string {
  const variable = variableOf(flag);
  const name = flag.flags.replaceAll("|", "\\|");
  return `| \`${name}\` | ${plain(flag.about)} | ${
    variable === undefined ? "" : `\`${variable}\``
  } |`;
}

function section({ name, command }: Page): string[] {
  const operands = command.operands === undefined ? "" : ` ${command.operands}`;
  return [
    `## mcpass ${name}`,
    `${plain(command.summary)}.`,
    `\`\`\`sh\nmcpass ${name} [options]${operands}\n\`\`\``,
    ...command.examples.length === 0 ? [] : [
      `\`\`\`sh\n${
        command.examples.map(([comment, line]) => `# ${comment}\n${line}`).join("\n")
      }\n\`\`\``,
    ],
    ...groupsOf(command.flags).map(([title, flags]) =>
      [
        `| ${plain(title)} | | variable |`,
        "| --- | --- | --- |",
        ...flags.map(row),
      ].join("\n")
    ),
    ...(command.notes ?? []).map(plain),
  ];
}

/** The variables, from the topic of the help. */
function environmentSection(): string[] {
  const { environment } = HELP_TOPICS;
  return [
    "## Environment",
    ...(environment?.parts ?? []).map((part) =>
      typeof part === "string" ? plain(part) : [
        "| variable | what it decides |",
        "| --- | --- |",
        ...part.map(([names, about]) =>
          `| ${names.trim().split(", ").map((name) => `\`${name}\``).join(", ")} | ${
            plain(about)
          } |`
        ),
      ].join("\n")
    ),
  ];
}

/** The page. */
export function commandsPage(pages: readonly Page[]): string {
  const link = (name: string) => `#mcpass-${name.replaceAll(" ", "-")}`;
  return [
    "# Commands",
    "This page is made by `deno task docs` from the tables the program itself reads.",
    pages.map(({ name, summary }) => `- [mcpass ${name}](${link(name)}): ${plain(summary)}`)
      .concat("- [Environment](#environment): the variables that are read").join("\n"),
    "`mcpass login` is short for `mcpass oauth login`. Every command has `--help` and `--version`.",
    ...pages.flatMap(section),
    ...environmentSection(),
    "",
  ].join("\n\n").replace(/\n+$/, "\n");
}
