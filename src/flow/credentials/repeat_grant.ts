import { Failure, toFailure } from "../../core/failure.ts";
import { readSecretFile } from "../../core/secret_file.ts";
import { quoted } from "../../core/text.ts";
import { jwtBearerGrant, type Subject } from "../../oauth/token/assertion_grant.ts";
import { idTokenExpiry } from "../../oauth/token/id_token.ts";
import { tokenEndpointError } from "../../oauth/common/issued_token.ts";
import { clientCredentialsGrant } from "../../oauth/token/token_grant.ts";
import type { StoredEntry } from "../../store/stored_entry.ts";
import type { RefreshEffects } from "../context/effects.ts";
import {
  exchangeIdentity,
  type Identity,
  type IdentityClient,
  refreshIdentity,
} from "../token/identity_provider.ts";
import { cannotRefresh } from "../context/sign_in_needed.ts";

/** Reads the file of a token again: its issuer replaces it before the token expires. */
async function readAgain(deps: RefreshEffects, entry: StoredEntry, what: string): Promise<string> {
  const file = entry.grant?.file;
  const cannot = (why: string) => cannotRefresh("assertion_gone", why, entry);
  if (file === undefined) throw cannot(`${what} was read from standard input and was not stored`);
  const read = await readSecretFile(file, "operation").catch((error) => {
    if (error instanceof Failure) throw error;
    throw cannot(`${what} cannot be read from ${quoted(file, 4096)}`);
  });
  for (const { message } of read.findings) deps.note(message);
  const token = read.text.trim();
  deps.secrets.add(token);
  return token;
}

/** Writes changes of the sign-in before they are used. */
export type StoreChanges = (
  changes: Pick<StoredEntry, "idpIdToken" | "idpRefreshToken">,
) => Promise<void>;

type Repeat = (
  deps: RefreshEffects,
  entry: StoredEntry,
  keep: StoreChanges,
) => Promise<URLSearchParams>;

/** Errors of an identity provider that does not accept the subject token (RFC 8693 §2.2.2). */
const SUBJECT_REFUSALS: readonly string[] = ["invalid_request", "invalid_grant"];

/**
 * Obtains a new ID-JAG without the user, while the sign-in at the identity provider is valid: by
 * its refresh token, by a refreshed ID token, or by the ID token until it expires.
 */
async function anotherAssertion(
  deps: RefreshEffects,
  entry: StoredEntry,
  provider: IdentityClient,
  keep: StoreChanges,
): Promise<string> {
  const { idpIdToken, idpRefreshToken, issuer: audience, resource } = entry;
  const scopes = scopesOf(entry);
  const exchange = (type: Subject["type"], token: string) =>
    exchangeIdentity(deps, provider, { subject: { type, token }, audience, resource, scopes });
  const ended = (why: string) => {
    const text = `the sign-in at ${quoted(provider.issuer)} has ended (${why})`;
    return cannotRefresh("identity_expired", text, entry);
  };
  if (idpIdToken === undefined) {
    return await exchange("id_token", await readAgain(deps, entry, "the ID token"));
  }
  if (idpRefreshToken === undefined) {
    if ((idTokenExpiry(idpIdToken) ?? 0) <= deps.clock.now()) {
      throw ended("its ID token has expired, and it issued no refresh token");
    }
    return await exchange("id_token", idpIdToken);
  }
  try {
    return await exchange("refresh_token", idpRefreshToken);
  } catch (error) {
    if (!SUBJECT_REFUSALS.includes(tokenEndpointError(toFailure(error)) ?? "")) throw error;
  }
  // Some identity providers accept only ID tokens in an exchange.
  const before = { idToken: idpIdToken, refreshToken: idpRefreshToken };
  let identity: Identity;
  try {
    identity = await refreshIdentity(deps, provider, before, deps.clock.now());
  } catch (error) {
    const failure = toFailure(error);
    throw tokenEndpointError(failure) === undefined ? error : ended(failure.message);
  }
  await keep({
    idpIdToken: identity.idToken,
    idpRefreshToken: identity.refreshToken ?? idpRefreshToken,
  });
  return await exchange("id_token", identity.idToken);
}

const scopesOf = ({ requestedScopes }: StoredEntry) => requestedScopes ?? undefined;

function assertionGrant(assertion: string, entry: StoredEntry): URLSearchParams {
  const server = { issuer: entry.issuer, tokenEndpoint: entry.endpoints.token };
  return jwtBearerGrant(assertion, server, scopesOf(entry), entry.resource);
}

const REPEATS: ReadonlyMap<string, Repeat> = new Map(Object.entries<Repeat>({
  client_credentials: (_deps, entry) =>
    Promise.resolve(clientCredentialsGrant(scopesOf(entry), entry.resource)),
  jwt_bearer: async (deps, entry) =>
    assertionGrant(await readAgain(deps, entry, "the workload's assertion"), entry),
  enterprise: async (deps, entry, keep) => {
    const { identityProvider } = entry.grant ?? {};
    if (identityProvider === undefined) {
      throw new Failure("store_entry_incomplete", "the identity provider was not stored", {
        remedy: "Sign in again",
      });
    }
    const provider = { ...identityProvider, clientSecret: entry.idpClientSecret };
    return assertionGrant(await anotherAssertion(deps, entry, provider, keep), entry);
  },
}));

/**
 * @throws Failure `assertion_gone`, `identity_expired` (of kind `sign_in_needed`),
 * `assertion_audience_mismatch`, and for `enterprise` as `exchangeIdentity`.
 */
export async function repeatedGrant(
  deps: RefreshEffects,
  entry: StoredEntry,
  keep: StoreChanges,
): Promise<URLSearchParams> {
  const repeat = REPEATS.get(entry.authMode);
  if (repeat === undefined) {
    throw new RangeError(`"${entry.authMode}" is not a grant that can be repeated`);
  }
  return await repeat(deps, entry, keep);
}
