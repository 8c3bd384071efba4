/** The table of commands. The module of a command is loaded only when it runs. @module */

import type { CommandEntry } from "../command/command.ts";

type Row = Omit<CommandEntry, "name" | "group">;

const LOGIN: Row = {
  summary: "sign in to a server with OAuth",
  load: async () => (await import("../commands/login/login_command.ts")).LOGIN_COMMAND,
};

const STATUS: Row = {
  summary: "show the stored sign-ins and whether they are valid",
  load: async () => (await import("../commands/credentials/status_command.ts")).STATUS_COMMAND,
};

const TOKEN: Row = {
  summary: "print a valid access token, refreshing it if needed",
  load: async () => (await import("../commands/credentials/token_command.ts")).TOKEN_COMMAND,
};

const REFRESH: Row = {
  summary: "refresh a stored token now",
  load: async () => (await import("../commands/credentials/refresh_command.ts")).REFRESH_COMMAND,
};

const LOGOUT: Row = {
  summary: "revoke the tokens and delete a stored sign-in",
  load: async () => (await import("../commands/credentials/logout_command.ts")).LOGOUT_COMMAND,
};

export const COMMANDS: readonly CommandEntry[] = [
  { name: "login", group: "sign_in", ...LOGIN },
  { name: "status", group: "sign_in", ...STATUS },
  { name: "token", group: "sign_in", ...TOKEN },
  { name: "refresh", group: "sign_in", ...REFRESH },
  { name: "logout", group: "sign_in", ...LOGOUT },
  {
    name: "oauth wait",
    group: "sign_in",
    summary: "wait until there is a usable sign-in, made here or elsewhere",
    load: async () => (await import("../commands/credentials/wait_command.ts")).WAIT_COMMAND,
  },
  {
    name: "rename",
    group: "sign_in",
    summary: "give a stored sign-in another name",
    load: async () => (await import("../commands/credentials/rename_command.ts")).RENAME_COMMAND,
  },
  {
    name: "oauth export",
    group: "more",
    summary: "move a stored sign-in to another machine, in a sealed file",
    load: async () => (await import("../commands/transfer/export_command.ts")).EXPORT_COMMAND,
  },
  {
    name: "oauth import",
    group: "more",
    summary: "store a sign-in that was moved from another machine",
    load: async () => (await import("../commands/transfer/import_command.ts")).IMPORT_COMMAND,
  },
  {
    name: "oauth recipient",
    group: "more",
    summary: "print the age recipient (public key) of this machine",
    load: async () => (await import("../commands/transfer/recipient_command.ts")).RECIPIENT_COMMAND,
  },
  {
    name: "config",
    group: "sign_in",
    summary: "connect an MCP client (Cursor, VS Code, Codex, ...) to a server",
    load: async () => (await import("../commands/config/config_command.ts")).CONFIG_COMMAND,
  },
  {
    name: "config list",
    group: "sign_in",
    summary: "list the servers that MCP clients have",
    load: async () => (await import("../commands/config/list_command.ts")).LIST_COMMAND,
  },
  {
    name: "config remove",
    group: "sign_in",
    summary: "remove a server from an MCP client",
    load: async () => (await import("../commands/config/remove_command.ts")).REMOVE_COMMAND,
  },
  {
    name: "config import",
    group: "sign_in",
    summary: "import servers and sign-ins from other MCP clients",
    load: async () => (await import("../commands/config/import_command.ts")).IMPORT_COMMAND,
  },
  {
    name: "bridge",
    group: "use",
    summary: "connect a client that cannot sign in to a server",
    load: async () => (await import("../commands/bridge/bridge_command.ts")).BRIDGE_COMMAND,
  },
  {
    name: "credential",
    group: "use",
    summary: "give a program a valid credential, as JSON or header fields",
    load: async () =>
      (await import("../commands/credentials/credential_command.ts")).CREDENTIAL_COMMAND,
  },
  {
    name: "tools list",
    group: "use",
    summary: "list the tools of a server with their arguments",
    load: async () => (await import("../commands/tools/tools_list_command.ts")).TOOLS_LIST_COMMAND,
  },
  {
    name: "tools call",
    group: "use",
    summary: "call a tool",
    load: async () => (await import("../commands/tools/tools_call_command.ts")).TOOLS_CALL_COMMAND,
  },
  {
    name: "resources list",
    group: "use",
    summary: "list the resources of a server",
    load: async () =>
      (await import("../commands/resources/resources_list_command.ts")).RESOURCES_LIST_COMMAND,
  },
  {
    name: "resources templates",
    group: "use",
    summary: "list the resource templates of a server",
    load: async () =>
      (await import("../commands/resources/resources_list_command.ts")).RESOURCES_TEMPLATES_COMMAND,
  },
  {
    name: "resources read",
    group: "use",
    summary: "read a resource",
    load: async () =>
      (await import("../commands/resources/resources_read_command.ts")).RESOURCES_READ_COMMAND,
  },
  {
    name: "prompts list",
    group: "use",
    summary: "list the prompts of a server with their arguments",
    load: async () =>
      (await import("../commands/prompts/prompts_list_command.ts")).PROMPTS_LIST_COMMAND,
  },
  {
    name: "prompts get",
    group: "use",
    summary: "get a prompt with its arguments filled in",
    load: async () =>
      (await import("../commands/prompts/prompts_get_command.ts")).PROMPTS_GET_COMMAND,
  },
  {
    name: "server info",
    group: "use",
    summary: "show what a server says about itself",
    load: async () =>
      (await import("../commands/server/server_info_command.ts")).SERVER_INFO_COMMAND,
  },
  {
    name: "server doctor",
    summary: "diagnose a server, a token, or the network",
    load: async () =>
      (await import("../commands/server/server_doctor_command.ts")).SERVER_DOCTOR_COMMAND,
  },
  {
    name: "server probe",
    summary: "show what a server offers, without credentials",
    load: async () =>
      (await import("../commands/server/server_probe_command.ts")).SERVER_PROBE_COMMAND,
  },
  {
    name: "server diff",
    summary: "compare two audits, or two servers: what changed",
    load: async () =>
      (await import("../commands/server/server_diff_command.ts")).SERVER_DIFF_COMMAND,
  },
  { name: "oauth login", ...LOGIN },
  { name: "oauth status", ...STATUS },
  { name: "oauth token", ...TOKEN },
  { name: "oauth refresh", ...REFRESH },
  { name: "oauth logout", ...LOGOUT },
  {
    name: "store copy",
    group: "more",
    summary: "move sign-ins from one store to another",
    load: async () => (await import("../commands/store/store_copy_command.ts")).STORE_COPY_COMMAND,
  },
  {
    name: "store prune",
    summary: "remove stored sign-ins that are no longer usable",
    load: async () =>
      (await import("../commands/store/store_prune_command.ts")).STORE_PRUNE_COMMAND,
  },
  {
    name: "store log",
    summary: "show which processes refreshed or changed sign-ins (PostgreSQL store)",
    load: async () => (await import("../commands/store/store_log_command.ts")).STORE_LOG_COMMAND,
  },
  {
    name: "oauth metadata",
    summary: "fetch and check OAuth metadata, or discover it from a server",
    load: async () => (await import("../commands/metadata/metadata_command.ts")).METADATA_COMMAND,
  },
  {
    name: "oauth proxy",
    summary: "send one HTTP request under the safety rules of a hosted service",
    load: async () => (await import("../commands/proxy/proxy_command.ts")).PROXY_COMMAND,
  },
  {
    name: "oauth debug-proxy",
    summary: "like oauth proxy, with DNS, TLS, timing and the raw messages",
    load: async () =>
      (await import("../commands/proxy/debug_proxy_command.ts")).DEBUG_PROXY_COMMAND,
  },
  {
    name: "oauth conformance",
    summary: "audit the OAuth of a server, with evidence and fixes",
    load: async () =>
      (await import("../commands/audit/conformance_command.ts")).CONFORMANCE_COMMAND,
  },
  {
    name: "oauth conformance-suite",
    summary: "audit the OAuth of several servers, as a file lists them",
    load: async () =>
      (await import("../commands/audit/conformance_suite_command.ts")).CONFORMANCE_SUITE_COMMAND,
  },
  {
    name: "oauth report",
    summary: "turn a debug artifact into a page, Markdown, HAR or curl commands",
    load: async () => (await import("../commands/report/report_command.ts")).REPORT_COMMAND,
  },
  {
    name: "oauth client",
    group: "more",
    summary: "show, update or delete a client registration",
    load: async () => (await import("../commands/client/client_command.ts")).CLIENT_COMMAND,
  },
  {
    name: "oauth client-metadata generate",
    group: "more",
    summary: "write a client ID metadata document",
    load: async () =>
      (await import("../commands/client/client_metadata_generate_command.ts")).GENERATE_COMMAND,
  },
  {
    name: "oauth client-metadata check",
    group: "more",
    summary: "check a client ID metadata document",
    load: async () =>
      (await import("../commands/client/client_metadata_check_command.ts")).CHECK_COMMAND,
  },
  {
    name: "oauth client-metadata serve",
    group: "more",
    summary: "serve a client ID metadata document on loopback",
    load: async () =>
      (await import("../commands/client/client_metadata_serve_command.ts")).SERVE_COMMAND,
  },
  {
    name: "store migrate",
    group: "more",
    summary: "create or migrate the tables of the PostgreSQL store",
    load: async () => (await import("../commands/store/migrate_command.ts")).MIGRATE_COMMAND,
  },
  {
    name: "store new-key",
    group: "more",
    summary: "print a new sealing key for the PostgreSQL store",
    load: async () => (await import("../commands/store/new_key_command.ts")).NEW_KEY_COMMAND,
  },
  {
    name: "store rekey",
    group: "more",
    summary: "seal every sign-in in the PostgreSQL store with a new key",
    load: async () => (await import("../commands/store/rekey_command.ts")).REKEY_COMMAND,
  },
  {
    name: "explain",
    summary: "explain the code of an error or a finding",
    load: async () => (await import("../commands/info/explain_command.ts")).EXPLAIN_COMMAND,
  },
  {
    name: "schema",
    summary: "print the JSON Schema of a command's output",
    load: async () => (await import("./schema_command.ts")).SCHEMA_COMMAND,
  },
  {
    name: "completion",
    group: "more",
    summary: "print the completion script of a shell",
    load: async () => (await import("../commands/info/completion_command.ts")).COMPLETION_COMMAND,
  },
  {
    name: "version",
    group: "more",
    summary: "print the version",
    load: async () => (await import("../commands/info/version_command.ts")).VERSION_COMMAND,
  },
  {
    name: "help",
    group: "more",
    summary: "show the help of a command or a topic",
    load: async () => (await import("./help_command.ts")).HELP_COMMAND,
  },
];
