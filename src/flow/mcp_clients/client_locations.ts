/** Where other MCP clients have their configuration. @module */

import type { Env } from "../../core/system.ts";
import { MCP_CLIENTS, type McpClient } from "./client_table.ts";

/** Folders that the paths of the table start with. */
interface Folders {
  readonly home: string;
  /** Data of applications, such as `~/.config` or `%APPDATA%`. */
  readonly apps: string;
  /** `~/.config`, also on macOS; `%APPDATA%` on Windows. */
  readonly config: string;
  /** `%LOCALAPPDATA%`; elsewhere undefined. */
  readonly local: string | undefined;
  /** `%APPDATA%`; elsewhere undefined. */
  readonly roaming: string | undefined;
  readonly claude: string;
  readonly codex: string;
  readonly copilot: string;
}

export const CLIENT_NAMES: readonly string[] = MCP_CLIENTS.filter(({ id }) => id !== "generic")
  .map(({ name }) => name);

function foldersOf(env: Env, os: string): Folders | undefined {
  const home = env.get("HOME") || env.get("USERPROFILE");
  if (!home) return undefined;
  const roaming = env.get("APPDATA") || `${home}/AppData/Roaming`;
  const xdg = env.get("XDG_CONFIG_HOME") || `${home}/.config`;
  return {
    home,
    apps: { windows: roaming, darwin: `${home}/Library/Application Support` }[os] ?? xdg,
    config: os === "windows" ? roaming : xdg,
    local: os === "windows" ? env.get("LOCALAPPDATA") || `${home}/AppData/Local` : undefined,
    roaming: os === "windows" ? roaming : undefined,
    claude: env.get("CLAUDE_CONFIG_DIR") || home,
    codex: env.get("CODEX_HOME") || `${home}/.codex`,
    copilot: env.get("COPILOT_HOME") || `${home}/.copilot`,
  };
}

export interface ClientFile {
  readonly client: string;
  readonly path: string;
}

/** The folder and those above it. */
function foldersAbove(folder: string): string[] {
  const above: string[] = [];
  for (let path = folder; path !== "";) {
    above.push(path);
    path = path.slice(0, Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\"), 0));
  }
  return above;
}

const withSeparators = (path: string, os: string) =>
  os === "windows" ? path.replaceAll("/", "\\") : path;

/** The paths of rows of the table, on this system. */
function userPaths(locations: readonly string[], env: Env, os: string): string[] {
  const folders = new Map(Object.entries(foldersOf(env, os) ?? {}));
  return locations.flatMap((location) => {
    const [name = "", ...rest] = location.split("/");
    const folder = folders.get(name);
    return folder === undefined ? [] : [withSeparators(`${folder}/${rest.join("/")}`, os)];
  });
}

/** The configuration files that may exist, those of the user first; a path may have a `*`. */
export function clientFiles(env: Env, cwd: string, os: string = Deno.build.os): ClientFile[] {
  // A file for each name is among those that a pattern finds.
  const fixed = (paths: readonly string[]) => paths.filter((path) => !path.includes("$name"));
  const user = MCP_CLIENTS.flatMap(({ name: client, user, alsoRead = [] }) =>
    userPaths(fixed([...user, ...alsoRead]), env, os).map((path) => ({ client, path }))
  );
  const project = foldersAbove(cwd).flatMap((folder) =>
    MCP_CLIENTS.flatMap(({ name: client, project = [], alsoReadInProject = [] }) =>
      fixed([...project, ...alsoReadInProject]).map((path) => ({
        client,
        path: withSeparators(`${folder}/${path}`, os),
      }))
    )
  );
  // The first client of a file is the one that it is named after.
  const files = new Map<string, ClientFile>();
  for (const file of [...user, ...project]) {
    if (!files.has(file.path)) files.set(file.path, file);
  }
  return [...files.values()];
}

export type Scope = "user" | "project";

/** The files that an entry of this name can be in, the usual one first. */
export function entryFiles(
  { user, project = [] }: McpClient,
  scope: Scope,
  name: string,
  { env, cwd, os = Deno.build.os }: {
    readonly env: Env;
    readonly cwd: string;
    readonly os?: string;
  },
): string[] {
  const named = (path: string) => path.replace("$name", name);
  return scope === "user"
    ? userPaths(user.map(named), env, os)
    : project.map((path) => withSeparators(`${cwd}/${named(path)}`, os));
}

/** The user's folders that have configuration files. */
export function userFolders(env: Env, os: string = Deno.build.os): string[] {
  return Object.values(foldersOf(env, os) ?? {}).filter((folder) => folder !== undefined);
}

/** The folder of mcp-remote; undefined without a home. */
export function mcpRemoteFolder(env: Env): string | undefined {
  const home = env.get("HOME") || env.get("USERPROFILE");
  return env.get("MCP_REMOTE_CONFIG_DIR") || (home && `${home}/.mcp-auth`);
}

/** The file in which Claude Code stores its sign-ins where it has no keychain. */
export function claudeCredentialsFile(env: Env): string | undefined {
  const home = env.get("HOME") || env.get("USERPROFILE");
  const folder = env.get("CLAUDE_CONFIG_DIR") || (home && `${home}/.claude`);
  return folder && `${folder}/.credentials.json`;
}
