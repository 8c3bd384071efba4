/** The flags and the client of the config commands. @module */

import { withCommand } from "../../../core/command_text.ts";
import { nearest } from "../../../core/edit_distance.ts";
import { usageFailure } from "../../../core/failure.ts";
import type { Env } from "../../../core/system.ts";
import { quoted } from "../../../core/text.ts";
import { entryFiles } from "../../../flow/mcp_clients/client_locations.ts";
import {
  CLIENT_IDS,
  CONFIGURABLE,
  type ConfigurableClient,
} from "../../../flow/mcp_clients/client_table.ts";
import { RESULT_FLAGS } from "../../args/common_flags.ts";
import { path } from "../../args/values.ts";
import type { Invocation, RequiredOption } from "../../command/command.ts";
import { flagGroup, type Parsed, problem, toggle, value } from "../../command/flag.ts";
import { SIGN_IN_SERVER_FLAGS } from "../../shared/sign_in/credential_source.ts";
import { STORE_FLAGS } from "../../shared/sign_in/store_options.ts";

export const isEntryName = (text: string): boolean => /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/.test(text);

function entryName(text: string): Parsed<string> {
  return isEntryName(text) ? { value: text } : problem(
    `${quoted(text, 60)} is not a name that every client accepts`,
    "Use up to 64 letters, digits, - and _",
  );
}

const own = { env: false };

/** Which file of the client. */
export const TARGET_FLAGS = {
  project: toggle("the file of the project in the current folder"),
  file: value("<path>", "another configuration file of the client", path, own),
};

export const CONFIG_FLAGS = {
  ...SIGN_IN_SERVER_FLAGS,
  ...flagGroup("Client:", {
    write: toggle("change the configuration, after a question that shows the difference"),
    yes: toggle("with --write: do not ask"),
    ...TARGET_FLAGS,
    name: value(
      "<name>",
      "name of the entry (default: the name of the sign-in, else from the host)",
      entryName,
      own,
    ),
    direct: toggle("configure the client without mcpass bridge, if it can sign in without it"),
    command: value("<path>", "program that the client starts (default: this mcpass)", path, own),
    replace: toggle("replace an entry of this name that mcpass did not write"),
    noInstaller: toggle("change the file, even if the client has a program for it"),
  }),
  ...flagGroup("Credentials:", STORE_FLAGS),
  ...RESULT_FLAGS,
};

export type ConfigInvocation = Invocation<typeof CONFIG_FLAGS>;

/**
 * @param line The command line with another client.
 * @throws Failure of kind `usage`: `invalid_value`.
 */
export function clientNamed(id: string, line: (client: string) => string): ConfigurableClient {
  const client = CONFIGURABLE.find((it) => it.id === id);
  if (client === undefined) {
    const near = nearest(id, CLIENT_IDS);
    throw usageFailure(
      "invalid_value",
      `${quoted(id, 40)} is not a client that mcpass can configure`,
      near === undefined
        ? `Use one of: ${CLIENT_IDS.join(", ")}`
        : withCommand(`Did you mean ${near}?`, { line: line(near) }),
    );
  }
  return client;
}

/** The clients that have a configuration file, or a folder for it. */
async function foundClients(env: Env): Promise<ReadonlySet<string>> {
  const home = env.get("HOME") || env.get("USERPROFILE");
  const exists = (path: string) => path !== home && Deno.stat(path).then(() => true, () => false);
  const found = new Set<string>();
  for (const client of CONFIGURABLE) {
    for (const path of entryFiles(client, "user", "*", { env, cwd: "" })) {
      if (await exists(path) || await exists(path.replace(/[\\/][^\\/]*$/, ""))) {
        found.add(client.id);
      }
    }
  }
  return found;
}

export const REQUIRED_CLIENT: RequiredOption<Record<never, never>> = {
  operand: "<client>",
  missing: (_options, operands) => operands.length === 0,
  message: "Which client?",
  reason: `Add the client as the first argument: ${CLIENT_IDS.join(", ")}`,
  search: true,
  async offer(_options, { env }) {
    const found = await foundClients(env);
    const choices = CONFIGURABLE.map((client) => ({
      value: client.id,
      label: found.has(client.id) ? `${client.id} (on this machine)` : client.id,
      hint: client.name,
    }));
    return choices.sort((a, b) => Number(found.has(b.value)) - Number(found.has(a.value)));
  },
};
