import { commandText } from "../../../core/command_text.ts";
import { shellWord } from "../../../core/text.ts";
import type { Runtime } from "../../command/runtime.ts";
import { type NextCommand, nextLines, safeText, type View } from "../../terminal/finding_text.ts";
import { wrap } from "../../terminal/layout.ts";
import type { VerdictPrinter } from "../../terminal/marks.ts";
import { shortPath } from "./config_change.ts";
import type { ConfigDocument } from "./config_document.ts";
import type { PlannedEntry } from "./planned_entry.ts";

interface ConfigView {
  readonly view: View;
  readonly runtime: Pick<Runtime, "env">;
  readonly printer: VerdictPrinter;
  /** The command line that writes the entry. */
  readonly writeLine: string;
}

/** Exact lines, which can be copied. */
const exact = (text: string, view: View) =>
  text.trimEnd().split("\n").map((line) => safeText(line, view, Infinity));

function nextCommands(
  { status, serverUrl, account, direct }: ConfigDocument,
  { signedIn, client }: PlannedEntry,
  writeLine: string,
): NextCommand[] {
  const login: NextCommand = ["Sign in, so that the first start needs no browser", {
    line: commandText("login", { url: serverUrl, ...account === null ? {} : { account } }),
  }];
  const usesStore = !direct || client.setup.direct?.usesSignIn;
  return [
    ...usesStore && !signedIn && status !== "refused" ? [login] : [],
    ...status === "printed"
      ? [["Let mcpass change the configuration", { line: writeLine }] as NextCommand]
      : [],
  ];
}

export function configText(
  document: ConfigDocument,
  planned: PlannedEntry,
  { view, runtime, printer, writeLine }: ConfigView,
): string {
  const { status, name, installer, backup, notes } = document;
  const { client } = planned;
  const path = shortPath(document.path, runtime);
  const isPrinted = status === "printed" || status === "refused";
  const command = installer?.map((word) => shellWord(word)).join(" ");
  const head = {
    printed: command === undefined || status !== "printed"
      ? wrap(`Add this to ${path} (${client.name}):`, view.width)
      : wrap(`Run this to add the entry to ${client.name}:`, view.width),
    refused: wrap(`Add this to ${path} yourself (${client.name}):`, view.width),
    written: printer.lines(
      "ok",
      installer !== null && client.setup.installer?.isUnobserved
        ? `${installer[0]} adds the server ${name} to ${client.name}`
        : `${client.name} now has the server ${name} (${path})`,
      view,
    ),
    unchanged: printer.lines("ok", `${client.name} already has this entry (${path})`, view),
  }[status];
  const blocks = [
    head,
    isPrinted ? exact(status === "printed" && command ? command : document.text, view) : [],
    backup === null ? [] : wrap(`Backup: ${shortPath(backup, runtime)}`, view.width),
    status === "unchanged" ? [] : wrap(`${client.setup.reload}.`, view.width),
    ...notes.map((note) => wrap(safeText(note, view), view.width)),
    ...nextCommands(document, planned, writeLine).map((next) => nextLines(next, view)),
  ];
  return `${blocks.filter((it) => it.length > 0).map((it) => it.join("\n")).join("\n\n")}\n`;
}
