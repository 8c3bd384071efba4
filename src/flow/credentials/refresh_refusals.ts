/** What the refusal of a refresh means, and the one request to send instead for each. @module */

import type { Failure } from "../../core/failure.ts";
import { TokenEndpointError, tokenEndpointError } from "../../oauth/common/issued_token.ts";
import type { StoredEntry, StoredRefresh } from "../../store/stored_entry.ts";

/** Errors after which the same request may succeed later. */
const TRANSIENT: readonly string[] = ["server_error", "temporarily_unavailable", "slow_down"];

/** Errors that the next refresh would receive too, whatever it sends. */
const PERMANENT: readonly string[] = ["unsupported_grant_type", "unauthorized_client"];

/** Statuses of the same kind without Retry-After. */
const TRANSIENT_STATUSES: readonly number[] = [408, 425];

/** True if the refusal may end without a person: the server is busy or faulty. */
export function isTransientRefusal({ cause }: Failure): boolean {
  if (!(cause instanceof TokenEndpointError)) return true;
  const { error, isTransient, status } = cause;
  if (isTransient || TRANSIENT_STATUSES.includes(status)) return true;
  return error === undefined ? status < 400 : TRANSIENT.includes(error);
}

/** The error of a server that does not let this client refresh. */
export function permanentError(failure: Failure): string | undefined {
  const error = tokenEndpointError(failure);
  return error !== undefined && PERMANENT.includes(error) ? error : undefined;
}

/** Words about a refresh token that are about the grant or the form instead. */
const OF_GRANT = /support|allow|missing|required/i;

const DEAD = /\b(?:revoked|expired|invalid|unknown|not (?:found|valid))\b/i;

/** In a refresh request, the refresh token is the only token that can be invalid. */
function saysDead(words: string): boolean {
  return /refresh.?token/i.test(words) || /\btoken\b/i.test(words) && DEAD.test(words);
}

/** Servers that do not answer `invalid_grant` for an invalid refresh token say so in their own words. */
export function isRefreshTokenInvalid(failure: Failure): boolean {
  const { cause } = failure;
  if (!(cause instanceof TokenEndpointError)) return false;
  const { description, error, status } = cause;
  if (error === "invalid_grant" || /refresh.?token/i.test(error ?? "")) return true;
  const isUnclear = error === "invalid_request" ||
    error === undefined && status >= 400 && !isTransientRefusal(failure);
  return isUnclear && saysDead(description) && !OF_GRANT.test(description);
}

interface Alternative {
  /** Completes "refreshing again". */
  readonly how: string;
  readonly fits: (
    refusal: { readonly error: string | undefined; readonly words: string },
    entry: StoredEntry,
  ) => boolean;
  readonly change: StoredRefresh;
}

/** One row for each refusal of a parameter, the most specific first (RFC 6749 §6; RFC 8707 §2.2). */
const ALTERNATIVES: readonly Alternative[] = [
  {
    how: "without resource",
    fits: ({ error, words }, { resource, refresh }) =>
      resource !== null && refresh?.withoutResource !== true &&
      (error === "invalid_target" || /resource/i.test(words)),
    change: { withoutResource: true },
  },
  {
    how: "with the granted scope",
    fits: ({ error }, { grantedScope, refresh }) =>
      error !== "invalid_target" && (grantedScope ?? "") !== "" && refresh?.withScope !== true,
    change: { withScope: true },
  },
  {
    how: "without scope",
    fits: ({ error, words }, { refresh }) =>
      refresh?.withScope === true && (error === "invalid_scope" || /scope/i.test(words)),
    change: { withScope: false },
  },
];

/** Statuses of a refused parameter, in a response without an OAuth error. */
const OWN_FORM_STATUSES: readonly number[] = [400, 422];

/** Errors about a parameter. */
const OF_PARAMETERS: readonly (string | undefined)[] = [
  "invalid_request",
  "invalid_scope",
  "invalid_target",
];

/** The other requests to try after a refusal; none if it is about the token, the client or the server. */
export function alternativesTo(failure: Failure, entry: StoredEntry): readonly Alternative[] {
  const { cause } = failure;
  if (
    !(cause instanceof TokenEndpointError) || isRefreshTokenInvalid(failure) ||
    isTransientRefusal(failure)
  ) return [];
  const { description: words, error, status } = cause;
  const isOwnForm = error === undefined && OWN_FORM_STATUSES.includes(status);
  if (!isOwnForm && !OF_PARAMETERS.includes(error)) return [];
  return ALTERNATIVES.filter(({ fits }) => fits({ error, words }, entry));
}
