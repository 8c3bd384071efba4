/** What config import found, as its document describes it. @module */

import { hasCredential } from "../../../flow/mcp_clients/url_credentials.ts";
import type { FoundServer, ReportedSignIn } from "../../../flow/import/find_imports.ts";
import { importObstacle } from "../../../flow/import/import_sign_in.ts";
import {
  foreignClientId,
  type ForeignSignIn,
  registeredClient,
} from "../../../flow/import/mcp_remote_folder.ts";
import { canonicalServer } from "../../../store/entry_key.ts";
import type { StoredEntry } from "../../../store/stored_entry.ts";
import type { ErrorMember } from "../../terminal/error_document.ts";

/** A sign-in of another client, as the document shows it. */
export interface ImportedDocument {
  /** Null if it is unknown: mcp-remote stores only a hash of it. */
  readonly serverUrl: string | null;
  readonly client: string;
  /** The client's own name for the server. */
  readonly name: string | null;
  readonly path: string;
  readonly issuer: string | null;
  readonly clientId: string | null;
  readonly scope: string | null;
  /** ISO 8601; null if unknown. */
  readonly expiresAt: string | null;
  readonly hasRefreshToken: boolean;
  readonly status: "available" | "unavailable" | "imported" | "failed";
  /** Why it is not available or not imported, or what is special about its import. */
  readonly reason: string | null;
  /** True if the tokens were removed from the other client; null if nothing was imported. */
  readonly moved: boolean | null;
  /** Account under which it was stored; null if nothing was imported. */
  readonly account: string | null;
}

/** A remote server in a configuration file. */
export interface ServerDocument {
  /** Null if mcpass cannot use it. */
  readonly serverUrl: string | null;
  readonly problem: string | null;
  readonly name: string;
  readonly client: string;
  readonly path: string;
  readonly headerNames: readonly string[];
  /** True if a header or the URL has a secret, which is neither read nor imported. */
  readonly hasStaticSecret: boolean;
  /** True if a sign-in for it is stored in mcpass. */
  readonly signedIn: boolean;
}

/** A sign-in with its description, which changes when it is imported. */
export interface Candidate {
  readonly found: ForeignSignIn | undefined;
  document: ImportedDocument;
}

export interface ConfigImportDocument {
  readonly completed: boolean;
  readonly signIns: readonly ImportedDocument[];
  readonly servers: readonly ServerDocument[];
  readonly problems: readonly ErrorMember[];
}

function describe(
  found: ForeignSignIn,
  servers: readonly FoundServer[],
  obstacle?: string,
): ImportedDocument {
  const { call, tokens, registration, path, client } = found;
  const configured = servers.find(({ serverUrl }) => serverUrl === call?.serverUrl);
  const registered = registration && registeredClient(registration);
  return {
    serverUrl: call === undefined || hasCredential(call.serverUrl) ? null : call.serverUrl,
    client,
    name: configured?.name ?? null,
    path,
    issuer: tokens.issuer ?? registered?.issuer ?? null,
    clientId: foreignClientId(found) ?? null,
    scope: tokens.scope,
    expiresAt: tokens.expiresAt,
    hasRefreshToken: tokens.refreshToken !== null,
    status: obstacle === undefined ? "available" : "unavailable",
    reason: obstacle ?? null,
    moved: null,
    account: null,
  };
}

export function describeReported(one: ReportedSignIn): ImportedDocument {
  return {
    ...one,
    issuer: null,
    clientId: null,
    scope: null,
    status: "unavailable",
    reason: `${one.client} changes this file while it runs; sign in with mcpass instead`,
    moved: null,
    account: null,
  };
}

/** A sign-in whose import was interrupted, and is now finished. */
export function describeFinished(
  found: ForeignSignIn,
  servers: readonly FoundServer[],
  { account, issuer }: StoredEntry,
): ImportedDocument {
  const reason = "an earlier import was interrupted, and is now finished";
  return { ...describe(found, servers), status: "imported", reason, moved: true, account, issuer };
}

/** The first of several sign-ins for one server is the newest. */
export function candidatesOf(
  signIns: readonly ForeignSignIn[],
  servers: readonly FoundServer[],
  signedIn: ReadonlySet<string>,
  now: number,
): Candidate[] {
  const newest = [...signIns].sort((a, b) => a.tokens.obtainedAt < b.tokens.obtainedAt ? 1 : -1);
  const seen = new Set<string>();
  return newest.map((found) => {
    let obstacle = importObstacle(found, now);
    if (obstacle === undefined && found.call !== undefined) {
      const server = canonicalServer(found.call.serverUrl);
      if (seen.has(server)) obstacle = "a newer sign-in for this server was found";
      else if (signedIn.has(server) && !found.isMoving) {
        obstacle = "mcpass is already signed in under this account";
      }
      seen.add(server);
    }
    return { found, document: describe(found, servers, obstacle) };
  });
}

export function serverDocuments(
  servers: readonly FoundServer[],
  signedIn: ReadonlySet<string>,
): ServerDocument[] {
  return servers.map((
    { serverUrl, problem, name, client, path, headerNames, hasStaticSecret },
  ) => ({
    serverUrl,
    problem: problem ?? null,
    name,
    client,
    path,
    headerNames,
    hasStaticSecret,
    signedIn: serverUrl !== null && signedIn.has(canonicalServer(serverUrl)),
  }));
}
