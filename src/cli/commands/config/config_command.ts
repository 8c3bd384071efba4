import type { OptionTexts } from "../../../core/command_text.ts";
import { Failure, usageFailure } from "../../../core/failure.ts";
import { quoted } from "../../../core/text.ts";
import type { EntryChange } from "../../../flow/mcp_clients/client_entry.ts";
import { CLIENT_IDS } from "../../../flow/mcp_clients/client_table.ts";
import { commandLine } from "../../args/command_line.ts";
import type { Command } from "../../command/command.ts";
import type { Runtime } from "../../command/runtime.ts";
import { REQUIRED_SERVER } from "../../shared/sign_in/required_server.ts";
import { sessionCommand } from "../../shared/session_command.ts";
import { verdictPrinter } from "../../terminal/marks.ts";
import { changeFile, withEntry, type WrittenChange } from "./config_change.ts";
import type { ConfigDocument } from "./config_document.ts";
import {
  clientNamed,
  CONFIG_FLAGS,
  type ConfigInvocation,
  REQUIRED_CLIENT,
} from "./config_flags.ts";
import { configText } from "./config_text.ts";
import { planEntry, type PlannedEntry } from "./planned_entry.ts";
import { installedEntry, installerOf } from "./run_installer.ts";

/** Refuses to replace an entry of another program. */
function checkExisting(
  { existing }: EntryChange,
  { client, name, isOwn }: PlannedEntry,
  replace: boolean,
): void {
  if (existing === undefined || isOwn(existing) || replace) return;
  throw new Failure(
    "config_name_taken",
    `${client.name} has another server named ${quoted(name)}`,
    {
      kind: "usage",
      remedy: "Use another name, or replace that entry with --replace",
      commandFlags: { name: `${name}-mcpass` },
    },
  );
}

/** @param installer The command line of the client's own program, if that adds the entry. */
async function write(
  planned: PlannedEntry,
  installer: readonly string[] | undefined,
  { options }: ConfigInvocation,
  runtime: Runtime,
): Promise<WrittenChange> {
  const { client, name, entry, isOwn, target } = planned;
  const change = withEntry(client, name, entry, isOwn);
  const make = (file: Parameters<typeof change>[0]) => {
    const made = change(file);
    checkExisting(made, planned, options.replace);
    return made;
  };
  const shown = ({ existing }: EntryChange) => [entry, isOwn(existing) ? existing : undefined];
  if (installer === undefined) return await changeFile(target, make, shown, options, runtime);
  await installedEntry(installer, planned, options, runtime);
  const { missing } = client.setup.installer ?? {};
  const rest = missing === undefined || options.direct
    ? undefined
    : await changeFile(target, make, shown, { ...options, yes: true }, runtime);
  return { diff: null, backup: null, ...rest, status: "written" };
}

export const CONFIG_COMMAND: Command<typeof CONFIG_FLAGS> = sessionCommand({
  name: "config",
  summary: "Connect an MCP client to a server: print or write the entry of its configuration",
  examples: [
    ["what to put into the configuration of Cursor", "mcpass config cursor linear"],
    ["put it there, after a question", "mcpass config cursor linear --write"],
    ["for everybody in this project", "mcpass config vscode https://server.example/mcp --project"],
  ],
  operands: "<client>",
  operandChoices: CLIENT_IDS,
  serverOperand: "second",
  flags: CONFIG_FLAGS,
  requiredOptions: [REQUIRED_CLIENT, REQUIRED_SERVER],
  rules: [
    {
      options: ["project", "file"],
      broken: ({ project, file }) => project && file !== undefined,
      message: () => "--project and --file name different files",
      remedy: "Leave out one of them",
    },
    {
      options: ["yes"],
      broken: ({ yes, write }) => yes && !write,
      message: () => "--yes without --write has no effect",
      remedy: "Add --write",
    },
  ],
  notes: [
    `<client> is one of: ${CLIENT_IDS.join(", ")}.`,
    "The client starts mcpass bridge, which signs in, refreshes tokens and passes messages on. No secret is " +
    "in the entry. With --direct the client connects to the server itself, if it can; mcpass prints what that means.",
    "--write changes nothing but the entry: comments, order and format of the file remain. It makes a " +
    "backup, and uses the client's own program (claude, code, codex) if that is in PATH. A file that it " +
    "cannot change in this way remains as it is, and mcpass prints the entry.",
    "Exit status: 0 done, 1 the file cannot be changed, 2 usage, 130 cancelled.",
  ],
  async report(session, invocation, { runtime }) {
    const { options, operands } = invocation;
    const [id = "", ...others] = operands;
    const line = (add: OptionTexts, operands: readonly string[]) =>
      commandLine({ name: "config", flags: CONFIG_FLAGS }, [...invocation.texts], { add, operands })
        .line;
    const client = clientNamed(id, (near) => line({}, [near]));
    if (others.length > 0) {
      throw usageFailure(
        "unexpected_argument",
        `mcpass config accepts a client and a server; ${operands.length + 1} arguments were given`,
        "Omit the other arguments",
      );
    }
    const planned = await planEntry(client, session.serverUrl, options, runtime);
    const installer = options.noInstaller ? undefined : await installerOf(planned, runtime);
    let outcome: Omit<WrittenChange, "status"> & Pick<ConfigDocument, "status"> = {
      status: "printed",
      diff: null,
      backup: null,
    };
    let failure: Failure | undefined;
    try {
      if (options.write) outcome = await write(planned, installer, invocation, runtime);
    } catch (error) {
      if (!(error instanceof Failure) || error.code !== "config_not_changed") throw error;
      failure = error;
      outcome = { ...outcome, status: "refused" };
    }
    const { target, entry, name, text, notes, serverUrl, account } = planned;
    const document: ConfigDocument = {
      completed: failure === undefined,
      client: client.id,
      name,
      serverUrl,
      account,
      scope: target.scope,
      path: target.path,
      direct: options.direct,
      entry: entry as Record<string, unknown>,
      text,
      installer: installer ?? null,
      ...outcome,
      notes,
    };
    return {
      failure,
      document,
      text: (view) =>
        configText(document, planned, {
          view,
          runtime,
          printer: verdictPrinter(runtime),
          writeLine: line({ write: true }, operands),
        }),
    };
  },
});
