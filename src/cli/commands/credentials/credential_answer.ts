/** Finds the sign-in of a credential request, and makes what its actions return. @module */

import { commandText, type OptionTexts, withCommand } from "../../../core/command_text.ts";
import { Failure, toFailure, usageFailure } from "../../../core/failure.ts";
import { quoted } from "../../../core/text.ts";
import { signInOptions, signInRemedy } from "../../../flow/context/sign_in_needed.ts";
import type { CredentialRepository } from "../../../flow/credentials/credential_repository.ts";
import { refreshMargin, validityLeft } from "../../../flow/credentials/token_validity.ts";
import {
  authorizationValue,
  type ValidSignIn,
  validSignIn,
} from "../../../flow/credentials/valid_sign_in.ts";
import { isBoundToKey } from "../../../oauth/common/issued_token.ts";
import { missingScopes, parseScope, unionScopes } from "../../../oauth/mcp/scope.ts";
import { canonicalServer } from "../../../store/entry_key.ts";
import { matchingServers } from "../../../store/matching_servers.ts";
import { accountFlag, type EntrySummary, type StoredEntry } from "../../../store/stored_entry.ts";
import { sha256Hex } from "../../../trace/fingerprint.ts";
import type { RefreshEffects } from "../../../flow/context/effects.ts";
import {
  findCredentialRepository,
  type SourceInvocation,
} from "../../shared/sign_in/credential_source.ts";
import { openStoreAs, storeMode } from "../../shared/sign_in/store_options.ts";
import type { SourceRuntime } from "../../shared/sign_in/find_sign_in.ts";
import type { CredentialRequest } from "./credential_request.ts";
import { type CredentialDocument, CredentialFailure } from "./credential_response.ts";

export interface FoundSignIn {
  readonly repository: CredentialRepository;
  /** The server URL of the sign-in, in its canonical form. */
  readonly serverUrl: string;
  readonly account: string | undefined;
  readonly loginFlags: StoredEntry["loginFlags"];
  /** The flags of the same login. */
  readonly login: OptionTexts;
}

function unsupported(url: string): Failure {
  return new Failure(
    "credential_url_unsupported",
    `${quoted(url, 300)} is not a URL of an MCP server`,
    {
      remedy:
        "Use an http or https URL in plain ASCII characters, without user info, backslashes or fragment",
    },
  );
}

/** @throws Failure `credential_url_unsupported`, `not_signed_in`, `account_ambiguous`, `store_…`. */
export async function findSignIn(
  url: string,
  invocation: SourceInvocation,
  runtime: SourceRuntime,
): Promise<FoundSignIn> {
  const servers = matchingServers(url);
  if (servers === undefined) throw unsupported(url);
  const { options } = invocation;
  const open = async (serverUrl: string, stored?: EntrySummary): Promise<FoundSignIn> => {
    const found = await findCredentialRepository(serverUrl, invocation, runtime);
    const { account, loginFlags, repository } = found;
    const login = signInOptions(stored ?? { serverUrl, ...account !== undefined && { account } });
    return { repository, serverUrl, account, loginFlags, login };
  };
  if (options.credentialsFile !== undefined) return await open(url);
  const store = await openStoreAs(storeMode(options), runtime, options);
  const login: OptionTexts = { url: servers[0], account: accountFlag(options.account) };
  for (const serverUrl of servers) {
    const stored = await store.find(serverUrl, options.account);
    const [summary] = stored.filter((it) => canonicalServer(it.serverUrl) === serverUrl);
    if (summary === undefined) continue;
    try {
      return await open(serverUrl, summary);
    } catch (error) {
      throw new CredentialFailure(toFailure(error), signInOptions(summary));
    }
  }
  const account = options.account === undefined ? "" : ` with account ${quoted(options.account)}`;
  const message = `no sign-in is stored for ${quoted(servers[0] ?? url, 300)}${account}`;
  const remedy = withCommand("Sign in", { line: commandText("login", login) });
  throw new CredentialFailure(new Failure("not_signed_in", message, { remedy }), login);
}

/** What the challenge of the refused response asks for; it is outdated if the token has changed. */
async function challengedScopes({ challenge }: CredentialRequest, isOutdated: boolean) {
  if (challenge === undefined || isOutdated) return undefined;
  const { chooseChallenge, parseChallenges } = await import("../../../oauth/mcp/challenge.ts");
  const { error, scope } = chooseChallenge(parseChallenges(challenge).challenges) ?? {};
  return error === "insufficient_scope" ? scope ?? [] : undefined;
}

/** @throws Failure `insufficient_scope`: only a person can approve more scope. */
async function assertScope(
  request: CredentialRequest,
  entry: StoredEntry,
  isOutdated: boolean,
): Promise<void> {
  const { grantedScope, requestedScopes, tokens, serverUrl } = entry;
  const challenged = await challengedScopes(request, isOutdated);
  const required = unionScopes(request.scope, challenged);
  const held = grantedScope === null ? requestedScopes ?? undefined : parseScope(grantedScope);
  if (held === undefined && challenged === undefined) return;
  const missing = missingScopes(required, held ?? [], tokens?.refreshToken !== null);
  if (missing.length === 0 && challenged?.length !== 0) return;
  const message = `the token for ${quoted(serverUrl)} ` +
    (missing.length === 0
      ? "does not have the scope that the server requires"
      : `does not have the scope ${quoted(missing.join(" "), 300)}`);
  const scopes = unionScopes(requestedScopes ?? [], held, required);
  const more = scopes.length === 0 ? {} : { scopes: scopes.join(" ") };
  throw new CredentialFailure(
    new Failure("insufficient_scope", message, {
      remedy: signInRemedy(entry, "Sign in with more scope", more),
      reference: "MCP authorization, Step-Up Authorization Flow",
    }),
    { ...signInOptions(entry), ...more },
  );
}

async function proofHeaders(
  { request }: CredentialRequest,
  entry: ValidSignIn,
  deps: RefreshEffects,
): Promise<Readonly<Record<string, string>>> {
  const needed = "the token is bound to a key (DPoP, RFC 9449)";
  if (request === undefined) {
    throw usageFailure(
      "credential_request_invalid",
      `${needed}: "request" with the method and the URL of the request is missing`,
      'Add "request":{"method":"POST","url":"<url>"}',
    );
  }
  const { method, url, nonce } = request;
  if (!matchingServers(url)?.includes(canonicalServer(entry.serverUrl))) {
    throw usageFailure(
      "credential_request_invalid",
      `"request.url" is not a URL of the server ${quoted(entry.serverUrl)}`,
      "Ask for a credential of the server that receives the request",
    );
  }
  const { tokenSigner } = await import("../../../flow/credentials/stored_client.ts");
  const { dpopProof } = await import("../../../oauth/token/dpop.ts");
  const signer = await tokenSigner(entry, deps.secrets);
  const { accessToken } = entry.tokens;
  const issuedAt = Math.floor(deps.clock.now() / 1000);
  const proof = await dpopProof(signer?.key ?? "", { method, url, nonce, accessToken, issuedAt });
  return { DPoP: proof };
}

/** A valid credential for the request, refreshed if necessary. */
export async function credentialFor(
  request: CredentialRequest,
  { repository, serverUrl, account }: FoundSignIn,
  deps: RefreshEffects,
): Promise<CredentialDocument> {
  const { rejected, minValidSeconds } = request;
  const minValidityMs = minValidSeconds && minValidSeconds * 1000;
  const before = (await repository.read())?.tokens?.accessToken;
  const isRejected = before !== undefined && rejected === `sha256:${sha256Hex(before)}`;
  const refused = isRejected ? before : undefined;
  const demand = { minValidityMs, refused };
  const entry = await validSignIn(deps, repository, serverUrl, demand, "minValidSeconds");
  await assertScope(request, entry, rejected !== undefined && !isRejected);
  const { tokens, issuer, grantedScope, certificateAtServer, client: { certificate } } = entry;
  const isBound = isBoundToKey(tokens.tokenType);
  const now = deps.clock.now();
  const left = validityLeft(tokens, now);
  const time = (left: number | null) => left === null ? null : new Date(now + left).toISOString();
  const margin = left === null ? 0 : refreshMargin(tokens, left, now, minValidityMs);
  return {
    headers: {
      Authorization: authorizationValue(tokens),
      ...isBound ? await proofHeaders(request, entry, deps) : {},
    },
    tokenType: isBound ? "DPoP" : "Bearer",
    expiresAt: time(left),
    refreshAfter: time(left === null ? null : left - margin),
    cache: isBound ? "never" : "until-expiry",
    scope: grantedScope === null ? null : parseScope(grantedScope),
    issuer,
    account: account ?? null,
    url: entry.serverUrl,
    ...certificate === undefined || certificateAtServer !== true ? {} : {
      clientCertificate: { certFile: certificate.certFile, keyFile: certificate.keyFile },
    },
  };
}
