/**
 * What a login does when the MCP server refuses the token: pure decisions from what was requested so
 * far and from what the server answered.
 * @module
 */

import type { BearerChallenge } from "../../oauth/mcp/challenge.ts";
import { parseScope, sameScopes, unionScopes } from "../../oauth/mcp/scope.ts";
import type { TokenResponse } from "../../oauth/common/issued_token.ts";
import { type Client, isOutsideRegistration } from "../context/client.ts";

export const MAX_AUTHORIZATIONS = 3;

/** Authorizations in one login, at most, if the server asks for the same scope again. */
const MAX_SAME_SCOPE = 2;

export interface RefusedSession {
  /** Authorizations with the current registration of the client. */
  readonly authorizations: number;
  /** True after the registration of the client was expanded; that happens once. */
  readonly isExpanded: boolean;
  readonly acceptedToken: string | undefined;
  /** Scope of the last request; undefined if the parameter was omitted. */
  readonly requested: readonly string[] | undefined;
  readonly client: Pick<Client, "approach" | "registeredScope">;
  readonly token: Pick<TokenResponse, "accessToken" | "scope">;
}

/** Why a login stops: the code of the finding. */
export type StopCode =
  | "access_refused"
  | "authorization_limit"
  | "fresh_token_rejected"
  | "insufficient_scope_unnamed"
  | "step_up_limit"
  | "step_up_not_in_revision"
  | "token_rejected";

export type Decision =
  | {
    readonly action: "retry";
    readonly scopes: readonly string[] | undefined;
    /** True to expand the registration of the client first. */
    readonly expand: boolean;
  }
  | { readonly action: "stop"; readonly code: StopCode };

const stop = (code: StopCode): Decision => ({ action: "stop", code });

/** True if the token has less scope than was requested, and the registration may be the reason. */
function isReducedByRegistration(
  { client, isExpanded, token }: RefusedSession,
  scopes: readonly string[],
): boolean {
  if (isExpanded || token.scope === null) return false;
  const granted = parseScope(token.scope);
  return !scopes.every((scope) => granted.includes(scope)) && isOutsideRegistration(client, scopes);
}

/**
 * Decides after 401.
 *
 * @param challenged Scope of the challenge.
 * @param isUnbound True if the server now requires a token that is bound to a key, and this one is not.
 */
export function decideUnauthorized(
  state: RefusedSession,
  challenged: readonly string[],
  isUnbound: boolean,
): Decision {
  const { acceptedToken, authorizations, requested, token } = state;
  const needed = unionScopes(requested, challenged);
  const isCovered = sameScopes(needed, requested ?? []);
  const isFresh = acceptedToken !== token.accessToken;
  if (isCovered && isFresh && !isUnbound) return stop("fresh_token_rejected");
  if (isCovered && authorizations >= MAX_SAME_SCOPE) return stop("token_rejected");
  return { action: "retry", scopes: isCovered ? requested : needed, expand: false };
}

/**
 * Decides after 403.
 *
 * @param usable The scopes of the challenge that may be requested.
 * @param hasStepUp True if the revision has step-up.
 */
export function decideForbidden(
  state: RefusedSession,
  challenge: Pick<BearerChallenge, "error" | "scope"> | undefined,
  usable: readonly string[],
  hasStepUp: boolean,
): Decision {
  const { authorizations, requested } = state;
  if (challenge?.error !== "insufficient_scope") return stop("access_refused");
  if (!hasStepUp) return stop("step_up_not_in_revision");
  if (challenge.scope === undefined || challenge.scope.length === 0) {
    return stop("insufficient_scope_unnamed");
  }
  const needed = unionScopes(requested, usable);
  const isSame = sameScopes(needed, requested ?? []);
  const expand = isSame && isReducedByRegistration(state, needed);
  const limit = isSame && !expand ? MAX_SAME_SCOPE : MAX_AUTHORIZATIONS;
  return authorizations >= limit
    ? stop("step_up_limit")
    : { action: "retry", scopes: needed, expand };
}
