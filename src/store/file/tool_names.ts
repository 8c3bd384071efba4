/** The tool names of a server, for completion without a request. The last sign-out deletes them. @module */

import { mapWork, runWithPauses } from "../../core/work.ts";
import type { Env } from "../../core/system.ts";
import { isObject, parseJson } from "../../core/json.ts";
import { denoFiles, replaceFile } from "./store_files.ts";
import { fileNamesIn, foldersExist, readPrivateFile } from "./file_permissions.ts";
import { entryName, serverFolderName } from "../entry_key.ts";
import { storeHome } from "./home_folder.ts";

const NAME = "tools";

export const TOOLS_FILE = `${NAME}.json`;

export interface ToolName {
  readonly name: string;
  /** The server's title or description; empty if it has neither. */
  readonly about: string;
}

/** The server's folder and its stored names; undefined if the store has no sign-in at the server. */
function findStoredNames(
  env: Env,
  serverUrl: string,
): { folder: string; text: string } | undefined {
  const home = storeHome(env, Deno.build.os, Deno.uid());
  const folder = `${home.folder}/${serverFolderName(serverUrl)}`;
  if (!foldersExist([...home.folders, folder], home.uid)) return undefined;
  if (!fileNamesIn(folder).some((name) => entryName(name) !== undefined)) return undefined;
  return { folder, text: readPrivateFile(`${folder}/${TOOLS_FILE}`, home.uid) ?? "" };
}

const MAX_ABOUT = 200;
const MAX_SEARCHED = 8 * 1024;

/** Undefined for a tool without a name, or with a secret in its name. */
function toToolName(tool: unknown, mask: (text: string) => string): ToolName | undefined {
  if (!isObject(tool) || typeof tool["name"] !== "string") return undefined;
  const { name } = tool;
  if (name.length > MAX_SEARCHED || mask(name) !== name) return undefined;
  const about = tool["title"] ?? tool["description"];
  return {
    name,
    about: typeof about === "string" ? mask(about.slice(0, MAX_SEARCHED)).slice(0, MAX_ABOUT) : "",
  };
}

/** Never throws. @param mask Hides secrets: a server can write the token that it received into its tools. */
export async function storeToolNames(
  env: Env,
  serverUrl: string,
  tools: readonly unknown[],
  mask: (text: string) => string,
): Promise<void> {
  try {
    const stored = findStoredNames(env, serverUrl);
    if (stored === undefined) return;
    const all = await runWithPauses(mapWork(tools, (tool) => toToolName(tool, mask)));
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
  const document = parseJson(findStoredNames(env, serverUrl)?.text ?? "");
  if (!isObject(document) || !Array.isArray(document["tools"])) return [];
  return document["tools"].filter(isToolName);
}
