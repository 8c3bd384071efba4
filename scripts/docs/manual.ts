/**
 * Manual pages in the man macros.
 *
 * @module
 */

import { VERSION } from "../../src/core/version.ts";
import { argumentsText } from "../../src/cli/app/help.ts";
import { groupsOf, type Page, variableOf } from "./command_page.ts";

/** Text for troff: ASCII, without escapes or control lines, with hyphens that can be copied. */
function plain(text: string): string {
  return text.replaceAll("\\", "\\e").replaceAll("-", "\\-").replaceAll(/^(?=[.'])/gm, "\\&")
    .replaceAll(/[^\n -~]/gu, (it) => {
      const code = (it.codePointAt(0) ?? 0).toString(16).toUpperCase();
      return `\\[u${code.padStart(4, "0")}]`;
    });
}

/** `--url <url>` with the name bold and the value in italics. */
function flagName(flags: string): string {
  return plain(flags)
    .replaceAll(/(?<=^|, )[^ ,]+/g, "\\fB$&\\fR")
    .replaceAll(/<(.*?)>/g, "\\fI$1\\fR");
}

function heading(title: string): string {
  const name = title === "mcpass" ? "MCPASS" : title.replaceAll(" ", "\\-").toUpperCase();
  return `.TH ${name} 1 "" "mcpass ${VERSION}" "mcpass manual"\n.nh\n.ad l`;
}

function example(lines: string): string[] {
  return [".PP", ".RS 4", ".EX", plain(lines), ".EE", ".RE"];
}

function page(lines: readonly string[]): string {
  return `.\\" Made by "deno task docs" from the command tables.\n${lines.join("\n")}\n`;
}

const EXIT = [
  ["0", "done"],
  ["1", "the operation or a requested verification failed"],
  ["2", "usage error"],
  ["3", "no verdict"],
  ["4", "a person has to sign in"],
  ["130", "cancelled"],
] as const;

/** What only some commands end with; the note "Exit status" of a command says so. */
const ONLY_SOME = ["3", "4"];

function exitStatus(isPossible: (status: string) => boolean): string[] {
  return [
    ".SH EXIT STATUS",
    ...EXIT.filter(([status]) => isPossible(status))
      .flatMap(([status, meaning]) => [".TP", `.B ${status}`, meaning]),
  ];
}

function exitStatusOf({ notes = [] }: Page["command"]): string[] {
  const note = notes.find((it) => it.startsWith("Exit status:")) ?? "";
  return exitStatus((status) => !ONLY_SOME.includes(status) || note.includes(` ${status} `));
}

const pageName = (name: string) => `mcpass\\-${name.replaceAll(" ", "\\-").replace(/-$/, "")}`;

/** The manual page of a command. */
export function commandManual({ name, summary, command }: Page): string {
  return page([
    heading(`mcpass ${name}`),
    ".SH NAME",
    `${pageName(name)} \\- ${plain(summary)}`,
    ".SH SYNOPSIS",
    `.B mcpass ${plain(name)}`,
    plain(`${argumentsText(command)} [options]`.trim()),
    ".SH DESCRIPTION",
    `${plain(command.summary)}.`,
    ...(command.notes ?? []).flatMap((note) => [".PP", plain(note)]),
    ...groupsOf(command.flags).flatMap(([title, flags], at) => [
      ...at === 0 ? [".SH OPTIONS"] : [],
      `.SS ${plain(title)}`,
      ...flags.flatMap((flag) => {
        const variable = variableOf(flag);
        const about = plain(flag.about);
        return [
          ...[".TP", flagName(flag.flags)],
          variable === undefined ? about : `${about} (variable: ${plain(variable)})`,
        ];
      }),
    ]),
    ...command.examples.length === 0 ? [] : [
      ".SH EXAMPLES",
      ...command.examples.flatMap(([comment, line]) => example(`# ${comment}\n${line}`)),
    ],
    ...exitStatusOf(command),
    ".SH SEE ALSO",
    ".BR mcpass (1)",
  ]);
}

/** The manual page of the program. */
export function programManual(pages: readonly Page[]): string {
  return page([
    heading("mcpass"),
    ".SH NAME",
    "mcpass \\- sign in to OAuth\\-protected MCP servers and explain every step",
    ".SH SYNOPSIS",
    ".B mcpass",
    plain("<command> [options]"),
    ".SH COMMANDS",
    ...pages.flatMap(({ name, summary }) => [
      ...[".TP", `.B mcpass ${plain(name)}`],
      plain(summary),
    ]),
    ...exitStatus(() => true),
    ".SH SEE ALSO",
    ...pages.map(({ name }, at) =>
      `.BR ${pageName(name)} (1)${at === pages.length - 1 ? "" : ","}`
    ),
  ]);
}
