/** Where clients look for metadata (RFC 9728 §3.1, RFC 8414 §3.1, OpenID Connect Discovery §4.1). @module */

import type { Revision } from "./revision.ts";

export const PROTECTED_RESOURCE = "/.well-known/oauth-protected-resource";
export const AUTHORIZATION_SERVER = "/.well-known/oauth-authorization-server";
export const OPENID_CONFIGURATION = "/.well-known/openid-configuration";

export interface ResourceMetadataCandidate {
  readonly url: string;
  readonly source: "challenge" | "path" | "root";
}

/** The URL with the inserted path, then the one at the root. */
export function resourceMetadataCandidates(serverUrl: string): ResourceMetadataCandidate[] {
  const { origin, pathname, search } = new URL(serverUrl);
  const root = { url: `${origin}${PROTECTED_RESOURCE}`, source: "root" } as const;
  if (pathname === "/") return [root];
  return [{ url: `${origin}${PROTECTED_RESOURCE}${pathname}${search}`, source: "path" }, root];
}

/** In the order of the revision; never the root form for an issuer with a path. */
export function authorizationServerCandidates(issuer: string, rules: Revision): string[] {
  const { origin, pathname } = new URL(issuer);
  const path = pathname.replace(/\/$/, "");
  const inserted = `${origin}${AUTHORIZATION_SERVER}${path}`;
  if (rules.metadataDocuments === "oauth") return [inserted];
  if (path === "") return [inserted, `${origin}${OPENID_CONFIGURATION}`];
  return [
    inserted,
    `${origin}${OPENID_CONFIGURATION}${path}`,
    `${origin}${path}${OPENID_CONFIGURATION}`,
  ];
}

/** The authorization base URL of 2025-03-26: the MCP URL without its path. */
export function authorizationBase(serverUrl: string): string {
  return new URL(serverUrl).origin;
}
