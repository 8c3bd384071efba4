/** The entry that a client needs for a server, and the file that it belongs into. @module */

import { commandText, withCommand } from "../../../core/command_text.ts";
import { usageFailure } from "../../../core/failure.ts";
import { isObject, member } from "../../../core/json.ts";
import { findProgram, isAbsolutePath, searchPath } from "../../../core/programs.ts";
import { quoted, shellWord } from "../../../core/text.ts";
import type { Entry } from "../../../edit/config_text.ts";
import { isOwnEntry } from "../../../flow/mcp_clients/client_config.ts";
import {
  entryFor,
  entryText,
  type EntryValues,
  formatOf,
} from "../../../flow/mcp_clients/client_entry.ts";
import { findEntries } from "../../../flow/mcp_clients/find_entries.ts";
import type { ConfigurableClient } from "../../../flow/mcp_clients/client_table.ts";
import { hasCredential, maskUrl } from "../../../flow/mcp_clients/url_credentials.ts";
import { derivedName } from "../../../store/sign_in_name.ts";
import { accountFlag, DEFAULT_ACCOUNT, type EntrySummary } from "../../../store/stored_entry.ts";
import type { Runtime } from "../../command/runtime.ts";
import { findStoredSignIn } from "../../shared/sign_in/find_sign_in.ts";
import { openStoreAs, storeMode } from "../../shared/sign_in/store_options.ts";
import { type ConfigTarget, configTarget } from "./config_change.ts";
import type { ConfigInvocation } from "./config_flags.ts";

type Options = ConfigInvocation["options"];

export interface PlannedEntry {
  readonly client: ConfigurableClient;
  readonly name: string;
  readonly serverUrl: string;
  readonly account: string | null;
  readonly signedIn: boolean;
  readonly entry: Entry;
  readonly values: EntryValues;
  readonly direct: boolean;
  readonly text: string;
  readonly target: ConfigTarget;
  readonly notes: readonly string[];
  /** True for an entry that needs no `--replace`: one of mcpass, or of the same server without it. */
  isOwn(existing: unknown): boolean;
}

const realPath = (path: string) => Deno.realPath(path).catch(() => undefined);

/** The executable, by its name in PATH if that is the same file: an upgrade may move the file itself. */
async function ownProgram({ env }: Pick<Runtime, "env">): Promise<string> {
  const running = Deno.execPath();
  let installed: string | undefined;
  try {
    installed = findProgram("mcpass", searchPath(env.toObject()));
  } catch {
    // Not in PATH.
  }
  if (!Deno.build.standalone) {
    if (installed !== undefined) return installed;
    throw usageFailure(
      "missing_options",
      "missing --command: this mcpass is not an executable that a client can start",
      "Give the path of one with --command",
    );
  }
  const isSame = installed !== undefined && await realPath(installed) === await realPath(running);
  return isSame && installed !== undefined ? installed : running;
}

function givenProgram(path: string): string {
  if (isAbsolutePath(path, Deno.build.os)) return path;
  throw usageFailure(
    "invalid_value",
    "--command is not an absolute path",
    "Give the absolute path: clients search in other folders than your shell",
  );
}

async function storedSignIn(
  serverUrl: string,
  options: Options,
  runtime: Runtime,
): Promise<EntrySummary | undefined> {
  const store = await openStoreAs(storeMode(options), runtime, options);
  const found = await store.find(serverUrl, options.account);
  if (!found.some(({ registeredOnly }) => !registeredOnly)) return undefined;
  return await findStoredSignIn(store, serverUrl, options, runtime);
}

/** Arguments of mcpass bridge: the URL, or the name of the sign-in if the URL is a secret. */
function bridgeArguments(
  serverUrl: string,
  account: string | undefined,
  signIn: EntrySummary | undefined,
): string[] {
  if (!hasCredential(serverUrl)) {
    return ["bridge", "--url", serverUrl, ...account === undefined ? [] : ["--account", account]];
  }
  if (signIn?.name !== undefined) return ["bridge", signIn.name];
  throw usageFailure(
    "invalid_value",
    `the URL ${maskUrl(serverUrl)} has a credential, which must not be in a configuration file`,
    "Sign in to the server first: the entry then has the name of the sign-in instead of the URL",
  );
}

function directNotes({ name, setup }: ConfigurableClient, entryName: string): string[] {
  const { why = "", next } = setup.direct ?? {};
  return [
    `With --direct, ${name} ${why}.`,
    ...next === undefined ? [] : [`Sign in afterwards: ${next.replace("$name", entryName)}`],
  ];
}

/** Other entries for the server: the client would offer each of its tools several times. */
async function twinNotes(
  { id, name }: ConfigurableClient,
  entryName: string,
  serverUrl: string,
  { env }: Pick<Runtime, "env">,
): Promise<string[]> {
  const { entries } = await findEntries(env, Deno.cwd(), name);
  const twins = entries.filter((it) => it.serverUrl === serverUrl && it.name !== entryName);
  const names = [...new Set(twins.map((it) => it.name))];
  return names.map((twin) =>
    `${name} also has this server as ${quoted(twin)}. To replace that entry, use ` +
    `--name ${shellWord(twin)} --replace; to remove it: ${
      commandText("config remove", {}, [id, twin])
    }`
  );
}

function checkDirect({ id, name, setup }: ConfigurableClient, serverUrl: string): void {
  if (setup.direct === undefined) {
    throw usageFailure(
      "config_direct_unsupported",
      `${name} needs mcpass bridge: ${setup.bridgeOnly}`,
      withCommand("Leave out --direct", { line: commandText("config", {}, [id, serverUrl]) }),
    );
  }
  if (!hasCredential(serverUrl)) return;
  throw usageFailure(
    "config_direct_unsupported",
    `the URL ${maskUrl(serverUrl)} has a credential, which must not be in a configuration file`,
    "Leave out --direct",
  );
}

/** @throws Failure of kind `usage`. */
export async function planEntry(
  client: ConfigurableClient,
  serverUrl: string,
  options: Options,
  runtime: Runtime,
): Promise<PlannedEntry> {
  const { setup } = client;
  const { direct } = options;
  if (direct) checkDirect(client, serverUrl);
  const signIn = await storedSignIn(serverUrl, options, runtime);
  const label = signIn?.account ?? options.account;
  const account = label === undefined ? undefined : accountFlag(label);
  const name = options.name ?? signIn?.name ?? derivedName(serverUrl, label ?? DEFAULT_ACCOUNT);
  if (setup.reserved?.includes(name)) {
    throw usageFailure(
      "config_name_taken",
      `${client.name} uses the name "${name}" itself`,
      "Choose another --name",
    );
  }
  const command = options.command === undefined
    ? await ownProgram(runtime)
    : givenProgram(options.command);
  const helperWords = [
    ...[command, "credential", "headers", "--url", serverUrl],
    ...account === undefined ? [] : ["--account", account],
  ];
  const values: EntryValues = {
    command,
    args: direct ? [] : bridgeArguments(serverUrl, account, signIn),
    url: serverUrl,
    name,
    helper: helperWords.map((word) => shellWord(word)).join(" "),
  };
  const entry = entryFor(setup, values, direct);
  const target = await configTarget(client, name, options, runtime);
  const notes = [
    ...await twinNotes(client, name, serverUrl, runtime),
    ...direct ? directNotes(client, name) : [],
    ...setup.note === undefined ? [] : [setup.note],
    ...target.others.map((path) => `${client.name} also has ${path}; --file changes that file.`),
    ...target.scope === "project"
      ? ["Other people get the entry with the project: each needs mcpass at this path."]
      : [],
    ...command.includes("_npx")
      ? [
        "This mcpass is in the cache of npx, which may delete it. Install mcpass, and run the command again.",
      ]
      : [],
  ];
  return {
    client,
    name,
    serverUrl,
    account: account ?? null,
    signedIn: signIn !== undefined,
    entry,
    values,
    direct,
    text: entryText(client, formatOf(target.path), name, entry),
    target,
    notes,
    isOwn: (existing) =>
      isOwnEntry(existing, command) ||
      isObject(existing) && member(existing, "headers") === undefined &&
        ["url", "httpUrl"].some((key) => member(existing, key) === serverUrl),
  };
}
