/** Which scopes to ask for (MCP authorization, *Scope Selection Strategy* and *Step-Up*). @module */

import { isScopeToken } from "../../core/text.ts";

export interface ScopeChoice {
  /** Tokens in order; undefined means that the parameter is left out. */
  readonly scopes: readonly string[] | undefined;
  readonly source: "given" | "challenge" | "resource_metadata" | "none";
}

export interface ScopeSources {
  /** `--scopes`. */
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

/** A shorter secret may equal a word of a response by chance. */
export const SHORTEST_SECRET = 8;

/** A server may echo a secret as a scope: such scopes are neither sent nor stored. */
export function withoutSecrets(
  scopes: readonly string[] | undefined,
  secrets: { mask(text: string): string },
): string[] {
  return (scopes ?? []).filter((scope) =>
    scope.length < SHORTEST_SECRET || secrets.mask(scope) === scope
  );
}

export function unionScopes(...sets: (readonly string[] | undefined)[]): string[] {
  return [...new Set(sets.flatMap((set) => set ?? []))];
}

export function sameScopes(a: readonly string[], b: readonly string[]): boolean {
  const set = new Set(a);
  return set.size === new Set(b).size && b.every((token) => set.has(token));
}

export function isScopeText(text: string): boolean {
  return /^[\x20\x21\x23-\x5b\x5d-\x7e]*$/.test(text);
}

/**
 * The scopes that the person gave, else those of the challenge, of the resource metadata, or none.
 * `offline_access` is added only to other scopes: alone it would ask for less than the default.
 */
export function initialScopes(sources: ScopeSources): ScopeChoice {
  if (sources.given !== undefined) {
    return { scopes: sources.given.length > 0 ? sources.given : undefined, source: "given" };
  }
  const challenge = unionScopes(sources.challenge).filter(isScopeToken);
  const resourceMetadata = unionScopes(sources.resourceMetadata).filter(isScopeToken);
  const base: ScopeChoice = challenge.length > 0
    ? { scopes: challenge, source: "challenge" }
    : resourceMetadata.length > 0
    ? { scopes: resourceMetadata, source: "resource_metadata" }
    : { scopes: undefined, source: "none" };
  const listed = sources.authorizationServer?.includes("offline_access") ?? false;
  if (base.scopes === undefined || !sources.mayAddOfflineAccess || !listed) return base;
  return { ...base, scopes: unionScopes(base.scopes, ["offline_access"]) };
}
