/**
 * The session that a login establishes, and what the login does when the MCP server refuses its token:
 * pure decisions from what was requested so far and from what the server answered. @module
 */

import type { Judgement } from "../../core/finding.ts";
import type { ClientCertificate } from "../../oauth/client/client_certificate.ts";
import type { TokenResponse } from "../../oauth/common/issued_token.ts";
import { asksForScope, type BearerChallenge } from "../../oauth/mcp/challenge.ts";
import { missingScopes, parseScope, sameScopes, unionScopes } from "../../oauth/mcp/scope.ts";
import { type Client, isOutsideRegistration } from "../context/client.ts";
import type { Discovery } from "../discovery/discover.ts";
import type { TokenHolder } from "../mcp/authorized_fetch.ts";
import type { DpopSigner } from "../token/dpop_signer.ts";
import type { Identity } from "../token/identity_provider.ts";

export interface Session {
  readonly discovery: Discovery;
  readonly client: Client;
  /** The last requested scope; undefined if the parameter was omitted. */
  readonly requested: readonly string[] | undefined;
  readonly token: TokenResponse;
  /** Milliseconds since the epoch. */
  readonly obtainedAt: number;
  /** ISO 8601; null if unknown. */
  readonly expiresAt: string | null;
  readonly signer?: DpopSigner | undefined;
  /** Sent to the MCP server, because the token is bound to it or TLS requires it. */
  readonly certificate?: ClientCertificate | undefined;
  readonly identity?: Identity | undefined;
}

/** A session that signs in again if its token is refused. */
export interface SessionHolder extends TokenHolder {
  current(): Session;
  /** Returns once why the last refusal of the MCP server ended without another token. */
  takeRefusal(): Judgement | undefined;
}

/** What a login remembers between its authorizations. */
export interface AuthorizationState {
  /** Authorizations with the current registration of the client. */
  authorizations: number;
  /** True after the registration of the client was expanded; that happens once. */
  isExpanded: boolean;
  acceptedToken: string | undefined;
  /** True if the MCP server accepts only tokens that are bound to a key. */
  isBindingRequired: boolean;
  /** The key that tokens are bound to. */
  signer: DpopSigner | undefined;
  identity: Identity | undefined;
}

/** Authorizations in one login, at most. */
export const MAX_AUTHORIZATIONS = 3;

/** Authorizations in one login, at most, if the server asks for the same scope again. */
const MAX_SAME_SCOPE = 2;

export type RefusedSession =
  & Pick<AuthorizationState, "acceptedToken" | "authorizations" | "isExpanded">
  & Pick<Session, "requested">
  & {
    readonly client: Pick<Client, "approach" | "registeredScope">;
    readonly token: Pick<TokenResponse, "accessToken" | "refreshToken" | "scope">;
  };

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
  const missing = missingScopes(scopes, parseScope(token.scope), token.refreshToken !== null);
  return missing.length > 0 && isOutsideRegistration(client, scopes);
}

/** @param isUnbound True if the server now requires a token that is bound to a key, and this one is not. */
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

/** @param usable The scopes of the challenge that may be requested. */
export function decideForbidden(
  state: RefusedSession,
  challenge: Pick<BearerChallenge, "error" | "scope"> | undefined,
  usable: readonly string[],
  hasStepUp: boolean,
): Decision {
  const { authorizations, requested, token } = state;
  if (!asksForScope(challenge, token.scope, requested)) return stop("access_refused");
  if (!hasStepUp) return stop("step_up_not_in_revision");
  if (challenge?.scope === undefined || challenge.scope.length === 0) {
    return stop("insufficient_scope_unnamed");
  }
  // Without a requested scope, the granted one is what the server chose: it is not given up.
  const earlier = requested ?? (token.scope === null ? [] : parseScope(token.scope));
  const needed = unionScopes(earlier, usable);
  const isSame = sameScopes(needed, requested ?? []);
  const expand = isSame && isReducedByRegistration(state, needed);
  const limit = isSame && !expand ? MAX_SAME_SCOPE : MAX_AUTHORIZATIONS;
  return authorizations >= limit
    ? stop("step_up_limit")
    : { action: "retry", scopes: needed, expand };
}
