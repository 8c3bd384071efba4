import { commandText } from "../../../core/command_text.ts";
import { counted } from "../../../core/quantities.ts";
import { findEntries } from "../../../flow/mcp_clients/find_entries.ts";
import { CONFIGURABLE } from "../../../flow/mcp_clients/client_table.ts";
import { RESULT_FLAGS } from "../../args/common_flags.ts";
import type { Command } from "../../command/command.ts";
import type { Runtime } from "../../command/runtime.ts";
import { sessionCommand } from "../../shared/session_command.ts";
import { errorMember } from "../../terminal/error_document.ts";
import { type NextCommand, nextLines, safeText, type View } from "../../terminal/finding_text.ts";
import { wrap } from "../../terminal/layout.ts";
import { verdictPrinter } from "../../terminal/marks.ts";
import { shortPath } from "./config_change.ts";
import type { ConfigListDocument, ListedEntry } from "./config_document.ts";

function entryLines(entry: ListedEntry, view: View): string[] {
  const { name, project, kind, serverUrl, program } = entry;
  const how = {
    bridge: "mcpass bridge",
    helper: "headers from mcpass",
    remote: program === null ? "connects itself" : `starts ${program}`,
    program: `starts ${program ?? "a program"}`,
  }[kind];
  const facts = [
    ...serverUrl === null ? [] : [serverUrl],
    how,
    ...project === null ? [] : [`only in ${project}`],
  ];
  return [
    safeText(`  ${name}`, view, Infinity),
    ...wrap(safeText(facts.join(" · "), view), view.width, "    ").map(view.style.dim),
  ];
}

function listText(
  { entries }: ConfigListDocument,
  skipped: readonly string[],
  runtime: Runtime,
  view: View,
): string {
  const printer = verdictPrinter(runtime);
  const own = entries.filter(({ kind }) => kind === "bridge" || kind === "helper");
  const byFile = Map.groupBy(entries, ({ clientName, path }) => `${clientName}\n${path}`);
  const next: NextCommand | undefined = own[0]?.client
    ? ["Remove one", {
      line: commandText("config remove", {}, [own[0].client, own[0].name]),
    }]
    : undefined;
  const blocks = [
    entries.length === 0 ? printer.lines("ok", "no MCP client has a server", view) : printer.lines(
      "ok",
      `${counted(entries.length, "server")} in the configuration of MCP clients, ` +
        `${own.length} with mcpass`,
      view,
    ),
    ...[...byFile.values()].map((ofFile) => [
      view.style.bold(
        safeText(`${ofFile[0]?.clientName} · ${shortPath(ofFile[0]?.path ?? "", runtime)}`, view),
      ),
      ...ofFile.flatMap((entry) => entryLines(entry, view)),
    ]),
    skipped.flatMap((text) => printer.lines("warning", `skipped ${text}`, view)),
    nextLines(next, view),
  ];
  return `${blocks.filter((it) => it.length > 0).map((it) => it.join("\n")).join("\n\n")}\n`;
}

export const LIST_COMMAND: Command<typeof RESULT_FLAGS> = sessionCommand({
  name: "config list",
  summary: "List the servers that the MCP clients on this machine have",
  examples: [
    ["all clients", "mcpass config list"],
    [
      "the servers that mcpass connects",
      "mcpass config list --format json | jq '.entries[] | select(.kind == \"bridge\")'",
    ],
  ],
  flags: RESULT_FLAGS,
  notes: [
    "mcpass reads the configuration files of the clients in your home folder, in the current folder, and in " +
    "the folders above it. It shows no arguments, headers or variables, which may be secrets.",
    "Exit status: 0 done, 2 usage, 130 cancelled.",
  ],
  async report(_session, _invocation, { runtime }) {
    const found = await findEntries(runtime.env, Deno.cwd());
    const entries = found.entries.map(({ client, ...entry }): ListedEntry => ({
      client: CONFIGURABLE.find(({ name }) => name === client)?.id ?? null,
      clientName: client,
      ...entry,
    }));
    const document: ConfigListDocument = {
      completed: true,
      entries,
      problems: found.problems.map(errorMember),
    };
    const skipped = found.problems.map(({ message }) => message);
    return { document, text: (view) => listText(document, skipped, runtime, view) };
  },
});
