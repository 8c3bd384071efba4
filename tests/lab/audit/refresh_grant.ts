/**
 * Group J: refresh tokens.
 *
 * @module
 */

import { empty, OAuthError } from "./responses.ts";
import { resourceNamed } from "./resources.ts";
import { knownScopes } from "./server_metadata.ts";
import { endTokens, switchesOf } from "./state.ts";
import type { AuditState, RefreshRecord } from "./state.ts";
import { BrokenResponse } from "./token_request.ts";
import type { GrantType, TokenRequest } from "./token_request.ts";
import type { Tokens } from "./tokens.ts";

/** Switches of group J; others are in `tokens.ts` and `client_authentication.ts`. */
export const REFRESH_SWITCHES = [
  "refresh_good",
  "refresh_bare",
  "refresh_invented",
  "refresh_wrong_client",
  "refresh_narrow",
  "refresh_no_widening",
  "refresh_other_resource",
  "refresh_rotates",
  "refresh_old_refused",
  "refresh_reuse_ends_family",
  "dpop_refresh_bound",
] as const;

export function openRefreshGrant(state: AuditState, tokens: Tokens): GrantType {
  const breaks = switchesOf(state, REFRESH_SWITCHES);
  const refuse = (why: string) => new OAuthError("invalid_grant", why);

  function find({ form, client, jkt }: TokenRequest): RefreshRecord {
    const record = state.refresh.get(form.get("refresh_token") ?? "");
    if (record === undefined) {
      if (breaks("refresh_invented")) throw new OAuthError("invalid_grant", "Unknown", 422);
      throw refuse("Unknown refresh token");
    }
    if (record.client.id !== client.id && !breaks("refresh_wrong_client")) {
      throw refuse("The refresh token was issued to another client");
    }
    if (record.jkt !== undefined && record.jkt !== jkt && !breaks("dpop_refresh_bound")) {
      throw refuse("The refresh token is bound to a key");
    }
    return record;
  }

  function checkAlive(record: RefreshRecord): void {
    if (record.revoked) throw refuse("The refresh token was revoked");
    if (!record.spent || breaks("refresh_old_refused")) return;
    if (!breaks("refresh_reuse_ends_family")) {
      endTokens(state, ({ family }) => family === record.family);
    }
    throw refuse("The refresh token was used before");
  }

  /** Scopes of the new access token. */
  function scopesOf(record: RefreshRecord, form: URLSearchParams): readonly string[] {
    const asked = form.get("scope");
    if (asked === null) {
      if (breaks("refresh_bare")) throw new OAuthError("invalid_request", "scope is missing");
      return record.scopes;
    }
    const scopes = [...new Set(asked.split(" ").filter(Boolean))];
    const wider = scopes.filter((scope) => !record.scopes.includes(scope));
    const exist = wider.every((scope) => knownScopes(state).includes(scope));
    if (wider.length > 0 && !(exist && breaks("refresh_no_widening"))) {
      throw new OAuthError("invalid_scope", "The scope was not granted");
    }
    const isNarrower = wider.length === 0 && scopes.length < record.scopes.length;
    if (isNarrower && breaks("refresh_narrow")) throw new BrokenResponse(empty(500));
    return scopes.length > 0 ? scopes : record.scopes;
  }

  /** The audience that a broken server changes to. */
  function otherAudience(record: RefreshRecord, form: URLSearchParams): string | undefined {
    const named = form.getAll("resource");
    if (named.length === 0 || resourceNamed(state, named)?.id === record.resource) return undefined;
    if (record.resource === undefined) return undefined;
    if (breaks("refresh_other_resource")) return named[0];
    throw new OAuthError("invalid_target", "The refresh token is for another resource");
  }

  return async (request) => {
    const { form, jkt, client } = request;
    if (!form.has("refresh_token")) {
      throw new OAuthError("invalid_request", "refresh_token is missing");
    }
    const record = find(request);
    checkAlive(record);
    const scopes = scopesOf(record, form);
    const audience = otherAudience(record, form);
    if (breaks("refresh_good")) {
      throw new OAuthError("unsupported_grant_type", "Refresh tokens are not supported");
    }
    const keeps = breaks("refresh_rotates");
    if (!keeps) record.spent = true;
    const { spent: _spent, revoked: _revoked, ...grant } = record;
    return await tokens.issue({
      grant: { ...grant, client, ...jkt !== undefined && { jkt } },
      by: "refresh",
      scopes,
      ...audience !== undefined && { audience },
      ...keeps && { sameRefreshToken: form.get("refresh_token") ?? "" },
    });
  };
}
