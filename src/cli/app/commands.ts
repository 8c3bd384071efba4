/** The table of commands. The module of a command is loaded only when it runs. @module */

import type { CommandEntry } from "../command/command.ts";

const loadLogin = async () => (await import("../commands/login/login_command.ts")).LOGIN_COMMAND;

export const COMMANDS: readonly CommandEntry[] = [
  { name: "login", summary: "short for oauth login", load: loadLogin },
  {
    name: "oauth login",
    summary: "discover, register, authorize, exchange, verify; print credentials",
    load: loadLogin,
  },
  {
    name: "oauth metadata",
    summary: "fetch and judge metadata, or discover it from an MCP server",
    load: async () => (await import("../commands/metadata/metadata_command.ts")).METADATA_COMMAND,
  },
  {
    name: "oauth proxy",
    summary: "send one HTTP request under the safety rules of a hosted service",
    load: async () => (await import("../commands/proxy/proxy_command.ts")).PROXY_COMMAND,
  },
  {
    name: "oauth debug-proxy",
    summary: "the same, and show everything that can be observed about it",
    load: async () =>
      (await import("../commands/proxy/debug_proxy_command.ts")).DEBUG_PROXY_COMMAND,
  },
  {
    name: "server probe",
    summary: "what a server offers, found out without credentials",
    load: async () =>
      (await import("../commands/server/server_probe_command.ts")).SERVER_PROBE_COMMAND,
  },
  {
    name: "server doctor",
    summary: "what is wrong with a server, a token, or the way between",
    load: async () =>
      (await import("../commands/server/server_doctor_command.ts")).SERVER_DOCTOR_COMMAND,
  },
  {
    name: "server info",
    summary: "show its name, protocol, capabilities and instructions",
    load: async () =>
      (await import("../commands/server/server_info_command.ts")).SERVER_INFO_COMMAND,
  },
  {
    name: "tools list",
    summary: "list the tools of a server with their arguments",
    load: async () => (await import("../commands/tools/tools_list_command.ts")).TOOLS_LIST_COMMAND,
  },
  {
    name: "tools call",
    summary: "call a tool",
    load: async () => (await import("../commands/tools/tools_call_command.ts")).TOOLS_CALL_COMMAND,
  },
  {
    name: "resources list",
    summary: "list the resources of a server",
    load: async () =>
      (await import("../commands/resources/resources_list_command.ts")).RESOURCES_LIST_COMMAND,
  },
  {
    name: "resources templates",
    summary: "list the resource templates of a server",
    load: async () =>
      (await import("../commands/resources/resources_list_command.ts")).RESOURCES_TEMPLATES_COMMAND,
  },
  {
    name: "resources read",
    summary: "read a resource",
    load: async () =>
      (await import("../commands/resources/resources_read_command.ts")).RESOURCES_READ_COMMAND,
  },
  {
    name: "prompts list",
    summary: "list the prompts of a server with their arguments",
    load: async () =>
      (await import("../commands/prompts/prompts_list_command.ts")).PROMPTS_LIST_COMMAND,
  },
  {
    name: "prompts get",
    summary: "get a prompt, with its arguments filled in",
    load: async () =>
      (await import("../commands/prompts/prompts_get_command.ts")).PROMPTS_GET_COMMAND,
  },
  {
    name: "oauth token",
    summary: "print a valid access token, refreshing it if needed",
    load: async () => (await import("../commands/credentials/token_command.ts")).TOKEN_COMMAND,
  },
  {
    name: "oauth status",
    summary: "show stored sign-ins: server, account, expiry, scopes; never a secret",
    load: async () => (await import("../commands/credentials/status_command.ts")).STATUS_COMMAND,
  },
  {
    name: "oauth refresh",
    summary: "refresh a stored token now",
    load: async () => (await import("../commands/credentials/refresh_command.ts")).REFRESH_COMMAND,
  },
  {
    name: "oauth logout",
    summary: "revoke the tokens (if supported) and delete the stored sign-in",
    load: async () => (await import("../commands/credentials/logout_command.ts")).LOGOUT_COMMAND,
  },
  {
    name: "config import",
    summary: "find servers and sign-ins of other MCP clients, and import them",
    load: async () => (await import("../commands/config/import_command.ts")).IMPORT_COMMAND,
  },
  {
    name: "oauth client-metadata generate",
    summary: "write a client ID metadata document",
    load: async () =>
      (await import("../commands/client/client_metadata_generate_command.ts")).GENERATE_COMMAND,
  },
  {
    name: "oauth client-metadata check",
    summary: "check one, and whether a login can use it",
    load: async () =>
      (await import("../commands/client/client_metadata_check_command.ts")).CHECK_COMMAND,
  },
  {
    name: "oauth client-metadata serve",
    summary: "serve one on this machine, for a test",
    load: async () =>
      (await import("../commands/client/client_metadata_serve_command.ts")).SERVE_COMMAND,
  },
  {
    name: "oauth client",
    summary: "show, update or delete the registration that a login made",
    load: async () => (await import("../commands/client/client_command.ts")).CLIENT_COMMAND,
  },
  {
    name: "oauth report",
    summary: "turn a debug artifact into a page, Markdown, HAR or curl commands",
    load: async () => (await import("../commands/report/report_command.ts")).REPORT_COMMAND,
  },
  {
    name: "explain",
    summary: "explain a code: its meaning, its clause, its cure",
    load: async () => (await import("../commands/info/explain_command.ts")).EXPLAIN_COMMAND,
  },
  {
    name: "completion",
    summary: "print the completion script of a shell",
    load: async () => (await import("../commands/info/completion_command.ts")).COMPLETION_COMMAND,
  },
  {
    name: "version",
    summary: "show the version",
    load: async () => (await import("../commands/info/version_command.ts")).VERSION_COMMAND,
  },
  {
    name: "help",
    summary: "show the help of a command",
    load: async () => (await import("./help_command.ts")).HELP_COMMAND,
  },
];
