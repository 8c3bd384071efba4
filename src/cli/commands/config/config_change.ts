/** Changes the configuration file of a client, after a question that shows the difference. @module */

import { Failure, usageFailure } from "../../../core/failure.ts";
import { quoted } from "../../../core/text.ts";
import {
  changeWithEntry,
  type EntryChange,
  formatOf,
} from "../../../flow/mcp_clients/client_entry.ts";
import {
  type ConfigFile,
  configNotChanged,
  readConfigFile,
  writeConfigFile,
} from "../../../flow/mcp_clients/config_file.ts";
import { entryFiles, userFolders } from "../../../flow/mcp_clients/client_locations.ts";
import type { ConfigurableClient } from "../../../flow/mcp_clients/client_table.ts";
import type { Runtime } from "../../command/runtime.ts";
import { confirm } from "../../shared/confirm.ts";
import { styleFor } from "../../terminal/style.ts";
import { diffLines, paintDiff } from "./diff_text.ts";

export interface ConfigTarget {
  readonly scope: "user" | "project" | "file";
  readonly path: string;
  /** Further files of the client that exist. */
  readonly others: readonly string[];
  /** Folders in which the file has to be. */
  readonly folders: readonly string[];
}

const exists = (path: string) => Deno.lstat(path).then(() => true, () => false);

const folderOf = (path: string) => path.replace(/[\\/][^\\/]*$/, "");

interface TargetOptions {
  readonly project: boolean;
  readonly file: string | undefined;
}

/** The file that exists, else the one whose folder exists, else the usual one. */
export async function configTarget(
  client: ConfigurableClient,
  name: string,
  { project, file }: TargetOptions,
  { env }: Pick<Runtime, "env">,
): Promise<ConfigTarget> {
  const cwd = Deno.cwd();
  if (file !== undefined) {
    const { resolve } = await import("node:path");
    const folders = [...userFolders(env), cwd];
    return { scope: "file", path: resolve(file), others: [], folders };
  }
  const scope = project || client.user.length === 0 ? "project" : "user";
  const paths = entryFiles(client, scope, name, { env, cwd });
  if (paths.length === 0) {
    throw scope === "project"
      ? usageFailure(
        "impossible_combination",
        `${client.name} has no configuration file for a project`,
        "Leave out --project",
      )
      : usageFailure("missing_options", "the home folder is unknown", "Set HOME, or give --file");
  }
  const found: string[] = [];
  for (const path of paths) if (await exists(path)) found.push(path);
  const near: string[] = [];
  for (const path of paths) if (await exists(folderOf(path))) near.push(path);
  const path = found[0] ?? near[0] ?? paths[0] ?? "";
  const folders = scope === "user" ? userFolders(env) : [cwd];
  return { scope, path, others: found.filter((it) => it !== path), folders };
}

export function shortPath(path: string, { env }: Pick<Runtime, "env">): string {
  const home = env.get("HOME") || env.get("USERPROFILE");
  const isBelow = home !== undefined && path.startsWith(home) &&
    /^[\\/]/.test(path.slice(home.length));
  return isBelow ? `~${path.slice(home.length)}` : path;
}

/** Asks a person; without a terminal, `--yes` is required. */
export async function confirmChange(
  message: string,
  before: readonly string[],
  options: { readonly yes: boolean; readonly noInput: boolean },
  runtime: Runtime,
): Promise<void> {
  const style = styleFor(runtime.io.stderrIsTerminal, runtime.env, false);
  const width = runtime.io.columns();
  // What is added is shown completely.
  const lines = before.map((line) =>
    /^[ -]/.test(line) && line.length > width ? `${line.slice(0, width - 1)}…` : line
  );
  const shown = `${paintDiff(lines, style).join("\n")}\n\n`;
  await confirm({ message, shown, whatFor: "to change the configuration" }, options, runtime);
}

export interface WrittenChange {
  readonly status: "unchanged" | "written";
  readonly diff: string | null;
  readonly backup: string | null;
}

export type MakeChange = (file: ConfigFile) => Promise<EntryChange> | EntryChange;

/** A reason why a text cannot be changed becomes a failure that names the file. */
export async function forFile<T>(path: string, work: () => Promise<T> | T): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Failure) || error.code !== "config_not_changed") throw error;
    throw configNotChanged(path, error.message);
  }
}

const ATTEMPTS = 5;

/**
 * Reads the file, asks, and writes it. If another program changes the file meanwhile, it starts again.
 *
 * @throws Failure `config_not_changed`, of kind `cancelled`, or of kind `usage`.
 */
export async function changeFile(
  { path, folders }: ConfigTarget,
  make: MakeChange,
  shown: (change: EntryChange) => readonly unknown[],
  options: { readonly yes: boolean; readonly noInput: boolean },
  runtime: Runtime,
): Promise<WrittenChange> {
  const short = shortPath(path, runtime);
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    const file = await readConfigFile(path, folders);
    const change = await forFile(path, () => make(file));
    if (change.after === change.before && file.text !== undefined) {
      return { status: "unchanged", diff: null, backup: null };
    }
    const lines = diffLines({
      path: short,
      before: file.text,
      after: change.after,
      shown: shown(change),
    });
    const verb = file.text === undefined
      ? "Create"
      : change.after === undefined
      ? "Delete"
      : "Change";
    await confirmChange(`${verb} ${short}?`, lines, options, runtime);
    const written = await writeConfigFile(file, change.after, runtime.clock.now());
    if (written !== "changed") {
      return { status: "written", diff: `${lines.join("\n")}\n`, ...written };
    }
    if (!options.yes) {
      runtime.io.err(`${quoted(short)} was changed by another program; mcpass read it again\n`);
    }
  }
  throw configNotChanged(path, "another program changes it all the time");
}

/** The text with the entry; the format is that of the file. */
export function withEntry(
  client: ConfigurableClient,
  name: string,
  entry: Parameters<typeof changeWithEntry>[4],
  isOwn: (existing: unknown) => boolean,
): (file: ConfigFile) => EntryChange {
  return ({ path, text = "" }) => changeWithEntry(client, formatOf(path), text, name, entry, isOwn);
}
