/**
 * Refreshes a stored token: one request for any number of processes, and nothing is lost if a
 * process dies between the request and the write (OAuth 2.1 §4.3, RFC 9700 §4.14). @module
 */

import { Failure, toFailure } from "../../core/failure.ts";
import { quoted } from "../../core/text.ts";
import type { Code } from "../../findings/mod.ts";
import { repeatsGrant } from "../../oauth/authorization/auth_mode.ts";
import {
  expiryOf,
  TokenEndpointError,
  type TokenResponse,
} from "../../oauth/common/issued_token.ts";
import { refreshGrant } from "../../oauth/token/token_grant.ts";
import type { StoredEntry, StoredTokens } from "../../store/stored_entry.ts";
import { sha256Hex } from "../../trace/fingerprint.ts";
import { judgeClientSecret } from "../../trace/weak_secrets.ts";
import type { RefreshEffects } from "../context/effects.ts";
import type { CredentialRepository } from "./credential_repository.ts";
import type { StoreChanges } from "./repeat_grant.ts";
import { signInNeeded } from "../context/sign_in_needed.ts";
import { clientOf, secretsOf, storedSigner } from "./stored_client.ts";
import { requestToken } from "../token/request_token.ts";

export interface TokenDemand {
  /** Milliseconds of validity; absent: 60 s or a tenth of the lifetime, whichever is smaller. */
  readonly minValidityMs?: number | undefined;
  /** A token that the server refused: any other one fits. */
  readonly refused?: string | undefined;
  readonly force?: boolean;
}

export interface RefreshResult {
  readonly entry: StoredEntry;
  /**
   * True if this call sent the request; false if the token was valid, or another process refreshed
   * it.
   */
  readonly sent: boolean;
}

const LONGEST_MARGIN_MS = 60_000;

/**
 * Clocks of two machines with a shared home differ; after a larger step back, the time left is
 * unknown.
 */
const CLOCK_TOLERANCE_MS = 60_000;

/** Null if the lifetime is unknown. */
export function validityLeft(tokens: StoredTokens, now: number): number | null {
  return tokens.expiresAt === null ? null : Date.parse(tokens.expiresAt) - now;
}

function isGoodFor(tokens: StoredTokens | null, demand: TokenDemand, now: number): boolean {
  if (tokens === null || demand.force === true) return false;
  if (tokens.accessToken === demand.refused) return false;
  const left = validityLeft(tokens, now);
  if (left === null) return true;
  const obtainedAt = Date.parse(tokens.obtainedAt);
  if (tokens.refreshToken !== null && now < obtainedAt - CLOCK_TOLERANCE_MS) return false;
  const lifetime = left + now - obtainedAt;
  return left > 0 && left >= (demand.minValidityMs ?? Math.min(LONGEST_MARGIN_MS, lifetime / 10));
}

/** Faults in which the request cannot have reached the server. */
const NOT_SENT: readonly Code[] = [
  "network_dns",
  "network_connection_refused",
  "network_tls_untrusted",
  "network_tls_expired",
  "network_tls_name",
  "network_tls_certificate_required",
  "network_tls_certificate_refused",
  "network_tls_other",
  "network_unreachable",
  "network_blocked_port",
  "network_proxy",
];

/** Errors after which the same request may succeed later. */
const PASSING: readonly string[] = ["server_error", "temporarily_unavailable", "slow_down"];

function oauthError(failure: Failure): string | undefined {
  return failure.cause instanceof TokenEndpointError ? failure.cause.error : undefined;
}

function quotedServerText({ message }: Failure): string {
  const at = message.indexOf('; it says "');
  return at === -1 ? "" : message.slice(at);
}

/** Some servers answer `invalid_request` for an invalid refresh token, and say so in the text. */
function isDead(failure: Failure): boolean {
  const error = oauthError(failure);
  return error === "invalid_grant" ||
    (error === "invalid_request" && /refresh.?token/is.test(quotedServerText(failure)));
}

/** True if the request was sent and its effect is unknown. */
function isUnanswered({ code, kind }: Failure): boolean {
  if (kind === "cancelled") return true;
  return code === "response_too_large" || code.startsWith("network_") && !NOT_SENT.includes(code);
}

function assertRefreshable(entry: StoredEntry): void {
  const cannot = (code: Code, why: string) =>
    signInNeeded(
      code,
      `the token for ${quoted(entry.serverUrl)} cannot be refreshed: ${why}`,
      entry,
    );
  if (entry.endpoints.token === "") {
    throw cannot("no_token_endpoint", "its token endpoint was not stored");
  }
  if (repeatsGrant(entry.authMode)) return;
  if (entry.tokens === null) throw cannot("tokens_gone", "it was refused or revoked");
  if (entry.tokens.refreshToken === null) {
    throw cannot("no_refresh_token", "no refresh token was issued");
  }
}

async function tokenRequestBody(
  deps: RefreshEffects,
  entry: StoredEntry,
  keep: StoreChanges,
): Promise<URLSearchParams> {
  if (!repeatsGrant(entry.authMode)) {
    return refreshGrant(entry.tokens?.refreshToken ?? "", entry.resource);
  }
  const { repeatedGrant } = await import("./repeat_grant.ts");
  return await repeatedGrant(deps, entry, keep);
}

function withNewTokens(entry: StoredEntry, answer: TokenResponse, now: number): StoredEntry {
  const idToken = answer.idToken ?? entry.tokens?.idToken;
  return {
    ...withoutJournal(entry),
    grantedScope: answer.scope ?? entry.grantedScope,
    tokens: {
      accessToken: answer.accessToken,
      refreshToken: answer.refreshToken ?? entry.tokens?.refreshToken ?? null,
      ...(idToken === undefined ? {} : { idToken }),
      tokenType: answer.tokenType,
      obtainedAt: new Date(now).toISOString(),
      expiresAt: expiryOf(answer.expiresIn, now),
    },
  };
}

function withoutJournal({ journal: _, ...entry }: StoredEntry): StoredEntry {
  return entry;
}

/** Sends the request; a second time if no response was received. */
async function send(
  deps: RefreshEffects,
  current: () => StoredEntry,
  keep: StoreChanges,
  unanswered: () => void,
): Promise<TokenResponse> {
  const entry = current();
  const signer = await storedSigner(entry, deps.secrets);
  const client = { ...await clientOf(entry), signer };
  const once = async () =>
    await requestToken(
      deps,
      entry.endpoints.token,
      client,
      await tokenRequestBody(deps, current(), keep),
    );
  try {
    return await once();
  } catch (error) {
    const failure = toFailure(error);
    if (failure.kind === "cancelled" || !isUnanswered(failure)) throw error;
    unanswered();
    deps.note(
      `the token endpoint gave no answer (${failure.message}); the same request is sent again`,
    );
    return await once();
  }
}

/** Updates the sign-in after a failed refresh, and returns the failure to report. */
async function afterFailure(
  deps: RefreshEffects,
  repository: CredentialRepository,
  entry: StoredEntry,
  failure: Failure,
  lost: string | undefined,
): Promise<Failure> {
  const { serverUrl, client } = entry;
  const why = lost === undefined
    ? ""
    : `; ${lost}, so the server may have replaced the token or revoked it`;
  const error = oauthError(failure);
  if (error === "invalid_client" && failure.code === "token_error") {
    await repository.remove();
    return signInNeeded(
      "client_refused",
      `${quoted(entry.issuer)} no longer knows the client ${quoted(client.clientId, 60)} ` +
        `(${failure.message}); the client and its tokens were removed`,
      entry,
    );
  }
  if (failure.kind === "sign_in_needed") return failure;
  if (isDead(failure) && repeatsGrant(entry.authMode)) {
    return signInNeeded(
      "assertion_refused",
      `the token for ${quoted(serverUrl)} could not be obtained again by its grant: ` +
        failure.message,
      entry,
    );
  }
  if (isDead(failure)) {
    await repository.write({ ...withoutJournal(entry), tokens: null });
    return signInNeeded(
      "refresh_token_refused",
      `the refresh token for ${quoted(serverUrl)} was refused (${failure.message})${why}; the ` +
        "tokens were removed, the client is still stored",
      entry,
    );
  }
  if (isUnanswered(failure)) {
    deps.note("the old tokens are still stored; the next run tries the refresh token again");
    return failure;
  }
  // After a lost response, a refusal does not show whether the refresh token is still valid.
  if (lost === undefined) await repository.write(withoutJournal(entry));
  deps.note("the old tokens are still stored");
  if (error === undefined || PASSING.includes(error)) return failure;
  return signInNeeded(
    "refresh_refused",
    `the token for ${quoted(serverUrl)} could not be refreshed: ${failure.message}${why}`,
    entry,
  );
}

/**
 * The failure for new tokens that cannot be stored. Tokens of a repeated grant are revoked.
 * Refreshed tokens are not: revoking a refresh token ends the grant (RFC 7009 §2.1) and with it the
 * stored token, which the server may still accept.
 */
async function unstoredTokensFailure(
  deps: RefreshEffects,
  before: StoredEntry,
  next: StoredEntry,
  failure: Failure,
): Promise<Failure> {
  if (repeatsGrant(next.authMode)) {
    const { revokeUnstoredTokens } = await import("./revoke_unstored.ts");
    return (await revokeUnstoredTokens(deps, next, failure)).failure;
  }
  const isReplaced = next.tokens?.refreshToken !== before.tokens?.refreshToken;
  const { code, kind, message, remedy, reference, cause } = failure;
  const state = isReplaced
    ? "the new refresh token is lost, and the next run tries the stored one, which the server may " +
      "no longer accept"
    : "the stored refresh token is still the current one, and the next run uses it";
  return new Failure(code, `${message}; the server refreshed the token: ${state}`, {
    kind,
    remedy,
    reference,
    cause,
  });
}

/** Writes the journal before the request, so that the next run knows if the response was lost. */
async function writeJournal(
  deps: RefreshEffects,
  repository: CredentialRepository,
  entry: StoredEntry,
): Promise<{ readonly entry: StoredEntry; readonly lost: string | undefined }> {
  const refreshToken = entry.tokens?.refreshToken;
  if (repeatsGrant(entry.authMode) || !refreshToken) return { entry, lost: undefined };
  const refreshTokenFingerprint = sha256Hex(refreshToken).slice(0, 16);
  const { journal } = entry;
  const lost = journal?.refreshTokenFingerprint === refreshTokenFingerprint
    ? `a refresh begun ${journal.startedAt} was cut off`
    : undefined;
  if (lost !== undefined) {
    deps.note(
      `${lost}; the old refresh token is tried once, and the server may have revoked it`,
    );
  }
  for (const { message } of judgeClientSecret(entry.client.clientSecret)) deps.note(message);
  const startedAt = new Date(deps.clock.now()).toISOString();
  const withJournal = { ...entry, journal: { startedAt, refreshTokenFingerprint } };
  await repository.write(withJournal);
  return { entry: withJournal, lost };
}

/**
 * Returns the sign-in with a token that meets the demand, refreshed if necessary.
 *
 * Has the lock from the second read to the write; a process that waited finds the new token and
 * sends nothing. The journal is written before the request, the new tokens before they are used.
 * The scope never changes; `resource`, the token endpoint and the authentication method are those
 * of the login.
 *
 * @throws Failure `not_signed_in`, `tokens_gone`, `no_refresh_token`, `no_token_endpoint`,
 * `refresh_token_refused`, `refresh_refused`, `client_refused` (all of kind `sign_in_needed`),
 * `network_*`, `token_error`, `token_answer_invalid`, `store_…`, `cancelled`.
 */
export async function refreshSignIn(
  deps: RefreshEffects,
  repository: CredentialRepository,
  serverUrl: string,
  demand: TokenDemand = {},
): Promise<RefreshResult> {
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
  assertRefreshable(first);
  await using _lock = await repository.lock(deps.signal);
  const found = await read();
  const now = deps.clock.now();
  const changed = found.tokens?.accessToken !== first.tokens?.accessToken;
  // Another request would not return more than what another process has just obtained.
  const enough: TokenDemand = changed ? { refused: demand.refused } : demand;
  if (isGoodFor(found.tokens, enough, now)) return { entry: found, sent: false };
  assertRefreshable(found);
  const withJournal = await writeJournal(deps, repository, found);
  let { entry, lost } = withJournal;
  const keep: StoreChanges = async (changes) => {
    entry = { ...entry, ...changes };
    await repository.write(entry);
  };
  let answer: TokenResponse;
  try {
    answer = await send(deps, () => entry, keep, () => {
      lost = "the answer to the first request was lost";
    });
  } catch (error) {
    throw await afterFailure(deps, repository, entry, toFailure(error), lost);
  }
  const next = withNewTokens(entry, answer, deps.clock.now());
  try {
    await repository.write(next);
  } catch (error) {
    throw await unstoredTokensFailure(deps, entry, next, toFailure(error));
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
