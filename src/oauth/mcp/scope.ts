/** Which scopes to ask for (MCP authorization, *Scope Selection Strategy* and *Step-Up*). @module */

import { isScopeToken } from "../../core/text.ts";

export interface ScopeSources {
  readonly given?: readonly string[] | undefined;
  readonly challenge?: readonly string[] | undefined;
  readonly resourceMetadata?: readonly string[] | undefined;
  readonly authorizationServer?: readonly string[] | undefined;
  /** Whether `offline_access` may be added (2026-07-28, user-present grants). */
  readonly mayAddOfflineAccess: boolean;
}

export function parseScope(scope: string): string[] {
  return scope.split(/\s+/).filter((token) => token !== "");
}

/** The scopes that an authorization endpoint already has in its query. */
export function endpointScopes(endpoint: string): string[] {
  return URL.parse(endpoint)?.searchParams.getAll("scope").flatMap(parseScope) ?? [];
}

/** A shorter secret may equal a word of a response by chance. */
export const MIN_SECRET = 8;

/** A server may echo a secret as a scope: such scopes are neither sent nor stored. */
export function withoutSecrets(
  scopes: readonly string[] | undefined,
  secrets: { mask(text: string): string },
): string[] {
  return (scopes ?? []).filter((scope) =>
    scope.length < MIN_SECRET || secrets.mask(scope) === scope
  );
}

export function unionScopes(...sets: (readonly string[] | undefined)[]): string[] {
  return [...new Set(sets.flatMap((set) => set ?? []))];
}

export function sameScopes(a: readonly string[], b: readonly string[]): boolean {
  const set = new Set(a);
  return set.size === new Set(b).size && b.every((token) => set.has(token));
}

/** Some servers name a scope of their API by its last part only: `mcp.read` of `api://<id>/mcp.read`. */
const shortName = (scope: string) => scope.includes("://") ? scope.replace(/^.*\//, "") : scope;

/** Scopes that a server may grant without naming them: the refresh token or the ID token shows it. */
const SHOWN_BY_TOKENS = ["offline_access", "openid", "profile", "email"];

/** The requested scopes that were not granted. */
export function missingScopes(
  requested: readonly string[],
  granted: readonly string[],
  hasRefreshToken: boolean,
): string[] {
  const names = granted.map(shortName);
  return requested.filter((scope) =>
    !names.includes(shortName(scope)) && !(hasRefreshToken && SHOWN_BY_TOKENS.includes(scope))
  );
}

export function isScopeText(text: string): boolean {
  return /^[\x20\x21\x23-\x5b\x5d-\x7e]*$/.test(text);
}

/**
 * The scopes that the person gave, else those of the challenge, of the resource metadata, or undefined.
 * `offline_access` is added only to other scopes: alone it would ask for less than the default.
 */
export function initialScopes(sources: ScopeSources): readonly string[] | undefined {
  const { given, challenge, resourceMetadata, authorizationServer } = sources;
  if (given !== undefined) return given.length > 0 ? given : undefined;
  const scopes = [challenge, resourceMetadata].map((set) => unionScopes(set).filter(isScopeToken))
    .find((set) => set.length > 0);
  const isAdded = sources.mayAddOfflineAccess && authorizationServer?.includes("offline_access");
  return scopes && isAdded ? unionScopes(scopes, ["offline_access"]) : scopes;
}
