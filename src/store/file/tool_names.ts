/**
 * The names of a server's tools as they were last listed, for completion without a request. They are
 * stored next to the server's sign-ins and deleted with the last of them.
 * @module
 */

import { mapPieces, runInPieces } from "../../core/pieces.ts";
import type { Env } from "../../core/deps.ts";
import { isObject, parseJson } from "../../core/json.ts";
import { denoFiles, replaceFile } from "./files.ts";
import { fileNamesIn, foldersExist, readPrivateFile } from "./file_permissions.ts";
import { entryName, serverFolderName } from "../entry_key.ts";
import { storePlace } from "./home_folder.ts";

const NAME = "tools";

export const TOOLS_FILE = `${NAME}.json`;

export interface ToolName {
  readonly name: string;
  /** The server's title or description; empty if it has neither. */
  readonly about: string;
}

/** The server's folder and its stored names; undefined if the store has no sign-in at the server. */
function findNames(env: Env, serverUrl: string): { folder: string; text: string } | undefined {
  const place = storePlace(env, Deno.build.os, Deno.uid());
  const folder = `${place.folder}/${serverFolderName(serverUrl)}`;
  if (!foldersExist([...place.folders, folder], place.uid)) return undefined;
  if (!fileNamesIn(folder).some((name) => entryName(name) !== undefined)) return undefined;
  return { folder, text: readPrivateFile(`${folder}/${TOOLS_FILE}`, place.uid) ?? "" };
}

/** Characters of a description, and how many are searched for secrets that begin in them. */
const MOST_ABOUT = 200;
const SEARCHED = 8 * 1024;

/** A tool that a server listed; undefined if it has no name, or a secret in its name. */
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
 * Stores the names if a sign-in at the server is stored. Never throws, because the names are optional.
 *
 * @param mask Hides secrets: a server can write the token that it received into its tools.
 */
export async function storeToolNames(
  env: Env,
  serverUrl: string,
  tools: readonly unknown[],
  mask: (text: string) => string,
): Promise<void> {
  try {
    const stored = findNames(env, serverUrl);
    if (stored === undefined) return;
    const all = await runInPieces(mapPieces(tools, (tool) => toolName(tool, mask)));
    const names = all.filter((tool) => tool !== undefined);
    const text = `${JSON.stringify({ version: 1, tools: names })}\n`;
    if (stored.text !== text) await replaceFile(denoFiles, stored.folder, NAME, text);
  } catch {
    // A list of tools must not fail because the disk is full or read-only.
  }
}

function isToolName(tool: unknown): tool is ToolName {
  return isObject(tool) && typeof tool["name"] === "string" && typeof tool["about"] === "string";
}

/** @throws Failure as {@link Store} does. */
export function readToolNames(env: Env, serverUrl: string): readonly ToolName[] {
  const document = parseJson(findNames(env, serverUrl)?.text ?? "");
  if (!isObject(document) || !Array.isArray(document["tools"])) return [];
  return document["tools"].filter(isToolName);
}
