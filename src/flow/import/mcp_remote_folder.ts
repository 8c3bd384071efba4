/** The sign-ins in the folder of mcp-remote. @module */

import { type Failure, toFailure } from "../../core/failure.ts";
import {
  isObject,
  type JsonObject,
  member,
  stringListMember,
  stringMember,
} from "../../core/json.ts";
import { parseScope } from "../../oauth/mcp/scope.ts";
import { audiencesOf, unverifiedClaims } from "../../oauth/common/jwt_claims.ts";
import { parseJsonc } from "../../edit/jsonc.ts";
import { type McpRemoteCall, mcpRemoteHash, plainCall } from "../mcp_clients/mcp_remote_call.ts";
import { readOwnFile, unusableFile } from "../mcp_clients/own_files.ts";

export interface ForeignTokens {
  readonly accessToken: string;
  readonly refreshToken: string | null;
  readonly idToken: string | undefined;
  readonly tokenType: string;
  /** ISO 8601. */
  readonly obtainedAt: string;
  /** ISO 8601; null if unknown. */
  readonly expiresAt: string | null;
  readonly scope: string | null;
  readonly requestedScopes: readonly string[] | null;
  /** The issuer, if the file names it. */
  readonly issuer: string | undefined;
}

export interface ForeignSignIn {
  readonly client: "mcp-remote";
  /** Undefined if no known URL has the hash of its files. */
  readonly call: McpRemoteCall | undefined;
  /** Path of the file with its tokens, after symbolic links. */
  readonly path: string;
  /** True if an import renamed the file and then ended, without removing it. */
  readonly isMoving: boolean;
  /** Path of a file that exists while mcp-remote refreshes. */
  readonly leasePath: string;
  readonly tokens: ForeignTokens;
  /** Its registration; undefined if mcp-remote stored none. */
  readonly registration: JsonObject | undefined;
}

/** The end of the name that a token file has while its tokens are moved. */
export const MOVING = ".importing";

const TOKENS_FILE = /^([0-9a-f]{32})_tokens\.json(?:\.importing)?$/;

function timeOf(milliseconds: unknown): string | null {
  const isTime = typeof milliseconds === "number" && Math.abs(milliseconds) < 8e15;
  return isTime ? new Date(milliseconds).toISOString() : null;
}

/** @throws Failure `client_file_invalid`. */
export function readTokens(text: string, path: string, modifiedAt: number): ForeignTokens {
  const document = parseJsonc(text);
  const accessToken = isObject(document) ? stringMember(document, "access_token") : undefined;
  if (!isObject(document) || accessToken === undefined) {
    throw unusableFile(path, "not a token file of mcp-remote");
  }
  const lifetime = member(document, "expires_in");
  const end = member(document, "expires_at") ??
    (typeof lifetime === "number" ? modifiedAt + lifetime * 1000 : undefined);
  const requested = stringMember(document, "requested_scope");
  return {
    accessToken,
    refreshToken: stringMember(document, "refresh_token") ?? null,
    idToken: stringMember(document, "id_token"),
    tokenType: stringMember(document, "token_type") ?? "Bearer",
    obtainedAt: new Date(modifiedAt).toISOString(),
    expiresAt: timeOf(end),
    scope: stringMember(document, "scope") ?? requested ?? null,
    requestedScopes: requested === undefined ? null : parseScope(requested),
    issuer: stringMember(document, "issuer"),
  };
}

/** A JWT may name the server: its audience counts only if it has the hash. */
function callOf(hash: string, tokens: ForeignTokens, calls: readonly McpRemoteCall[]) {
  const audiences = audiencesOf(unverifiedClaims(tokens.accessToken) ?? {}).map(plainCall);
  return [...calls, ...audiences].find((call) => mcpRemoteHash(call) === hash);
}

async function namesIn(folder: string): Promise<string[]> {
  const names: string[] = [];
  try {
    for await (const { name } of Deno.readDir(folder)) names.push(name);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory)) {
      throw unusableFile(folder, error instanceof Error ? error.message : String(error));
    }
  }
  return names.sort();
}

interface Found {
  readonly signIns: readonly ForeignSignIn[];
  readonly problems: readonly Failure[];
}

async function signInOf(
  folder: string,
  name: string,
  calls: readonly McpRemoteCall[],
): Promise<ForeignSignIn | undefined> {
  const hash = TOKENS_FILE.exec(name)?.[1];
  const file = hash === undefined ? undefined : await readOwnFile(`${folder}/${name}`);
  if (hash === undefined || file === undefined) return undefined;
  const tokens = readTokens(file.text, file.path, file.modifiedAt);
  const info = await readOwnFile(`${folder}/${hash}_client_info.json`);
  const registration = info === undefined ? undefined : parseJsonc(info.text);
  return {
    client: "mcp-remote",
    call: callOf(hash, tokens, calls),
    path: file.path,
    isMoving: name.endsWith(MOVING),
    leasePath: `${folder}/${hash}_refresh_in_progress.json`,
    tokens,
    registration: isObject(registration) ? registration : undefined,
  };
}

/**
 * @param folder `~/.mcp-auth`, with a folder for each version of its files.
 * @param calls How clients start mcp-remote, and the URLs that are known otherwise.
 */
export async function mcpRemoteSignIns(
  folder: string,
  calls: readonly McpRemoteCall[],
): Promise<Found> {
  const signIns: ForeignSignIn[] = [];
  const problems: Failure[] = [];
  const attempt = async <T>(work: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await work();
    } catch (error) {
      problems.push(toFailure(error));
      return undefined;
    }
  };
  const versions = await attempt(() => namesIn(folder)) ?? [];
  for (const version of versions.filter((name) => name.startsWith("mcp-remote-"))) {
    const path = `${folder}/${version}`;
    for (const name of await attempt(() => namesIn(path)) ?? []) {
      const found = await attempt(() => signInOf(path, name, calls));
      if (found !== undefined) signIns.push(found);
    }
  }
  return { signIns, problems };
}

interface ForeignClient {
  readonly clientId: string | undefined;
  readonly clientSecret: string | undefined;
  readonly method: string | undefined;
  readonly redirectUri: string | null;
  readonly issuer: string | undefined;
  readonly registrationUri: string | undefined;
  readonly registrationToken: string | undefined;
  readonly scope: string | undefined;
}

/** The client of a registration response (RFC 7591 §3.2.1). */
export function registeredClient(registration: JsonObject): ForeignClient {
  return {
    clientId: stringMember(registration, "client_id"),
    clientSecret: stringMember(registration, "client_secret"),
    method: stringMember(registration, "token_endpoint_auth_method"),
    redirectUri: stringListMember(registration, "redirect_uris")?.[0] ?? null,
    issuer: stringMember(registration, "issuer"),
    registrationUri: stringMember(registration, "registration_client_uri"),
    registrationToken: stringMember(registration, "registration_access_token"),
    scope: stringMember(registration, "scope"),
  };
}

/** The client that has the tokens: that of a document, or a registered one. */
export function foreignClientId({ call, registration }: ForeignSignIn): string | undefined {
  return call?.clientMetadataUrl ?? (registration && registeredClient(registration).clientId);
}
