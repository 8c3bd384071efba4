/**
 * Refreshes a stored token: one request for any number of processes, and nothing is lost if a
 * process dies between the request and the write (OAuth 2.1 §4.3, RFC 9700 §4.14). @module
 */

import { Failure, toFailure } from "../../core/failure.ts";
import { quoted } from "../../core/text.ts";
import type { Code } from "../../findings/mod.ts";
import { repeatsGrant } from "../../oauth/authorization/auth_mode.ts";
import {
  claimedExpiry,
  expiryOf,
  TokenEndpointError,
  tokenEndpointError,
  type TokenResponse,
} from "../../oauth/common/issued_token.ts";
import type { StoredEntry, StoredTokens } from "../../store/stored_entry.ts";
import { sha256Hex } from "../../trace/fingerprint.ts";
import { judgeClientSecret } from "../../trace/weak_secrets.ts";
import type { RefreshEffects } from "../context/effects.ts";
import type { CredentialRepository } from "./credential_repository.ts";
import { completeFailure } from "../context/login_context.ts";
import {
  cannotRefresh,
  signInCommand,
  signInNeeded,
  signInRemedy,
  tokensGone,
} from "../context/sign_in_needed.ts";
import { isRefreshTokenInvalid, isTransientRefusal, permanentError } from "./refresh_refusals.ts";
import { isUnanswered, type RunningRefresh, sendRefresh } from "./send_refresh.ts";
import { secretsOf } from "./stored_client.ts";

export interface TokenDemand {
  /** Milliseconds of validity; absent: 60 s or a tenth of the lifetime, whichever is smaller. */
  readonly minValidityMs?: number | undefined;
  /** A token that the server refused: any other one fits. */
  readonly refused?: string | undefined;
  readonly force?: boolean;
}

const MAX_MARGIN_MS = 60_000;

/** Clocks with a shared home differ; after a larger step back, the time left is unknown. */
const CLOCK_TOLERANCE_MS = 60_000;

/** Null if the lifetime is unknown. */
export function validityLeft(
  { accessToken, expiresAt, obtainedAt }: StoredTokens,
  now: number,
): number | null {
  const end = Math.min(
    expiresAt === null ? Infinity : Date.parse(expiresAt),
    claimedExpiry(accessToken, Date.parse(obtainedAt)) ?? Infinity,
  );
  return end === Infinity ? null : end - now;
}

/** The validity in milliseconds below which a token is refreshed. */
export function refreshMargin(
  { obtainedAt }: StoredTokens,
  left: number,
  now: number,
  minValidityMs?: number,
): number {
  const lifetime = left + now - Date.parse(obtainedAt);
  return minValidityMs ?? Math.min(MAX_MARGIN_MS, lifetime / 10);
}

export function isGoodFor(tokens: StoredTokens | null, demand: TokenDemand, now: number): boolean {
  if (tokens === null || demand.force === true) return false;
  if (tokens.accessToken === demand.refused) return false;
  const left = validityLeft(tokens, now);
  if (left === null) return true;
  const obtainedAt = Date.parse(tokens.obtainedAt);
  if (tokens.refreshToken !== null && now < obtainedAt - CLOCK_TOLERANCE_MS) return false;
  return left > 0 && left >= refreshMargin(tokens, left, now, demand.minValidityMs);
}

function assertRefreshable(entry: StoredEntry, { force }: TokenDemand): void {
  const { authMode, endpoints, refresh, tokens } = entry;
  if (entry.moved !== undefined) throw tokensGone(entry);
  if (endpoints.token === "") {
    throw cannotRefresh("no_token_endpoint", "its token endpoint was not stored", entry);
  }
  if (repeatsGrant(authMode)) return;
  if (tokens === null) throw tokensGone(entry);
  if (tokens.refreshToken === null) {
    throw cannotRefresh("no_refresh_token", "no refresh token was issued", entry);
  }
  if (refresh?.refusedWith !== undefined && force !== true) {
    const why = `the authorization server refused that before with ${quoted(refresh.refusedWith)}`;
    throw cannotRefresh("refresh_refused", why, entry);
  }
}

function withoutJournal({ journal: _, ...entry }: StoredEntry): StoredEntry {
  return entry;
}

function withNewTokens(entry: StoredEntry, answer: TokenResponse, now: number): StoredEntry {
  const { accessToken, tokenType } = answer;
  const { refusedWith: _, ...how } = entry.refresh ?? {};
  return {
    ...withoutJournal(entry),
    refresh: Object.keys(how).length === 0 ? undefined : how,
    grantedScope: answer.scope ?? entry.grantedScope,
    tokens: {
      accessToken,
      refreshToken: answer.refreshToken ?? entry.tokens?.refreshToken ?? null,
      idToken: answer.idToken ?? entry.tokens?.idToken,
      tokenType,
      obtainedAt: new Date(now).toISOString(),
      expiresAt: expiryOf(answer, now),
    },
  };
}

/** Some servers answer 500 to a refresh token that they no longer know. */
function isFault({ cause }: Failure): boolean {
  return cause instanceof TokenEndpointError && cause.status === 500;
}

function withSignIn(failure: Failure): Failure {
  const remedy = [failure.remedy, "If that does not help, sign in again"].filter(Boolean).join(
    ". ",
  );
  const { code, message, cause } = failure;
  return new Failure(code, message, { ...failure, cause, remedy, loginFlags: {} });
}

/** Updates the sign-in after a failed refresh, and returns the failure to report. */
async function afterFailure(refresh: RunningRefresh, failure: Failure): Promise<Failure> {
  const { deps, repository, entry, lost } = refresh;
  const { issuer, client } = entry;
  const { message } = failure;
  const token = `token for ${quoted(entry.serverUrl)}`;
  const why = lost && `; ${lost}, so the server may have replaced the token or revoked it`;
  const error = tokenEndpointError(failure);
  const needed = (code: Code, text: string) => signInNeeded(code, text, entry);
  if (error === "invalid_client" && failure.code === "token_error") {
    await repository.remove();
    const isByHand = client.approach === "preregistered";
    const text = `${quoted(issuer)} ${isByHand ? "refused" : "no longer knows"} the client ` +
      `${quoted(client.clientId, 60)} (${message}); the client and its tokens were removed`;
    if (!isByHand) return needed("client_refused", text);
    const intro =
      "Compare the client ID and its secret with what is registered there, and register " +
      "the client again if it no longer exists. Then sign in";
    return new Failure("client_refused", text, {
      kind: "sign_in_needed",
      remedy: signInRemedy(entry, intro),
    });
  }
  if (failure.kind === "sign_in_needed") return failure;
  if (isRefreshTokenInvalid(failure) && repeatsGrant(entry.authMode)) {
    const text = `the ${token} could not be obtained again by its grant: ${message}`;
    return needed("assertion_refused", text);
  }
  if (isRefreshTokenInvalid(failure)) {
    await repository.write({ ...withoutJournal(entry), tokens: null });
    return needed(
      "refresh_token_refused",
      `the refresh ${token} was refused (${message})${why ?? ""}; the tokens were removed, the ` +
        "client is still stored",
    );
  }
  if (isUnanswered(failure)) {
    deps.note(
      "the refresh received no complete response; the stored tokens are unchanged, and the next run " +
        "tries the refresh token again",
    );
    return failure;
  }
  // After a lost response, a refusal does not show whether the refresh token is still valid.
  if (lost === undefined) {
    const refusedWith = repeatsGrant(entry.authMode) ? undefined : permanentError(failure);
    await repository.write({
      ...withoutJournal(entry),
      ...refusedWith === undefined ? {} : { refresh: { ...entry.refresh, refusedWith } },
    });
  }
  deps.note("the refresh failed; the stored tokens are unchanged");
  if (isTransientRefusal(failure)) return isFault(failure) ? withSignIn(failure) : failure;
  return needed("refresh_refused", `the ${token} could not be refreshed: ${message}${why ?? ""}`);
}

/**
 * The failure for new tokens that cannot be stored. Tokens of a repeated grant are revoked.
 * Refreshed tokens are not: revoking a refresh token ends the grant (RFC 7009 §2.1) and with it the
 * stored token, which the server may still accept.
 */
async function unstoredTokensFailure(
  { deps, entry }: RunningRefresh,
  next: StoredEntry,
  failure: Failure,
): Promise<Failure> {
  if (repeatsGrant(next.authMode)) {
    const { revokeUnstoredTokens } = await import("./revoke.ts");
    return (await revokeUnstoredTokens(deps, next, failure)).failure;
  }
  const state = next.tokens?.refreshToken === entry.tokens?.refreshToken
    ? "the stored refresh token is still the current one, and the next run uses it"
    : "the new refresh token is lost, and the next run tries the stored one, which the server may " +
      "no longer accept";
  const { code, message } = failure;
  return new Failure(code, `${message}; the server refreshed the token: ${state}`, failure);
}

/** Writes the journal before the request, so that the next run knows if the response was lost. */
async function writeJournal(refresh: RunningRefresh): Promise<void> {
  const { deps, repository, entry } = refresh;
  const refreshToken = entry.tokens?.refreshToken;
  if (repeatsGrant(entry.authMode) || !refreshToken) return;
  const refreshTokenFingerprint = sha256Hex(refreshToken).slice(0, 16);
  if (entry.journal?.refreshTokenFingerprint === refreshTokenFingerprint) {
    refresh.lost = `a refresh that started ${entry.journal.startedAt} was interrupted`;
    const tried = "the old refresh token is tried once, and the server may have revoked it";
    deps.note(`${refresh.lost}; ${tried}`);
  }
  for (const { message } of judgeClientSecret(entry.client.clientSecret)) deps.note(message);
  const startedAt = new Date(deps.clock.now()).toISOString();
  refresh.entry = { ...entry, journal: { startedAt, refreshTokenFingerprint } };
  await repository.write(refresh.entry);
}

/**
 * Returns the sign-in with a token that meets the demand, refreshed if necessary.
 *
 * Has the lock from the second read to the write; a process that waited finds the new token and
 * sends nothing. The journal is written before the request, the new tokens before they are used.
 * The granted scope never changes. Token endpoint, `resource` and authentication method are those of
 * the login; after a refusal, an alternative that worked replaces them.
 *
 * @returns `sent` is false if the token was valid, or another process refreshed it.
 * @throws Failure `not_signed_in`, `tokens_gone`, `no_refresh_token`, `no_token_endpoint`,
 * `refresh_token_refused`, `refresh_refused`, `client_refused` (all of kind `sign_in_needed`),
 * `network_*`, `token_error`, `token_answer_invalid`, `store_…`, `cancelled`.
 */
export async function refreshSignIn(
  deps: RefreshEffects,
  repository: CredentialRepository,
  serverUrl: string,
  demand: TokenDemand = {},
): Promise<{ readonly entry: StoredEntry; readonly sent: boolean }> {
  const read = async (): Promise<StoredEntry> => {
    const entry = await repository.read();
    if (entry === undefined) {
      const message = `nothing is stored for ${quoted(serverUrl)}`;
      throw signInNeeded("not_signed_in", message, { serverUrl });
    }
    for (const secret of secretsOf(entry)) deps.secrets.add(secret);
    return entry;
  };
  const first = await read();
  if (isGoodFor(first.tokens, demand, deps.clock.now())) return { entry: first, sent: false };
  assertRefreshable(first, demand);
  await using _lock = await repository.lock(deps.signal);
  const entry = await read();
  const changed = entry.tokens?.accessToken !== first.tokens?.accessToken;
  // Another request would not return more than what another process has just obtained.
  const enough = changed ? { refused: demand.refused } : demand;
  if (isGoodFor(entry.tokens, enough, deps.clock.now())) return { entry, sent: false };
  assertRefreshable(entry, demand);
  const refresh: RunningRefresh = { deps, repository, entry, lost: undefined };
  await writeJournal(refresh);
  let answer: TokenResponse;
  try {
    answer = await sendRefresh(refresh);
  } catch (error) {
    const failure = await afterFailure(refresh, toFailure(error));
    // The command that needs the token completes its own line.
    throw failure.commandFlags === undefined
      ? completeFailure(failure, (flags) => signInCommand(entry, flags))
      : failure;
  }
  const next = withNewTokens(refresh.entry, answer, deps.clock.now());
  try {
    await repository.write(next);
  } catch (error) {
    throw await unstoredTokensFailure(refresh, next, toFailure(error));
  }
  return { entry: next, sent: true };
}

export async function freshSignIn(
  deps: RefreshEffects,
  repository: CredentialRepository,
  serverUrl: string,
  demand: TokenDemand = {},
): Promise<StoredEntry> {
  return (await refreshSignIn(deps, repository, serverUrl, demand)).entry;
}
