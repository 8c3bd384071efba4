/** MCP clients: their configuration files, and the entry of a server in them. @module */

import type { ProgramFor } from "../../core/programs.ts";
import type { Entry } from "../../edit/config_text.ts";

/** The program of a client that adds an entry; its words have the placeholders of {@link ClientSetup.entry}. */
interface Installer {
  readonly program: ProgramFor<"installer">;
  readonly add: readonly string[];
  readonly addDirect?: readonly string[];
  /** True if it ends before it has changed a file, or changes another one. */
  readonly isUnobserved?: true;
  /** What it cannot set, so that mcpass changes the entry afterwards. */
  readonly missing?: string;
}

/** How a client connects without mcpass bridge. */
interface DirectSetup {
  readonly entry: Entry;
  readonly why: string;
  /** True if it uses the sign-in of mcpass. */
  readonly usesSignIn?: true;
  /** What a person does next; `$name` is the name of the entry. */
  readonly next?: string;
}

export interface ClientSetup {
  /** The names from the root of the file to the entries. */
  readonly section: readonly string[];
  /** Where the entries are instead, if the file has this object. */
  readonly otherSection?: readonly string[];
  /**
   * `$command` is the program and `$args` its arguments, `$words` both; `$url`, `$name`, and `$helper`, the
   * command that prints headers. It has the longest time limit for a start that the client has.
   */
  readonly entry: Entry;
  /** True if the entry is a complete file of its own. */
  readonly ownFile?: true;
  readonly direct?: DirectSetup;
  /** Why it has to use mcpass bridge; without `direct`. */
  readonly bridgeOnly?: string;
  readonly installer?: Installer;
  /** Names that the client uses itself. */
  readonly reserved?: readonly string[];
  /** When the client uses the entry. */
  readonly reload: string;
  readonly note?: string;
}

export interface McpClient {
  readonly name: string;
  /** Its word on the command line; absent: mcpass only reads its files. */
  readonly id?: string;
  /** With the name of a folder first. The first one that exists is changed. */
  readonly user: readonly string[];
  /** Further files, which are only read; `*` is any name. */
  readonly alsoRead?: readonly string[];
  /** Below the current folder; read also in the folders above it. */
  readonly project?: readonly string[];
  readonly alsoReadInProject?: readonly string[];
  /** The documentation, and when it was read. */
  readonly source: string;
  readonly checked: string;
  readonly setup?: ClientSetup;
}

const MINUTES_2 = { seconds: 120, milliseconds: 120_000 };

const STANDARD: Entry = { command: "$command", args: "$args" };

const OWN_SIGN_IN =
  "signs in to the server itself, so no further process runs. It does not use the sign-in of mcpass, " +
  "and works only if it supports the OAuth of the server";

const UNKNOWN_SIGN_IN = "its documentation does not say that it signs in with OAuth";

/** JSON, most with comments, or what the ending tells. */
export const MCP_CLIENTS: readonly McpClient[] = [
  {
    id: "claude-code",
    name: "Claude Code",
    user: ["claude/.claude.json"],
    project: [".mcp.json"],
    source: "https://code.claude.com/docs/en/mcp",
    checked: "2026-11-29",
    setup: {
      section: ["mcpServers"],
      entry: { type: "stdio", command: "$command", args: "$args" },
      direct: {
        entry: { type: "http", url: "$url", headersHelper: "$helper" },
        why:
          "gets the Authorization header from mcpass each time it connects, so no further process runs. " +
          "For a token that expires during a session the bridge is better: Claude Code asks for " +
          "new headers only when it connects",
        usesSignIn: true,
      },
      installer: {
        program: "claude",
        add: ["mcp", "add-json", "$name", "$json", "--scope", "user"],
      },
      reserved: ["workspace"],
      reload: "Run /mcp in Claude Code, or start it again",
      note: "Claude Code waits 30 seconds for the start of a server. MCP_TIMEOUT=120000 in its " +
        "environment makes it wait for a longer sign-in.",
    },
  },
  {
    id: "claude-desktop",
    name: "Claude Desktop",
    user: [
      "apps/Claude/claude_desktop_config.json",
      "local/Packages/Claude_pzs8sxrjxfjjc/LocalCache/Roaming/Claude/claude_desktop_config.json",
    ],
    source: "https://modelcontextprotocol.io/docs/develop/connect-local-servers",
    checked: "2026-11-29",
    setup: {
      section: ["mcpServers"],
      entry: STANDARD,
      bridgeOnly: "its configuration file accepts only programs; a URL is skipped as invalid",
      reload: "Quit Claude Desktop completely, and start it again",
    },
  },
  {
    id: "cursor",
    name: "Cursor",
    user: ["home/.cursor/mcp.json"],
    project: [".cursor/mcp.json"],
    source: "https://cursor.com/docs/context/mcp",
    checked: "2026-11-29",
    setup: {
      section: ["mcpServers"],
      entry: STANDARD,
      direct: { entry: { url: "$url" }, why: OWN_SIGN_IN },
      reload: "Enable the server in the MCP settings of Cursor",
    },
  },
  {
    id: "vscode",
    name: "VS Code",
    user: ["apps/Code/User/mcp.json", "apps/Code - Insiders/User/mcp.json"],
    alsoRead: [
      "apps/Code/User/settings.json",
      "apps/Code/User/profiles/*/mcp.json",
      "apps/Code/User/profiles/*/settings.json",
      "apps/Code - Insiders/User/settings.json",
      "apps/Code - Insiders/User/profiles/*/mcp.json",
      "apps/Code - Insiders/User/profiles/*/settings.json",
    ],
    project: [".vscode/mcp.json"],
    alsoReadInProject: [".vscode/settings.json"],
    source: "https://code.visualstudio.com/docs/copilot/customization/mcp-servers",
    checked: "2026-11-29",
    setup: {
      section: ["servers"],
      entry: { type: "stdio", command: "$command", args: "$args" },
      direct: { entry: { type: "http", url: "$url" }, why: OWN_SIGN_IN },
      installer: { program: "code", add: ["--add-mcp", "$namedJson"], isUnobserved: true },
      reload: 'Start the server with the command "MCP: List Servers"',
    },
  },
  {
    name: "GitHub Copilot CLI",
    user: ["copilot/mcp-config.json"],
    source: "https://docs.github.com/en/copilot/how-tos/use-copilot-agents/use-copilot-cli",
    checked: "2026-11-29",
  },
  {
    id: "codex",
    name: "Codex",
    user: ["codex/config.toml"],
    project: [".codex/config.toml"],
    source: "https://developers.openai.com/codex/mcp",
    checked: "2026-11-29",
    setup: {
      section: ["mcp_servers"],
      entry: {
        command: "$command",
        args: "$args",
        startup_timeout_sec: MINUTES_2.seconds,
      },
      direct: {
        entry: { url: "$url" },
        why: OWN_SIGN_IN,
        next: "codex mcp login $name",
      },
      installer: {
        program: "codex",
        add: ["mcp", "add", "$name", "--", "$words"],
        addDirect: ["mcp", "add", "$name", "--url", "$url"],
        missing: "startup_timeout_sec",
      },
      reload: "Start a new session of Codex",
      note:
        "Codex gives the server only the environment variables that its entry names (env_vars).",
    },
  },
  {
    id: "windsurf",
    name: "Windsurf",
    user: ["home/.codeium/windsurf/mcp_config.json"],
    source: "https://docs.windsurf.com/windsurf/cascade/mcp",
    checked: "2026-11-29",
    setup: {
      section: ["mcpServers"],
      entry: STANDARD,
      bridgeOnly: UNKNOWN_SIGN_IN,
      reload: "Refresh the list of MCP servers in Windsurf",
    },
  },
  {
    id: "zed",
    name: "Zed",
    user: ["config/zed/settings.json"],
    project: [".zed/settings.json"],
    source: "https://zed.dev/docs/ai/mcp",
    checked: "2026-11-29",
    setup: {
      section: ["context_servers"],
      entry: { source: "custom", command: "$command", args: "$args" },
      direct: { entry: { url: "$url" }, why: OWN_SIGN_IN },
      reload: "Zed uses the entry as soon as the file is saved",
    },
  },
  {
    id: "gemini-cli",
    name: "Gemini CLI",
    user: ["home/.gemini/settings.json"],
    project: [".gemini/settings.json"],
    source: "https://geminicli.com/docs/tools/mcp-server/",
    checked: "2026-11-29",
    setup: {
      section: ["mcpServers"],
      entry: STANDARD,
      direct: { entry: { httpUrl: "$url" }, why: OWN_SIGN_IN },
      reload: "Start Gemini CLI again",
      note:
        "Gemini CLI removes variables such as *TOKEN*, *SECRET* and *KEY* from the environment of a " +
        'server, unless its entry lists them in "env".',
    },
  },
  {
    id: "goose",
    name: "goose",
    user: ["roaming/Block/goose/config/config.yaml", "config/goose/config.yaml"],
    source: "https://block.github.io/goose/docs/getting-started/using-extensions",
    checked: "2026-11-29",
    setup: {
      section: ["extensions"],
      entry: {
        name: "$name",
        type: "stdio",
        cmd: "$command",
        args: "$args",
        enabled: true,
        timeout: 300,
      },
      bridgeOnly: UNKNOWN_SIGN_IN,
      reload: "Start a new session of goose",
    },
  },
  {
    id: "continue",
    name: "Continue",
    user: ["home/.continue/mcpServers/mcpass-$name.yaml"],
    alsoRead: [
      "home/.continue/config.yaml",
      "home/.continue/mcpServers/*.yaml",
      "home/.continue/mcpServers/*.json",
    ],
    project: [".continue/mcpServers/mcpass-$name.yaml"],
    alsoReadInProject: [".continue/mcpServers/*.yaml", ".continue/mcpServers/*.json"],
    source: "https://docs.continue.dev/customize/deep-dives/mcp",
    checked: "2026-11-29",
    setup: {
      section: ["mcpServers"],
      ownFile: true,
      entry: {
        name: "$name",
        version: "0.0.1",
        schema: "v1",
        mcpServers: [{ name: "$name", type: "stdio", command: "$command", args: "$args" }],
      },
      bridgeOnly: UNKNOWN_SIGN_IN,
      reload: "Reload the configuration of Continue",
    },
  },
  {
    id: "cline",
    name: "Cline",
    user: [
      "apps/Code/User/globalStorage/saoudrizwan.claude-dev/settings/cline_mcp_settings.json",
      "home/.cline/data/settings/cline_mcp_settings.json",
    ],
    source: "https://docs.cline.bot/mcp/configuring-mcp-servers",
    checked: "2026-11-29",
    setup: {
      section: ["mcpServers"],
      entry: {
        type: "stdio",
        command: "$command",
        args: "$args",
        disabled: false,
        timeout: MINUTES_2.seconds,
      },
      bridgeOnly: UNKNOWN_SIGN_IN,
      reload: "Cline uses the entry as soon as the file is saved",
    },
  },
  {
    id: "roo",
    name: "Roo Code",
    user: ["apps/Code/User/globalStorage/rooveterinaryinc.roo-cline/settings/mcp_settings.json"],
    project: [".roo/mcp.json"],
    source: "https://docs.roocode.com/features/mcp/using-mcp-in-roo",
    checked: "2026-11-29",
    setup: {
      section: ["mcpServers"],
      entry: STANDARD,
      bridgeOnly: UNKNOWN_SIGN_IN,
      reload: "Roo Code uses the entry as soon as the file is saved",
    },
  },
  {
    id: "opencode",
    name: "opencode",
    user: ["config/opencode/opencode.json", "config/opencode/opencode.jsonc"],
    project: ["opencode.json", "opencode.jsonc"],
    source: "https://opencode.ai/docs/mcp-servers/",
    checked: "2026-11-29",
    setup: {
      section: ["mcp"],
      otherSection: ["mcp", "servers"],
      entry: {
        type: "local",
        command: "$words",
        enabled: true,
        timeout: MINUTES_2.milliseconds,
      },
      direct: { entry: { type: "remote", url: "$url", enabled: true }, why: OWN_SIGN_IN },
      reload: "Start opencode again",
    },
  },
  {
    id: "lm-studio",
    name: "LM Studio",
    user: ["home/.lmstudio/mcp.json", "home/.cache/lm-studio/mcp.json"],
    source: "https://lmstudio.ai/docs/app/mcp",
    checked: "2026-11-29",
    setup: {
      section: ["mcpServers"],
      entry: STANDARD,
      bridgeOnly: UNKNOWN_SIGN_IN,
      reload: "LM Studio uses the entry as soon as the file is saved",
    },
  },
  {
    id: "junie",
    name: "Junie",
    user: ["home/.junie/mcp/mcp.json"],
    project: [".junie/mcp/mcp.json"],
    source: "https://www.jetbrains.com/help/junie/model-context-protocol-mcp.html",
    checked: "2026-11-29",
    setup: {
      section: ["mcpServers"],
      entry: STANDARD,
      bridgeOnly: "in the IDE it accepts only programs",
      reload: "Enable the server in the MCP settings of Junie",
    },
  },
  {
    id: "amazon-q",
    name: "Amazon Q",
    user: ["home/.aws/amazonq/mcp.json"],
    project: [".amazonq/mcp.json"],
    source:
      "https://docs.aws.amazon.com/amazonq/latest/qdeveloper-ug/command-line-mcp-config-CLI.html",
    checked: "2026-11-29",
    setup: {
      section: ["mcpServers"],
      entry: { command: "$command", args: "$args", timeout: MINUTES_2.milliseconds },
      bridgeOnly: UNKNOWN_SIGN_IN,
      reload: "Start a new chat in Amazon Q",
    },
  },
  {
    name: "Kiro",
    user: ["home/.kiro/settings/mcp.json"],
    project: [".kiro/settings/mcp.json"],
    source: "https://kiro.dev/docs/mcp/configuration/",
    checked: "2026-11-29",
  },
  {
    id: "warp",
    name: "Warp",
    user: ["home/.warp/.mcp.json"],
    project: [".warp/.mcp.json"],
    source: "https://docs.warp.dev/knowledge-and-collaboration/mcp",
    checked: "2026-11-29",
    setup: {
      section: ["mcpServers"],
      entry: STANDARD,
      direct: { entry: { url: "$url" }, why: OWN_SIGN_IN },
      reload: "Start the server in the MCP settings of Warp",
    },
  },
  {
    id: "generic",
    name: "other clients",
    user: [],
    project: [".mcp.json"],
    source: "https://code.claude.com/docs/en/mcp#project-scope",
    checked: "2026-11-29",
    setup: {
      section: ["mcpServers"],
      entry: { type: "stdio", command: "$command", args: "$args" },
      direct: { entry: { type: "http", url: "$url" }, why: OWN_SIGN_IN },
      reload: "Restart the client",
      note: "Claude Code, VS Code and others read .mcp.json in the folder of a project.",
    },
  },
];

/** A client that mcpass can configure. */
export interface ConfigurableClient extends McpClient {
  readonly id: string;
  readonly setup: ClientSetup;
}

export const CONFIGURABLE: readonly ConfigurableClient[] = MCP_CLIENTS.flatMap((client) =>
  client.id === undefined || client.setup === undefined
    ? []
    : [{ ...client, id: client.id, setup: client.setup }]
);

export const CLIENT_IDS: readonly string[] = CONFIGURABLE.map(({ id }) => id);
