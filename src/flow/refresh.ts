/**
 * Renewing a kept token: one refresh for any number of processes, and nothing lost whatever happens
 * between the request and the write (OAuth 2.1 §4.3, RFC 9700 §4.14).
 *
 * @module
 */

import type { Clock } from "../core/deps.ts";
import { Failure, toFailure } from "../core/failure.ts";
import { quoted } from "../core/text.ts";
import {
  clientCredentialsGrant,
  refreshGrant,
  type TokenAnswer,
  TokenEndpointError,
} from "../oauth/token.ts";
import type { StoredEntry, StoredTokens } from "../store/mod.ts";
import { sha256Hex } from "../trace/fingerprint.ts";
import type { Keeper } from "./keeper.ts";
import { requestToken, type TokenDeps } from "./token_request.ts";

/** What a renewal needs. */
export interface RefreshDeps extends TokenDeps {
  /** Time. */
  readonly clock: Clock;
  /** Tells the person what happened beside the result. */
  readonly note: (message: string) => void;
}

/** What a token has to be good for. */
export interface Demand {
  /** Milliseconds it must still be valid; absent: the smaller of 60 s and a tenth of its lifetime. */
  readonly minValidityMs?: number | undefined;
  /** A token that the server has just refused: any other will do. */
  readonly refused?: string | undefined;
  /** Renew in any case. */
  readonly force?: boolean;
}

/** Milliseconds of validity that are left; null when the lifetime is unknown. */
export function validityLeft(tokens: StoredTokens, now: number): number | null {
  return tokens.expiresAt === null ? null : Date.parse(tokens.expiresAt) - now;
}

function isGoodFor(tokens: StoredTokens | null, demand: Demand, now: number): boolean {
  if (tokens === null || demand.force === true) return false;
  if (tokens.accessToken === demand.refused) return false;
  const left = validityLeft(tokens, now);
  if (left === null) return true;
  const lifetime = Date.parse(tokens.expiresAt ?? "") - Date.parse(tokens.obtainedAt);
  return left >= (demand.minValidityMs ?? Math.min(60_000, lifetime / 10)) && left > 0;
}

/** A failure that a new sign-in mends: exit status 4. */
export function signInNeeded(code: string, message: string, serverUrl: string): Failure {
  return new Failure(code, message, {
    kind: "sign_in_needed",
    remedy: `Sign in: mcpass login --url '${serverUrl}'`,
  });
}

/** Faults after which the request cannot have reached the server. */
const NOT_SENT: readonly string[] = [
  "network_dns",
  "network_connection_refused",
  "network_tls_untrusted",
  "network_tls_expired",
  "network_tls_name",
  "network_tls_other",
];

function oauthError(failure: Failure): string | undefined {
  return failure.cause instanceof TokenEndpointError ? failure.cause.error : undefined;
}

/** Some servers answer `invalid_request` for a refresh token that is dead. */
function isDead(failure: Failure): boolean {
  const error = oauthError(failure);
  return error === "invalid_grant" ||
    (error === "invalid_request" && /refresh.?token/i.test(failure.message));
}

function renewalBody(entry: StoredEntry): URLSearchParams {
  if (entry.authMode === "client_credentials") {
    return clientCredentialsGrant(entry.requestedScopes ?? undefined, entry.resource);
  }
  const refreshToken = entry.tokens?.refreshToken ?? null;
  if (entry.tokens === null) {
    throw signInNeeded(
      "tokens_gone",
      `the tokens for ${quoted(entry.serverUrl)} were refused or revoked before`,
      entry.serverUrl,
    );
  }
  if (refreshToken === null) {
    throw signInNeeded(
      "no_refresh_token",
      `the token for ${quoted(entry.serverUrl)} cannot be renewed: no refresh token was issued`,
      entry.serverUrl,
    );
  }
  return refreshGrant(refreshToken, entry.resource);
}

function renewed(entry: StoredEntry, answer: TokenAnswer, now: number): StoredEntry {
  const { journal: _, ...rest } = entry;
  const idToken = answer.idToken ?? entry.tokens?.idToken;
  return {
    ...rest,
    grantedScope: answer.scope ?? entry.grantedScope,
    tokens: {
      accessToken: answer.accessToken,
      refreshToken: answer.refreshToken ?? entry.tokens?.refreshToken ?? null,
      ...(idToken === undefined ? {} : { idToken }),
      tokenType: answer.tokenType,
      obtainedAt: new Date(now).toISOString(),
      expiresAt: answer.expiresIn === null
        ? null
        : new Date(now + answer.expiresIn * 1000).toISOString(),
    },
  };
}

function withoutJournal({ journal: _, ...entry }: StoredEntry): StoredEntry {
  return entry;
}

/** Sends the renewal; a request that was sent and not answered is sent once more. */
async function send(deps: RefreshDeps, entry: StoredEntry): Promise<TokenAnswer> {
  const { client, endpoints } = entry;
  const once = () =>
    requestToken(
      deps,
      endpoints.token,
      {
        clientId: client.clientId,
        clientSecret: client.clientSecret,
        method: client.tokenAuthMethod,
      },
      renewalBody(entry),
    );
  try {
    return await once();
  } catch (error) {
    const failure = toFailure(error);
    if (!failure.code.startsWith("network_") || NOT_SENT.includes(failure.code)) throw error;
    deps.note(
      `the token endpoint gave no answer (${failure.message}); the same request is sent again`,
    );
    return await once();
  }
}

/** What is left of the sign-in after a failed renewal, and the failure to report. */
async function afterFailure(
  deps: RefreshDeps,
  keeper: Keeper,
  entry: StoredEntry,
  failure: Failure,
  cutOff: boolean,
): Promise<Failure> {
  const { serverUrl, client } = entry;
  const why = cutOff
    ? "; an earlier refresh was cut off, so the server may have replaced or revoked it"
    : "";
  if (oauthError(failure) === "invalid_client") {
    await keeper.remove();
    return signInNeeded(
      "client_refused",
      `${quoted(entry.issuer)} no longer knows the client ${quoted(client.clientId, 60)} ` +
        `(${failure.message}); it and its tokens were removed`,
      serverUrl,
    );
  }
  if (isDead(failure)) {
    await keeper.write({ ...withoutJournal(entry), tokens: null });
    return signInNeeded(
      "refresh_token_refused",
      `the refresh token for ${
        quoted(serverUrl)
      } was refused (${failure.message})${why}; the tokens ` +
        "were removed, the client is kept",
      serverUrl,
    );
  }
  const unanswered = failure.code.startsWith("network_") && !NOT_SENT.includes(failure.code);
  if (!unanswered && failure.kind !== "cancelled") await keeper.write(withoutJournal(entry));
  deps.note(
    unanswered
      ? "the old tokens are kept; the next run tries the refresh token once more"
      : "the old tokens are kept",
  );
  return failure;
}

/**
 * The sign-in with a token that is good for the demand, renewed where it is not.
 *
 * Holds the lock from the second reading to the write; a process that waited finds the winner's
 * token and sends nothing. A journal entry is written before the request, the new tokens before they
 * are used. The scope is never changed, `resource` is the stored one, and the token endpoint and the
 * authentication method are those the token came from.
 *
 * @throws Failure `not_signed_in`, `tokens_gone`, `no_refresh_token`, `refresh_token_refused`,
 * `client_refused` (all of kind `sign_in_needed`), `network_*`, `token_error`, `cancelled`.
 */
export async function freshSignIn(
  deps: RefreshDeps,
  keeper: Keeper,
  serverUrl: string,
  demand: Demand = {},
): Promise<StoredEntry> {
  const read = async (): Promise<StoredEntry> => {
    const entry = await keeper.read();
    if (entry === undefined) {
      throw signInNeeded("not_signed_in", `nothing is stored for ${quoted(serverUrl)}`, serverUrl);
    }
    for (const secret of secretsOf(entry)) deps.secrets.add(secret);
    return entry;
  };
  const first = await read();
  if (isGoodFor(first.tokens, demand, deps.clock.now())) return first;
  await using _lock = await keeper.lock(deps.signal);
  const entry = await read();
  const changed = entry.tokens?.accessToken !== first.tokens?.accessToken;
  const settled: Demand = changed ? { ...demand, force: false } : demand;
  if (isGoodFor(entry.tokens, settled, deps.clock.now())) return entry;
  renewalBody(entry);
  const refreshToken = entry.tokens?.refreshToken ?? "";
  const sent = sha256Hex(refreshToken).slice(0, 16);
  const cutOff = entry.journal?.refreshTokenFingerprint === sent;
  if (cutOff) {
    deps.note(
      `a refresh begun ${entry.journal?.startedAt} was cut off; the old refresh token is tried once, ` +
        "and the server may have revoked it",
    );
  }
  const now = new Date(deps.clock.now()).toISOString();
  const begun = { ...entry, journal: { startedAt: now, refreshTokenFingerprint: sent } };
  await keeper.write(begun);
  let answer: TokenAnswer;
  try {
    answer = await send(deps, begun);
  } catch (error) {
    throw await afterFailure(deps, keeper, begun, toFailure(error), cutOff);
  }
  const next = renewed(begun, answer, deps.clock.now());
  await keeper.write(next);
  return next;
}

/** Every secret of a sign-in, for masking. */
export function secretsOf(entry: StoredEntry): (string | null | undefined)[] {
  return [
    entry.client.clientSecret,
    entry.client.registrationToken,
    entry.tokens?.accessToken,
    entry.tokens?.refreshToken,
    entry.tokens?.idToken,
    entry.dpopKey,
  ];
}
