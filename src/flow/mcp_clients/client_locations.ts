/** Where other MCP clients have their configuration. @module */

import type { Env } from "../../core/system.ts";

/** Folders that the paths of the table start with. */
interface Folders {
  readonly home: string;
  /** Data of applications, such as `~/.config` or `%APPDATA%`. */
  readonly apps: string;
  /** `~/.config`, also on macOS; `%APPDATA%` on Windows. */
  readonly config: string;
  /** `%LOCALAPPDATA%`; elsewhere undefined. */
  readonly local: string | undefined;
  readonly claude: string;
  readonly codex: string;
  readonly copilot: string;
}

interface ClientRow {
  readonly client: string;
  /** With the name of a folder first. */
  readonly user: readonly string[];
  /** Below the current folder and the folders above it. */
  readonly project?: readonly string[];
}

/** JSON, most with comments, or what the ending tells. `*` is any name. Paths as of November 2026. */
const CLIENTS: readonly ClientRow[] = [
  { client: "Claude Code", user: ["claude/.claude.json"], project: [".mcp.json"] },
  {
    client: "Claude Desktop",
    user: [
      "apps/Claude/claude_desktop_config.json",
      "local/Packages/Claude_pzs8sxrjxfjjc/LocalCache/Roaming/Claude/claude_desktop_config.json",
    ],
  },
  { client: "Cursor", user: ["home/.cursor/mcp.json"], project: [".cursor/mcp.json"] },
  {
    client: "VS Code",
    user: [
      "apps/Code/User/mcp.json",
      "apps/Code/User/settings.json",
      "apps/Code/User/profiles/*/mcp.json",
      "apps/Code/User/profiles/*/settings.json",
      "apps/Code - Insiders/User/mcp.json",
      "apps/Code - Insiders/User/settings.json",
      "apps/Code - Insiders/User/profiles/*/mcp.json",
      "apps/Code - Insiders/User/profiles/*/settings.json",
    ],
    project: [".vscode/mcp.json", ".vscode/settings.json"],
  },
  { client: "GitHub Copilot CLI", user: ["copilot/mcp-config.json"] },
  { client: "Codex", user: ["codex/config.toml"], project: [".codex/config.toml"] },
  { client: "Windsurf", user: ["home/.codeium/windsurf/mcp_config.json"] },
  { client: "Zed", user: ["config/zed/settings.json"], project: [".zed/settings.json"] },
  {
    client: "Gemini CLI",
    user: ["home/.gemini/settings.json"],
    project: [".gemini/settings.json"],
  },
  {
    client: "goose",
    user: ["config/goose/config.yaml", "apps/Block/goose/config/config.yaml"],
  },
  {
    client: "Continue",
    user: [
      "home/.continue/config.yaml",
      "home/.continue/mcpServers/*.yaml",
      "home/.continue/mcpServers/*.json",
    ],
    project: [".continue/mcpServers/*.yaml", ".continue/mcpServers/*.json"],
  },
  {
    client: "Cline",
    user: [
      "home/.cline/data/settings/cline_mcp_settings.json",
      "apps/Code/User/globalStorage/saoudrizwan.claude-dev/settings/cline_mcp_settings.json",
    ],
  },
  {
    client: "Roo Code",
    user: ["apps/Code/User/globalStorage/rooveterinaryinc.roo-cline/settings/mcp_settings.json"],
    project: [".roo/mcp.json"],
  },
  {
    client: "opencode",
    user: ["config/opencode/opencode.json", "config/opencode/opencode.jsonc"],
    project: ["opencode.json", "opencode.jsonc"],
  },
  { client: "LM Studio", user: ["home/.lmstudio/mcp.json"] },
  { client: "Junie", user: ["home/.junie/mcp/mcp.json"], project: [".junie/mcp/mcp.json"] },
  { client: "Amazon Q", user: ["home/.aws/amazonq/mcp.json"] },
  { client: "Kiro", user: ["home/.kiro/settings/mcp.json"], project: [".kiro/settings/mcp.json"] },
  { client: "Warp", user: ["home/.warp/.mcp.json"], project: [".warp/.mcp.json"] },
];

export const CLIENT_NAMES: readonly string[] = CLIENTS.map(({ client }) => client);

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

/** The configuration files that may exist, those of the user first; a path may have a `*`. */
export function clientFiles(env: Env, cwd: string, os: string = Deno.build.os): ClientFile[] {
  const folders = new Map(Object.entries(foldersOf(env, os) ?? {}));
  const withSeparators = (path: string) => os === "windows" ? path.replaceAll("/", "\\") : path;
  const user = CLIENTS.flatMap(({ client, user }) =>
    user.flatMap((location) => {
      const [name = "", ...rest] = location.split("/");
      const folder = folders.get(name);
      if (folder === undefined) return [];
      return [{ client, path: withSeparators(`${folder}/${rest.join("/")}`) }];
    })
  );
  const project = foldersAbove(cwd).flatMap((folder) =>
    CLIENTS.flatMap(({ client, project = [] }) =>
      project.map((path) => ({ client, path: withSeparators(`${folder}/${path}`) }))
    )
  );
  return [...new Map([...user, ...project].map((file) => [file.path, file])).values()];
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
