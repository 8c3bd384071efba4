/** The remote MCP servers in a configuration file of another client. @module */

import {
  isObject,
  type JsonObject,
  member,
  stringListMember,
  stringMember,
} from "../../core/json.ts";
import type { Env } from "../../core/system.ts";
import { isFieldName } from "../../core/text.ts";
import { isEndpointUrl } from "../../core/url.ts";
import { isSecretField } from "../../trace/secret_names.ts";
import { type McpRemoteCall, mcpRemoteCall } from "./mcp_remote_call.ts";
import { hasCredential, maskUrl } from "./url_credentials.ts";

export interface ConfiguredServer {
  /** The URL, or the reason why there is none that mcpass can use. */
  readonly serverUrl: string | null;
  readonly problem?: string | undefined;
  /** The client's own name for it. */
  readonly name: string;
  readonly headerNames: readonly string[];
  /** True if a header or the URL has a secret, which is not read. */
  readonly hasStaticSecret: boolean;
  /** Set if the client starts mcp-remote for it. */
  readonly mcpRemote?: McpRemoteCall | undefined;
}

const URL_MEMBERS = ["url", "serverUrl", "httpUrl", "uri"];

function isSecretHeader(name: string): boolean {
  return /^(proxy-)?authorization$|^cookie$/i.test(name) || isSecretField(name);
}

const SECRET_VARIABLE = /token|secret|passw|credential|key$/i;

/**
 * Replaces `${NAME}`, `${env:NAME}` and `${NAME:-default}`. Only a variable that is the complete host or
 * port is read: elsewhere, a file of a project could send any variable to a host of its choice.
 */
function expandVariables(text: string, env: Env): string {
  return text.replace(
    /\$\{(?:env:)?([A-Za-z_][A-Za-z0-9_]*)(?::-([^{}]*))?\}/g,
    (whole, name, otherwise, at: number) => {
      const value = env.get(name);
      if (value === undefined) return otherwise ?? whole;
      const before = text.slice(0, at);
      const isHost = /^(?:https?:\/\/)?$/.test(before) && !SECRET_VARIABLE.test(name) &&
        ["/", ":", undefined].includes(text[at + whole.length]);
      const isPort = before.endsWith(":") && /^\d{1,5}$/.test(value);
      return isHost || isPort ? value : whole;
    },
  );
}

function urlOf(entry: JsonObject): string | undefined {
  return URL_MEMBERS.map((name) => stringMember(entry, name)).find((url) => url !== undefined);
}

/** The names of the headers that the client adds. Continue has them in `requestOptions`. */
function headersOf(entry: JsonObject): string[] {
  const options = member(entry, "requestOptions");
  const tables = [
    ...["headers", "http_headers", "env_http_headers"].map((name) => member(entry, name)),
    isObject(options) ? member(options, "headers") : undefined,
  ];
  const names = tables.filter(isObject).flatMap((table) => Object.keys(table));
  // Codex sends the token of a variable.
  return member(entry, "bearer_token_env_var") === undefined ? names : [...names, "Authorization"];
}

function serverOf(name: string, entry: JsonObject, env: Env): ConfiguredServer | undefined {
  const call = mcpRemoteCall(commandOf(entry));
  const text = urlOf(entry) ?? call?.serverUrl;
  if (text === undefined) return undefined;
  const url = expandVariables(text, env);
  const headerNames = call?.headers.map(([header]) => header) ?? headersOf(entry);
  const problem = urlProblem(url);
  return {
    name,
    serverUrl: problem === undefined ? url : null,
    problem,
    headerNames: headerNames.filter(isFieldName),
    hasStaticSecret: headerNames.some(isSecretHeader) || hasCredential(url),
    mcpRemote: call,
  };
}

function urlProblem(url: string): string | undefined {
  if (url.includes("${")) {
    return "its URL has a variable that is not set, or that mcpass does not read";
  }
  if (!isEndpointUrl(url)) return "its URL is neither https, nor http on loopback";
  return hasCredential(url) ? `its URL has a credential: ${maskUrl(url)}` : undefined;
}

/** Program and arguments of a local server. */
function commandOf(entry: JsonObject): string[] {
  const command = member(entry, "command") ?? member(entry, "cmd");
  const words = Array.isArray(command) ? command : [command];
  return [...words, ...stringListMember(entry, "args") ?? []]
    .filter((word) => typeof word === "string");
}

const TABLES = [
  "mcpServers",
  "mcp_servers",
  "servers",
  "context_servers",
  "extensions",
  "mcp.servers",
];

/** True for the program mcpass, under the names of its files. */
const isMcpass = (program: string) => /(?:^|[\\/])mcpass(?:\.exe)?$/i.test(program);

/** True for an entry that mcpass wrote, or one that means the same. */
export function isOwnEntry(entry: unknown, program?: string): boolean {
  if (!isObject(entry)) return false;
  const listed = member(entry, "mcpServers");
  if (Array.isArray(listed)) return listed.length === 1 && isOwnEntry(listed[0], program);
  const [first = "", second] = commandOf(entry);
  if ((isMcpass(first) || first === program) && second === "bridge") return true;
  const helper = member(entry, "headersHelper");
  return typeof helper === "string" && /mcpass(?:\.exe)?['"]? credential headers\b/i.test(helper);
}

/** What a client does to use a server. */
export type EntryKind = "bridge" | "helper" | "remote" | "program";

export interface ConfiguredEntry {
  readonly name: string;
  /** The project that the entry is for, in the file of a user; null for all. */
  readonly project: string | null;
  /** `bridge` and `helper` use mcpass; `remote` has a URL; `program` is any other program. */
  readonly kind: EntryKind;
  /** Null if there is none, or it may not be shown. */
  readonly serverUrl: string | null;
  /** The name of the program that the client starts; its arguments may be secrets. */
  readonly program: string | null;
}

function bridgeUrl(words: readonly string[]): string | null {
  const url = words.find((word) => /^https?:\/\//i.test(word));
  return url === undefined || hasCredential(url) ? null : url;
}

function entryOf(
  name: string,
  project: string | null,
  entry: JsonObject,
  env: Env,
): ConfiguredEntry {
  const words = commandOf(entry);
  const [first] = words;
  const program = first === undefined ? null : first.replace(/^.*[\\/]/s, "");
  const server = serverOf(name, entry, env);
  const kind = isOwnEntry(entry)
    ? first === undefined ? "helper" : "bridge"
    : server !== undefined
    ? "remote"
    : "program";
  const serverUrl = kind === "bridge" ? bridgeUrl(words) : server?.serverUrl ?? null;
  return { name, project, kind, serverUrl, program };
}

/** A list names each of its servers in the entry. */
function entriesOf(table: unknown): [string, unknown][] {
  if (isObject(table)) return Object.entries(table);
  if (!Array.isArray(table)) return [];
  return table.filter(isObject).map((entry) => [stringMember(entry, "name") ?? "", entry]);
}

interface ServerTable {
  readonly table: unknown;
  readonly project: string | null;
}

/** The tables of servers: `mcpServers` of most clients, `servers` of VS Code, `mcp` of opencode. */
function tablesOf(document: JsonObject): ServerTable[] {
  const mcp = member(document, "mcp");
  const nested = isObject(mcp) ? [member(mcp, "servers") ?? mcp] : [];
  const projects = member(document, "projects");
  const perProject = isObject(projects) ? Object.entries(projects) : [];
  return [
    ...[...TABLES.map((name) => member(document, name)), ...nested]
      .map((table) => ({ table, project: null })),
    ...perProject.flatMap(([project, settings]) =>
      isObject(settings) ? [{ table: member(settings, "mcpServers"), project }] : []
    ),
  ];
}

/** @param document A parsed configuration file. */
export function configuredEntries(document: JsonObject, env: Env): ConfiguredEntry[] {
  return tablesOf(document).flatMap(({ table, project }) =>
    entriesOf(table).flatMap(([name, entry]) =>
      isObject(entry) ? [entryOf(name, project, entry, env)] : []
    )
  );
}

/** @param document A parsed configuration file. */
export function configuredServers(document: JsonObject, env: Env): ConfiguredServer[] {
  return tablesOf(document).flatMap(({ table }) =>
    entriesOf(table).flatMap(([name, entry]) =>
      isObject(entry) ? serverOf(name, entry, env) ?? [] : []
    )
  );
}
