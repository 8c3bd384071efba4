import { Failure, toFailure } from "../../core/failure.ts";
import {
  type Introspection,
  judgeIntrospection,
  judgeRevocation,
  type Revocation,
  tokenBody,
  type TokenTypeHint,
} from "../../oauth/token/revocation.ts";
import type { StoredEntry } from "../../store/stored_entry.ts";
import { deleteClient, managedClient } from "../client/manage_client.ts";
import type { RequestEffects } from "../context/effects.ts";
import type { CredentialRepository } from "./credential_repository.ts";
import { certificateOf, clientOf, secretsOf } from "./stored_client.ts";
import { postAsClient, type TokenClient } from "../token/post_as_client.ts";

function notCancelled(error: unknown): Failure {
  const failure = toFailure(error);
  if (failure.kind === "cancelled") throw failure;
  return failure;
}

export interface TokenRevocation {
  readonly token: TokenTypeHint;
  readonly outcome: Revocation;
}

/**
 * Revokes the refresh token, then the access token (RFC 7009 §2.1): without the refresh token, no
 * new token can be obtained even if the second request fails. One outcome for each token; none
 * without a revocation endpoint.
 *
 * @throws Failure `cancelled`.
 */
export async function revokeTokens(
  deps: RequestEffects,
  entry: StoredEntry,
): Promise<readonly TokenRevocation[]> {
  const { tokens, endpoints: { revocation } } = entry;
  if (revocation === undefined || tokens === null) return [];
  const wanted: readonly (readonly [TokenTypeHint, string | null])[] = [
    ["refresh_token", tokens.refreshToken],
    ["access_token", tokens.accessToken],
  ];
  const outcomes: TokenRevocation[] = [];
  let client: TokenClient | undefined;
  for (const [token, value] of wanted) {
    if (value === null) continue;
    try {
      const body = tokenBody(value, token);
      client ??= await clientOf(entry);
      const answer = await postAsClient(deps, revocation, client, body);
      outcomes.push({ token, outcome: judgeRevocation(answer) });
    } catch (error) {
      const { message: why } = notCancelled(error);
      outcomes.push({ token, outcome: { revoked: false, why } });
    }
  }
  return outcomes;
}

export interface Logout {
  readonly entry: StoredEntry | undefined;
  readonly revocations: readonly TokenRevocation[];
  /** Why its secrets could not be read, so that nothing could be revoked. */
  readonly unreadable: Failure | undefined;
  readonly registration?: Unregistration | undefined;
}

type Unregistration =
  | { readonly deleted: true }
  /** mcpass did not register the client. */
  | { readonly deleted: null }
  /** It still exists, or that is unknown. */
  | { readonly deleted: false; readonly failure: Failure };

async function unregister(deps: RequestEffects, entry: StoredEntry): Promise<Unregistration> {
  if (entry.client.approach !== "dcr") return { deleted: null };
  try {
    await deleteClient(deps, managedClient(entry, await certificateOf(entry)));
    return { deleted: true };
  } catch (error) {
    return { deleted: false, failure: notCancelled(error) };
  }
}

/**
 * Revokes the tokens and deletes the sign-in, even if revoking failed. The lock prevents that a
 * refresh restores it.
 *
 * @param ofClient True to also delete the client's registration, after its tokens (RFC 7592 §2.3).
 * @throws Failure `store_…` if it cannot be deleted, `cancelled`.
 */
export async function logout(
  deps: RequestEffects,
  repository: CredentialRepository,
  ofClient = false,
): Promise<Logout> {
  await using _lock = await repository.lock(deps.signal);
  let entry: StoredEntry | undefined;
  let unreadable: Failure | undefined;
  try {
    entry = await repository.read();
  } catch (error) {
    unreadable = toFailure(error);
    if (unreadable.kind === "usage") throw unreadable;
  }
  for (const secret of entry ? secretsOf(entry) : []) deps.secrets.add(secret);
  const revocations = entry === undefined ? [] : await revokeTokens(deps, entry);
  const registration = entry === undefined || !ofClient ? undefined : await unregister(deps, entry);
  if (entry !== undefined || unreadable !== undefined) await repository.remove("signed_out");
  return { entry, revocations, unreadable, registration };
}

/** Undefined without an introspection endpoint. Throws only `cancelled`. */
export async function introspect(
  deps: RequestEffects,
  entry: StoredEntry,
): Promise<Introspection | undefined> {
  const { tokens, endpoints: { introspection } } = entry;
  if (introspection === undefined || tokens === null) return undefined;
  try {
    const body = tokenBody(tokens.accessToken, "access_token");
    return judgeIntrospection(await postAsClient(deps, introspection, await clientOf(entry), body));
  } catch (error) {
    return { active: undefined, why: notCancelled(error).message };
  }
}

interface UnstoredTokensOutcome {
  /** The failure to store, with what was revoked and what was not. */
  readonly failure: Failure;
  readonly revoked: boolean;
}

const nameOf = ({ token }: TokenRevocation) => `the ${token.replace("_", " ")}`;

function outcomeText(revocations: readonly TokenRevocation[]): string {
  if (revocations.length === 0) {
    return "the authorization server has no revocation endpoint, so the tokens stay valid until " +
      "they expire";
  }
  const done = revocations.filter(({ outcome }) => outcome.revoked).map(nameOf).join(" and ");
  const left = revocations.flatMap((it) =>
    it.outcome.revoked ? [] : [`${nameOf(it)} was not revoked (${it.outcome.why})`]
  );
  const revoked = done === "" ? [] : [`mcpass revoked ${done}, which it could not store`];
  return [...revoked, ...left].join("; ");
}

/**
 * Revokes the tokens of a sign-in that could not be stored (RFC 7009): nobody could use or revoke
 * them later. Never throws.
 */
export async function revokeUnstoredTokens(
  deps: RequestEffects,
  entry: StoredEntry,
  failure: Failure,
): Promise<UnstoredTokensOutcome> {
  let revoked = false;
  let ending: string;
  try {
    const revocations = await revokeTokens(deps, entry);
    revoked = revocations.length > 0 && revocations.every(({ outcome }) => outcome.revoked);
    ending = outcomeText(revocations);
  } catch (error) {
    ending = `the tokens were not revoked (${toFailure(error).message})`;
  }
  const { code, message } = failure;
  return { failure: new Failure(code, `${message}; ${ending}`, failure), revoked };
}
