/** The names of a server's tools and their arguments, for completion without a request. The last sign-out deletes them. @module */

import { mapWork, runWithPauses } from "../../core/work.ts";
import type { Env } from "../../core/system.ts";
import { isObject, type JsonObject, parseJson } from "../../core/json.ts";
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
  /** The names of its arguments that a command line can have. */
  readonly arguments?: readonly string[];
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
const MAX_ARGUMENTS = 50;

function argumentNames({ inputSchema }: JsonObject, mask: (text: string) => string): string[] {
  const properties = isObject(inputSchema) ? inputSchema["properties"] : undefined;
  return Object.keys(isObject(properties) ? properties : {})
    .filter((name) => /^[A-Za-z_][\w.-]{0,99}$/.test(name) && mask(name) === name)
    .slice(0, MAX_ARGUMENTS);
}

/** Undefined for a tool without a name, or with a secret in its name. */
function toToolName(tool: unknown, mask: (text: string) => string): ToolName | undefined {
  if (!isObject(tool) || typeof tool["name"] !== "string") return undefined;
  const { name } = tool;
  if (name.length > MAX_SEARCHED || mask(name) !== name) return undefined;
  const about = tool["title"] ?? tool["description"];
  const names = argumentNames(tool, mask);
  return {
    name,
    ...names.length === 0 ? {} : { arguments: names },
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
  if (!isObject(tool)) return false;
  const { name, about, arguments: names = [] } = tool;
  return typeof name === "string" && typeof about === "string" && Array.isArray(names) &&
    names.every((it) => typeof it === "string");
}

/** @throws Failure as {@link Store} does. */
export function readToolNames(env: Env, serverUrl: string): readonly ToolName[] {
  const document = parseJson(findStoredNames(env, serverUrl)?.text ?? "");
  if (!isObject(document) || !Array.isArray(document["tools"])) return [];
  return document["tools"].filter(isToolName);
}
