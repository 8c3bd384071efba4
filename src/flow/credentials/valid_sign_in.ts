import { Failure } from "../../core/failure.ts";
import { formatPeriod } from "../../core/quantities.ts";
import { isBoundToKey } from "../../oauth/common/issued_token.ts";
import type { StoredEntry, StoredTokens } from "../../store/stored_entry.ts";
import type { RefreshEffects } from "../context/effects.ts";
import type { CredentialRepository } from "./credential_repository.ts";
import { freshSignIn } from "./refresh.ts";
import { type TokenDemand, validityLeft } from "./token_validity.ts";

export type ValidSignIn = StoredEntry & { readonly tokens: StoredTokens };

/** The value of an `Authorization` header. A token bound to a key also needs a proof. */
export function authorizationValue({ accessToken, tokenType }: StoredTokens): string {
  return `${isBoundToKey(tokenType) ? "DPoP" : "Bearer"} ${accessToken}`;
}

/**
 * The sign-in, if its token is valid for as long as demanded.
 *
 * @param option What demands it, for the failure.
 * @throws Failure `validity_too_short`.
 */
export function assertValidity(
  entry: StoredEntry,
  now: number,
  minValidityMs: number | undefined,
  option = "--min-validity",
): ValidSignIn {
  const { tokens } = entry;
  const left = tokens && validityLeft(tokens, now);
  if (tokens !== null && (left === null || left >= (minValidityMs ?? -Infinity))) {
    return { ...entry, tokens };
  }
  const { expiresAt = null, obtainedAt = "" } = tokens ?? {};
  const lasts = expiresAt === null ? 0 : (Date.parse(expiresAt) - Date.parse(obtainedAt)) / 1000;
  throw new Failure(
    "validity_too_short",
    `a new token is valid for ${formatPeriod(lasts)}, but ${option} requires ${minValidityMs} ms`,
    {
      remedy: `Use a lower ${option}\nAuthorization server: issue tokens with a longer lifetime`,
    },
  );
}

/**
 * The sign-in with a token that is valid for as long as demanded.
 *
 * @param option What demands it, for the failure.
 * @throws Failure `validity_too_short`, and as {@link freshSignIn}.
 */
export async function validSignIn(
  deps: RefreshEffects,
  repository: CredentialRepository,
  serverUrl: string,
  demand: TokenDemand,
  option?: string,
): Promise<ValidSignIn> {
  const entry = await freshSignIn(deps, repository, serverUrl, demand);
  // Even a token that was just refreshed may expire earlier than demanded.
  return assertValidity(entry, deps.clock.now(), demand.minValidityMs, option);
}
