import { Failure, usageFailure } from "../../../core/failure.ts";
import { commandText, withCommand } from "../../../core/command_text.ts";
import { nearest } from "../../../core/edit_distance.ts";
import type { Env } from "../../../core/system.ts";
import { quoted } from "../../../core/text.ts";
import { parseConfig, valueAt } from "../../../edit/edit_entry.ts";
import { isOwnEntry } from "../../../flow/mcp_clients/client_config.ts";
import { changeWithoutEntry, entryPath, formatOf } from "../../../flow/mcp_clients/client_entry.ts";
import { entryFiles } from "../../../flow/mcp_clients/client_locations.ts";
import {
  CLIENT_IDS,
  CONFIGURABLE,
  type ConfigurableClient,
} from "../../../flow/mcp_clients/client_table.ts";
import { backupTexts, readConfigFile } from "../../../flow/mcp_clients/config_file.ts";
import { RESULT_FLAGS } from "../../args/common_flags.ts";
import type { Command } from "../../command/command.ts";
import { flagGroup, toggle } from "../../command/flag.ts";
import type { Runtime } from "../../command/runtime.ts";
import { sessionCommand } from "../../shared/session_command.ts";
import { wrap } from "../../terminal/layout.ts";
import { verdictPrinter } from "../../terminal/marks.ts";
import {
  changeFile,
  type ConfigTarget,
  configTarget,
  forFile,
  shortPath,
} from "./config_change.ts";
import { clientNamed, REQUIRED_CLIENT, TARGET_FLAGS } from "./config_flags.ts";
import type { ConfigRemoveDocument } from "./config_document.ts";

const REMOVE_FLAGS = {
  ...flagGroup("Client:", {
    yes: toggle("do not ask"),
    ...TARGET_FLAGS,
  }),
  ...RESULT_FLAGS,
};

async function namesOf(id: string | undefined, env: Env): Promise<readonly string[]> {
  const client = CONFIGURABLE.find((it) => it.id === id);
  const { findEntries } = await import("../../../flow/mcp_clients/find_entries.ts");
  const { entries } = await findEntries(env, Deno.cwd(), client?.name ?? "");
  return [...new Set(entries.map(({ name }) => name))];
}

type Options = { readonly project: boolean; readonly file: string | undefined };

/** Undefined if the file has no such entry. A file that cannot be read is an error only if it is the only one. */
async function entryIn(client: ConfigurableClient, name: string, target: ConfigTarget) {
  const { text } = await readConfigFile(target.path, target.folders);
  if (text === undefined) return undefined;
  return await forFile(target.path, () => {
    const document = parseConfig(formatOf(target.path), text);
    return valueAt(document, entryPath(client.setup, document, name));
  });
}

/** The files that may have the entry, the usual one first. */
async function targets(
  client: ConfigurableClient,
  name: string,
  options: Options,
  runtime: Runtime,
): Promise<ConfigTarget[]> {
  const usual = await configTarget(client, name, options, runtime);
  const others = usual.scope === "file"
    ? []
    : entryFiles(client, usual.scope, name, { env: runtime.env, cwd: Deno.cwd() });
  const paths = [...new Set([usual.path, ...others])];
  return paths.map((path) => ({ ...usual, path }));
}

async function findEntry(
  client: ConfigurableClient,
  name: string,
  options: Options,
  runtime: Runtime,
): Promise<ConfigTarget> {
  const candidates = await targets(client, name, options, runtime);
  let failure: unknown;
  for (const target of candidates) {
    try {
      if (await entryIn(client, name, target) !== undefined) return target;
    } catch (error) {
      failure ??= error;
    }
  }
  if (failure !== undefined) throw failure;
  const where = candidates.map((it) => shortPath(it.path, runtime)).join(" and ");
  const near = nearest(name, await namesOf(client.id, runtime.env));
  throw new Failure(
    "config_entry_not_found",
    `${client.name} has no server named ${quoted(name)} in ${where}`,
    {
      kind: "usage",
      remedy: near === undefined
        ? withCommand("List the servers of all clients", { line: "mcpass config list" })
        : withCommand(`Did you mean ${quoted(near)}?`, {
          line: commandText("config remove", {}, [client.id, near]),
        }),
    },
  );
}

export const REMOVE_COMMAND: Command<typeof REMOVE_FLAGS> = sessionCommand({
  name: "config remove",
  summary: "Remove a server from the configuration of an MCP client, after a question",
  examples: [
    ["the server linear of Cursor", "mcpass config remove cursor linear"],
    ["without a question", "mcpass config remove cursor linear --yes"],
  ],
  operands: "<client> <name>",
  async operandChoices([id], env) {
    return id === undefined ? CLIENT_IDS : await namesOf(id, env);
  },
  flags: REMOVE_FLAGS,
  requiredOptions: [
    REQUIRED_CLIENT,
    {
      operand: "<name>",
      missing: (_options, operands) => operands.length < 2,
      message: "Which server?",
      reason: "Add the name of the server as the last argument",
      async offer(_options, { env }, [id]) {
        return (await namesOf(id, env)).map((name) => ({ value: name, label: name }));
      },
    },
  ],
  notes: [
    "Nothing but the entry changes, and a backup remains. If nothing else changed since mcpass added the " +
    "entry, the file has exactly its former bytes again. The sign-in of mcpass remains: mcpass logout.",
    "Exit status: 0 done, 1 the file cannot be changed, 2 usage, 130 cancelled.",
  ],
  async report(_session, { options, operands }, { runtime }) {
    const [id = "", name = "", ...others] = operands;
    const client = clientNamed(id, (near) => commandText("config remove", {}, [near, name]));
    if (others.length > 0) {
      const message = "mcpass config remove accepts a client and the name of a server";
      throw usageFailure("unexpected_argument", message, "Omit the other arguments");
    }
    const target = await findEntry(client, name, options, runtime);
    let own = false;
    const written = await changeFile(
      target,
      async (file) => {
        const { path, text = "" } = file;
        const change = changeWithoutEntry(
          client,
          formatOf(path),
          text,
          name,
          await backupTexts(file),
        );
        own = isOwnEntry(change.existing);
        return change;
      },
      ({ existing }) => isOwnEntry(existing) ? [existing] : [],
      options,
      runtime,
    );
    const { scope, path } = target;
    const { diff, backup } = written;
    return {
      document: {
        completed: true,
        client: client.id,
        name,
        scope,
        path,
        own,
        diff,
        backup,
      } satisfies ConfigRemoveDocument,
      text(view) {
        const short = shortPath(path, runtime);
        const done = `${client.name} no longer has the server ${name} (${short})`;
        return [
          ...verdictPrinter(runtime).lines("ok", done, view),
          ...backup === null
            ? []
            : ["", ...wrap(`Backup: ${shortPath(backup, runtime)}`, view.width)],
          "",
          ...wrap(
            `If ${client.name} is running, it may use the server until you start it again.`,
            view.width,
          ),
          "",
        ].join("\n");
      },
    };
  },
});
