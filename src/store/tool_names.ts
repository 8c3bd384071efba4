/**
 * The names of a server's tools as they were last listed: what completion offers without asking the
 * server. They lie beside the server's sign-ins and go with the last of them.
 *
 * @module
 */

import { mapPieces, runInPieces } from "../core/abort.ts";
import type { Env } from "../core/deps.ts";
import { isObject, parseJson } from "../core/json.ts";
import { replaceFile } from "./durable.ts";
import { denoFiles } from "./files.ts";
import { foldersOf, namesIn } from "./folders.ts";
import { readSafe } from "./guard.ts";
import { entryOfFile, serverName } from "./key.ts";
import { homeFolder, joined } from "./place.ts";

const NAME = "tools";

/** The file in a server's folder. */
export const TOOLS_FILE = `${NAME}.json`;

/** A tool. */
export interface ToolName {
  /** What it is called by. */
  readonly name: string;
  /** The server's words about it; empty where there are none. */
  readonly about: string;
}

interface Shelf {
  readonly folder: string;
  readonly uid: number | null;
  /** True when a sign-in at the server is kept, in folders that are the owner's alone. */
  inUse(): Promise<boolean>;
}

function shelfOf(env: Env, serverUrl: string): Shelf {
  const uid = Deno.uid();
  const home = homeFolder(env, Deno.build.os);
  const all = joined(Deno.build.os, home, "credentials");
  const folder = `${all}/${serverName(serverUrl)}`;
  return {
    ...{ folder, uid },
    inUse: async () =>
      await foldersOf([home, all], denoFiles, uid).reachable(folder) &&
      namesIn(folder).some((name) => entryOfFile(name) !== undefined),
  };
}

/** Characters of a description, and how many are searched for secrets that begin in them. */
const MOST_ABOUT = 200;
const SEARCHED = 8 * 1024;

/** A tool of a list that a server sent, or undefined for what has no name, or a secret in it. */
function toolName(tool: unknown, mask: (text: string) => string): ToolName | undefined {
  if (!isObject(tool) || typeof tool["name"] !== "string") return undefined;
  const { name } = tool;
  if (name.length > SEARCHED || mask(name) !== name) return undefined;
  const about = tool["title"] ?? tool["description"];
  return {
    name,
    about: typeof about === "string" ? mask(about.slice(0, SEARCHED)).slice(0, MOST_ABOUT) : "",
  };
}

/**
 * Keeps the names where a sign-in at the server is kept. Never throws: it is a convenience.
 *
 * @param mask Hides secrets: a server can write the token that it was sent into its tools.
 */
export async function keepToolNames(
  env: Env,
  serverUrl: string,
  tools: readonly unknown[],
  mask: (text: string) => string,
): Promise<void> {
  try {
    const shelf = shelfOf(env, serverUrl);
    if (!await shelf.inUse()) return;
    const all = await runInPieces(mapPieces(tools, (tool) => toolName(tool, mask)));
    const names = all.filter((tool) => tool !== undefined);
    const text = `${JSON.stringify({ version: 1, tools: names })}\n`;
    const kept = await readSafe(`${shelf.folder}/${TOOLS_FILE}`, shelf.uid);
    if (kept !== text) await replaceFile(denoFiles, shelf.folder, NAME, text);
  } catch {
    // A disk that is full or read-only is no reason for a list of tools to fail.
  }
}

function isToolName(tool: unknown): tool is ToolName {
  return isObject(tool) && typeof tool["name"] === "string" && typeof tool["about"] === "string";
}

/**
 * The names that were kept; empty where none were.
 *
 * @throws Failure as the store does.
 */
export async function keptToolNames(env: Env, serverUrl: string): Promise<readonly ToolName[]> {
  const shelf = shelfOf(env, serverUrl);
  if (!await shelf.inUse()) return [];
  const document = parseJson(await readSafe(`${shelf.folder}/${TOOLS_FILE}`, shelf.uid) ?? "");
  if (!isObject(document) || !Array.isArray(document["tools"])) return [];
  return document["tools"].filter(isToolName);
}
