/** Where clients look for metadata (RFC 9728 §3.1, RFC 8414 §3.1, OpenID Connect Discovery §4.1). @module */

import type { Revision } from "./revision.ts";

/** Path of protected resource metadata (RFC 9728 §3). */
export const PROTECTED_RESOURCE = "/.well-known/oauth-protected-resource";
/** Path of authorization server metadata (RFC 8414 §3). */
export const AUTHORIZATION_SERVER = "/.well-known/oauth-authorization-server";
/** Path of an OpenID provider's metadata (OpenID Connect Discovery §4). */
export const OPENID_CONFIGURATION = "/.well-known/openid-configuration";

/** A place a document may be at, and the identifier that place stands for. */
export interface ResourceMetadataCandidate {
  readonly url: string;
  readonly source: "challenge" | "path" | "root";
}

/** Protected resource metadata of an MCP URL: path inserted, then root; one when it has no path. */
export function resourceMetadataCandidates(serverUrl: string): ResourceMetadataCandidate[] {
  const { origin, pathname, search } = new URL(serverUrl);
  const root = { url: `${origin}${PROTECTED_RESOURCE}`, source: "root" } as const;
  if (pathname === "/") return [root];
  return [{ url: `${origin}${PROTECTED_RESOURCE}${pathname}${search}`, source: "path" }, root];
}

/** Metadata of an issuer, in the order of the revision; never the root form for a path issuer. */
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
