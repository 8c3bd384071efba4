/** Imports the sign-in of another client: finds its authorization server, and moves its tokens. @module */

import { Failure, toFailure } from "../../core/failure.ts";
import { pickDefined } from "../../core/pick_defined.ts";
import { isFieldName, quoted } from "../../core/text.ts";
import { isEndpointUrl } from "../../core/url.ts";
import { type ClientAuthMethod, isClientAuthMethod } from "../../oauth/client/client_auth.ts";
import { subjectOf } from "../../oauth/common/jwt_claims.ts";
import { isSameParty } from "../../oauth/metadata/issuer_binding.ts";
import type { ServerMetadata } from "../../oauth/metadata/server_metadata.ts";
import type { Store } from "../../store/store.ts";
import type { StoredClient, StoredEntry } from "../../store/stored_entry.ts";
import { type InspectDeps, walkServer } from "../inspect/inspect_walk.ts";
import {
  foreignClientId,
  type ForeignSignIn,
  type ForeignTokens,
  registeredClient,
} from "./mcp_remote_folder.ts";
import { giveBack, removeTaken, takeTokens } from "./move_tokens.ts";
import { readOwnFile } from "../mcp_clients/own_files.ts";
import { hasCredential, maskUrl } from "../mcp_clients/url_credentials.ts";
import { plainCall } from "../mcp_clients/mcp_remote_call.ts";

/** mcp-remote abandons its own refresh after this time. */
const LEASE_MS = 30_000;

function refused(message: string, remedy: string): Failure {
  return new Failure("import_refused", message, { remedy });
}

/** Why a sign-in cannot be imported, without a request; undefined if it can be tried. */
export function importObstacle(found: ForeignSignIn, now: number): string | undefined {
  const { call, tokens } = found;
  if (call === undefined) return "the URL of its server is unknown";
  if (!isEndpointUrl(call.serverUrl)) return "its server is neither https, nor http on loopback";
  if (hasCredential(call.serverUrl)) {
    return `the URL of its server has a credential: ${maskUrl(call.serverUrl)}`;
  }
  if (foreignClientId(found) === undefined) return "its client ID is not stored";
  const hasExpired = tokens.expiresAt !== null && Date.parse(tokens.expiresAt) <= now;
  return hasExpired && tokens.refreshToken === null
    ? "it has expired and has no refresh token"
    : undefined;
}

interface ImportDeps extends InspectDeps {
  readonly store: Store;
  readonly account: string;
  /** Issuer of `--authorization-server`. */
  readonly authorizationServer: string | undefined;
  /** Asks a person whether an issuer at another site may receive the tokens; absent: nobody can. */
  readonly confirmIssuer?: ((issuer: string) => Promise<boolean>) | undefined;
  /** True to store the access token only, and to leave the other client's sign-in as it is. */
  readonly copy: boolean;
}

export interface ImportedSignIn {
  readonly entry: StoredEntry;
  /** True if the tokens were removed from the other client. */
  readonly moved: boolean;
}

/** @throws Failure `import_refused`, or why discovery failed. */
async function findIssuer(found: ForeignSignIn, serverUrl: string, deps: ImportDeps) {
  const { authorizationServer, confirmIssuer } = deps;
  const { resource } = found.call ?? plainCall(serverUrl);
  const plan = {
    url: serverUrl,
    protocolVersion: undefined,
    headers: [],
    stepTimeoutMs: 0,
    ...pickDefined({ authorizationServer, resource }),
  };
  const { server, resource: sent, failure } = await walkServer(plan, deps, "auto", {
    usable: () => {},
  });
  if (server === undefined) throw failure ?? refused("no authorization server was found", "");
  const registered = found.registration && registeredClient(found.registration).issuer;
  const recorded = found.tokens.issuer ?? registered;
  if (recorded !== undefined && recorded !== server.issuer) {
    throw refused(
      `the tokens belong to the issuer ${quoted(recorded)}; the server now names ` +
        quoted(server.issuer),
      "Sign in again",
    );
  }
  const isConfirmed = recorded !== undefined || authorizationServer !== undefined ||
    await isSameParty(server.issuer, serverUrl) || await confirmIssuer?.(server.issuer) === true;
  if (!isConfirmed) {
    throw new Failure(
      "import_refused",
      `${found.client} did not store the issuer, and the server names one at another site: ` +
        quoted(server.issuer),
      { remedy: "If you trust it", commandFlags: { authorizationServer: server.issuer } },
    );
  }
  return { server, resource: sent };
}

function clientOf(found: ForeignSignIn): StoredClient {
  const { call, registration } = found;
  const client = registration === undefined ? undefined : registeredClient(registration);
  const { clientSecret, registrationUri, registrationToken } = client ?? {};
  const known: ClientAuthMethod | undefined = isClientAuthMethod(client?.method)
    ? client?.method as ClientAuthMethod
    : undefined;
  const canManage = registrationUri !== undefined && registrationToken !== undefined;
  return {
    clientId: foreignClientId(found) ?? "",
    approach: call?.clientMetadataUrl === undefined ? "dcr" : "cimd",
    tokenAuthMethod: clientSecret === undefined ? "none" : known ?? "client_secret_basic",
    redirectUri: client?.redirectUri ?? null,
    ...pickDefined({ clientSecret, registeredScope: client?.scope }),
    ...clientSecret === undefined ? {} : { clientSecretSource: "issued" as const },
    ...canManage ? { registrationUri, registrationToken } : {},
  };
}

function entryOf(
  found: ForeignSignIn,
  tokens: ForeignTokens,
  serverUrl: string,
  { server, resource }: { readonly server: ServerMetadata; readonly resource?: string | undefined },
  { account, copy }: ImportDeps,
): StoredEntry {
  const { accessToken, idToken, tokenType, obtainedAt, expiresAt, scope } = tokens;
  const { requestedScopes } = tokens;
  return {
    serverUrl,
    account,
    issuer: server.issuer,
    client: clientOf(found),
    tokens: {
      accessToken,
      refreshToken: copy ? null : tokens.refreshToken,
      tokenType,
      obtainedAt,
      expiresAt,
      ...pickDefined({ idToken }),
    },
    authMode: "interactive",
    requestedScopes,
    grantedScope: scope,
    resource: resource ?? null,
    endpoints: {
      token: server.tokenEndpoint ?? "",
      revocation: server.revocationEndpoint,
      introspection: server.introspectionEndpoint,
    },
    protocolVersion: "auto",
    relaxations: {},
    headerNames: found.call?.headers.map(([name]) => name).filter(isFieldName) ?? [],
    subject: subjectOf(idToken),
  };
}

async function assertIdle({ leasePath }: ForeignSignIn, now: number): Promise<void> {
  const lease = await readOwnFile(leasePath);
  if (lease !== undefined && now - lease.modifiedAt < LEASE_MS) {
    throw refused(
      "mcp-remote is refreshing this token now",
      "Wait 30 s, then run the command again",
    );
  }
}

/**
 * Stores the sign-in, and then removes a refresh token from the other client: a server that rotates
 * refresh tokens revokes the sign-in if two clients use one (RFC 9700 §4.14.2).
 *
 * @throws Failure `import_refused`, `store_…`, or why discovery failed; nothing was removed then.
 */
export async function importSignIn(
  found: ForeignSignIn,
  deps: ImportDeps,
): Promise<ImportedSignIn> {
  const { store, clock, secrets, copy } = deps;
  const serverUrl = found.call?.serverUrl ?? "";
  const issuer = await findIssuer(found, serverUrl, deps);
  await assertIdle(found, clock.now());
  const write = async (tokens: ForeignTokens) => {
    const { clientSecret, registrationToken } = clientOf(found);
    const { accessToken, refreshToken, idToken } = tokens;
    for (const secret of [accessToken, refreshToken, idToken, clientSecret, registrationToken]) {
      secrets.add(secret);
    }
    const entry = entryOf(found, tokens, serverUrl, issuer, deps);
    return { entry, key: (await store.write(entry, "imported")).key };
  };
  const { entry, key } = await write(found.tokens);
  if (copy || found.tokens.refreshToken === null) return { entry, moved: false };
  // Two clients must not have one refresh token.
  const undo = async (error: unknown): Promise<never> => {
    await store.remove(key);
    throw toFailure(error);
  };
  const taken = await takeTokens(found).catch(undo);
  // The other client may have refreshed meanwhile: then its newer token is the valid one.
  const isNewer = taken.tokens.refreshToken !== found.tokens.refreshToken;
  const stored = !isNewer
    ? entry
    : await write(taken.tokens).then((it) => it.entry, async (error) => {
      await giveBack(taken.path);
      return await undo(error);
    });
  await removeTaken(taken.path);
  return { entry: stored, moved: true };
}
