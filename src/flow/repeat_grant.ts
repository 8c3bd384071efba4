/**
 * Renewing a token by the grant it came from, for the grants without a refresh token.
 *
 * @module
 */

import { Failure } from "../core/failure.ts";
import { quoted } from "../core/text.ts";
import { jwtBearerGrant } from "../oauth/assertion_grant.ts";
import { clientCredentialsGrant } from "../oauth/token.ts";
import type { StoredEntry } from "../store/entry.ts";
import { exchangeIdentity } from "./identity_provider.ts";
import { signInNeeded } from "./sign_in_needed.ts";
import type { TokenDeps } from "./token_request.ts";

/** Reads a token anew: whoever issues it replaces the file before it expires. */
async function readAgain(deps: TokenDeps, entry: StoredEntry, what: string): Promise<string> {
  const file = entry.grant?.file;
  const cannot = (why: string) =>
    signInNeeded(
      "assertion_gone",
      `the token for ${quoted(entry.serverUrl)} cannot be renewed: ${why}`,
      entry,
    );
  if (file === undefined) throw cannot(`${what} came from standard input and was not kept`);
  const text = await Deno.readTextFile(file).catch(() => undefined);
  if (text === undefined) throw cannot(`${what} cannot be read from ${quoted(file, 4096)}`);
  const token = text.trim();
  deps.secrets.add(token);
  return token;
}

/** Makes the parameters of a token request. */
type Repeat = (deps: TokenDeps, entry: StoredEntry) => Promise<URLSearchParams>;

const scopesOf = ({ requestedScopes }: StoredEntry) => requestedScopes ?? undefined;

/** One row a mode. */
const REPEATS: Readonly<Record<string, Repeat>> = {
  client_credentials: (_deps, entry) =>
    Promise.resolve(clientCredentialsGrant(scopesOf(entry), entry.resource)),
  jwt_bearer: async (deps, entry) =>
    jwtBearerGrant(
      await readAgain(deps, entry, "the workload's assertion"),
      scopesOf(entry),
      entry.resource,
    ),
  enterprise: async (deps, entry) => {
    const { identityProvider } = entry.grant ?? {};
    if (identityProvider === undefined) {
      throw new Failure("store_entry_incomplete", "the identity provider was not kept", {
        remedy: "Sign in again",
      });
    }
    const assertion = await exchangeIdentity(
      deps,
      { ...identityProvider, clientSecret: entry.idpClientSecret },
      {
        idToken: await readAgain(deps, entry, "the ID token"),
        audience: entry.issuer,
        resource: entry.resource,
        scopes: scopesOf(entry),
      },
    );
    return jwtBearerGrant(assertion, scopesOf(entry), entry.resource);
  },
};

/**
 * The parameters of a token request that repeats the grant of a sign-in.
 *
 * @throws Failure `assertion_gone` (of kind `sign_in_needed`), and for `enterprise` as
 * `exchangeIdentity`.
 */
export async function repeatedGrant(deps: TokenDeps, entry: StoredEntry): Promise<URLSearchParams> {
  const repeat = REPEATS[entry.authMode];
  if (repeat === undefined) throw new RangeError(`"${entry.authMode}" is no grant to repeat`);
  return await repeat(deps, entry);
}
