/** What other MCP clients of this user have: servers, and sign-ins. Reads files; sends nothing. @module */

import { type Failure, toFailure } from "../../core/failure.ts";
import { isObject, member, stringMember } from "../../core/json.ts";
import type { Env } from "../../core/system.ts";
import { isEndpointUrl } from "../../core/url.ts";
import { type ConfiguredServer, configuredServers } from "../mcp_clients/client_config.ts";
import {
  claudeCredentialsFile,
  type ClientFile,
  clientFiles,
  mcpRemoteFolder,
} from "../mcp_clients/client_locations.ts";
import { parseJsonc } from "../../edit/jsonc.ts";
import { plainCall } from "../mcp_clients/mcp_remote_call.ts";
import { type ForeignSignIn, mcpRemoteSignIns } from "./mcp_remote_folder.ts";
import { matchingPaths, readOwnFile } from "../mcp_clients/own_files.ts";
import { parseClientFile } from "../mcp_clients/parse_client_file.ts";

export interface FoundServer extends ConfiguredServer, ClientFile {}

/** A sign-in that mcpass only reports. */
export interface ReportedSignIn extends ClientFile {
  readonly name: string;
  readonly serverUrl: string;
  /** ISO 8601; null if unknown. */
  readonly expiresAt: string | null;
  readonly hasRefreshToken: boolean;
}

export interface FoundImports {
  readonly servers: readonly FoundServer[];
  readonly signIns: readonly ForeignSignIn[];
  readonly reported: readonly ReportedSignIn[];
  /** One for each file that cannot be used. */
  readonly problems: readonly Failure[];
}

async function serversOf(file: ClientFile, env: Env): Promise<FoundServer[]> {
  const found = await readOwnFile(file.path);
  const document = found && await parseClientFile(file.path, found.text);
  if (document === undefined) return [];
  return configuredServers(document, env).map((server) => ({ ...server, ...file }));
}

/** `mcpOAuth` of the file of Claude Code. */
async function claudeSignIns(path: string | undefined): Promise<ReportedSignIn[]> {
  const file = path === undefined ? undefined : await readOwnFile(path);
  const document = file === undefined ? undefined : parseJsonc(file.text);
  const table = isObject(document) ? member(document, "mcpOAuth") : undefined;
  if (path === undefined || !isObject(table)) return [];
  return Object.entries(table).flatMap(([key, entry]) => {
    const serverUrl = isObject(entry) ? stringMember(entry, "serverUrl") : undefined;
    if (!isObject(entry) || serverUrl === undefined || !isEndpointUrl(serverUrl)) return [];
    if (stringMember(entry, "accessToken") === undefined) return [];
    const end = member(entry, "expiresAt");
    const isTime = typeof end === "number" && end > 0 && end < 8e15;
    return [{
      client: "Claude Code",
      path,
      name: stringMember(entry, "serverName") ?? key,
      serverUrl,
      expiresAt: isTime ? new Date(end).toISOString() : null,
      hasRefreshToken: stringMember(entry, "refreshToken") !== undefined,
    }];
  });
}

/** @param knownUrls URLs that sign-ins may belong to, in addition to those of the files. */
export async function findImports(
  env: Env,
  cwd: string,
  knownUrls: readonly string[],
): Promise<FoundImports> {
  const servers: FoundServer[] = [];
  const problems: Failure[] = [];
  let reported: ReportedSignIn[] = [];
  for (const { client, path: pattern } of clientFiles(env, cwd)) {
    for (const path of await matchingPaths(pattern)) {
      try {
        servers.push(...await serversOf({ client, path }, env));
      } catch (error) {
        problems.push(toFailure(error));
      }
    }
  }
  try {
    reported = await claudeSignIns(claudeCredentialsFile(env));
  } catch (error) {
    problems.push(toFailure(error));
  }
  const configured = servers.flatMap(({ mcpRemote, serverUrl }) => [
    ...mcpRemote === undefined ? [] : [mcpRemote],
    ...serverUrl === null ? [] : [plainCall(serverUrl)],
  ]);
  const calls = [...configured, ...knownUrls.map(plainCall)];
  const folder = mcpRemoteFolder(env);
  const found = folder === undefined
    ? { signIns: [], problems: [] }
    : await mcpRemoteSignIns(folder, calls);
  return {
    servers,
    reported,
    signIns: found.signIns,
    problems: [...problems, ...found.problems],
  };
}
