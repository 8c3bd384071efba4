/**
 * A finished login as what is kept of it.
 *
 * @module
 */

import {
  DEFAULT_ACCOUNT,
  type StoredClient,
  type StoredEntry,
  type StoredGrant,
} from "../../store/entry.ts";
import type { SecretSource } from "../../oauth/client/client_auth.ts";
import type { CertificateFiles, ClientCertificate } from "../../oauth/client/client_certificate.ts";
import { expiryOf } from "../../oauth/token/token_expiry.ts";
import type { Client } from "../client/client_registration.ts";
import type { LoginPlan } from "../context/login_plan.ts";
import { hostsOf, namedUrls } from "../../core/named_hosts.ts";
import type { Session } from "../login/session.ts";

/** Members whose value is there. */
function present<T extends object>(members: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(
    Object.entries(members).filter(([, value]) => value !== undefined),
  ) as { [K in keyof T]?: Exclude<T[K], undefined> };
}

/** What is kept of a certificate: where it is, never its key. */
function filesOf(certificate: ClientCertificate | undefined): CertificateFiles | undefined {
  if (certificate === undefined) return undefined;
  const { certFile, keyFile, passphraseFile } = certificate;
  return { certFile, keyFile, ...present({ passphraseFile }) };
}

/** What a grant that is repeated starts from. */
function grantOf({ assertion, identityProvider }: LoginPlan): StoredGrant | undefined {
  const file = (assertion ?? identityProvider?.idToken)?.file ?? undefined;
  if (identityProvider === undefined) return file === undefined ? undefined : { file };
  const { issuer, clientId, tokenEndpoint } = identityProvider;
  const provider = { issuer, clientId, ...present({ tokenEndpoint }) };
  return { ...present({ file }), identityProvider: provider };
}

/**
 * What is kept of a session: everything that using, renewing and revoking its token needs.
 *
 * @param protocolVersion The revision whose checks applied.
 */
export function entryOf(
  plan: LoginPlan,
  protocolVersion: string,
  session: Session,
  account: string = DEFAULT_ACCOUNT,
): StoredEntry {
  const { client, token, discovery, identity } = session;
  const signedInThere = plan.identityProvider?.idToken === undefined ? identity : undefined;
  const { server } = discovery;
  const namedHosts = [...new Set(hostsOf(...namedUrls(plan)))];
  return {
    serverUrl: plan.serverUrl,
    account,
    issuer: server.issuer,
    client: {
      clientId: client.clientId,
      ...present({
        clientSecret: client.clientSecret,
        clientSecretSource: client.clientSecretSource,
        privateKey: client.method === "private_key_jwt" ? client.privateKey : undefined,
        assertionAlgorithm: client.assertionAlgorithm,
        certificate: filesOf(client.certificate),
        registeredScope: client.registeredScope,
        registrationUri: client.registrationUri,
        registrationToken: client.registrationToken,
      }),
      approach: client.approach,
      tokenAuthMethod: client.method,
      redirectUri: client.redirectUri,
    },
    tokens: {
      accessToken: token.accessToken,
      refreshToken: token.refreshToken,
      ...present({ idToken: token.idToken }),
      tokenType: token.tokenType,
      obtainedAt: new Date(session.obtainedAt).toISOString(),
      expiresAt: expiryOf(token.expiresIn, session.obtainedAt),
    },
    authMode: plan.authMode,
    requestedScopes: session.requested ?? null,
    grantedScope: token.scope ?? session.requested?.join(" ") ?? null,
    resource: discovery.resource,
    endpoints: {
      token: server.tokenEndpoint ?? "",
      ...present({
        revocation: server.revocationEndpoint,
        introspection: server.introspectionEndpoint,
      }),
    },
    protocolVersion,
    relaxations: present({
      trustIssuer: plan.trustIssuer,
      trustPkce: plan.trustPkce,
      resource: plan.resource,
    }),
    headerNames: plan.headers.map(([name]) => name),
    ...present({
      namedHosts: namedHosts.length === 0 ? undefined : namedHosts,
      grant: grantOf(plan),
      idpClientSecret: plan.identityProvider?.clientSecret,
      idpIdToken: signedInThere?.idToken,
      idpRefreshToken: signedInThere?.refreshToken ?? undefined,
      dpopKey: session.prover?.key,
      certificateAtServer: session.certificate === undefined ? undefined : true,
    }),
  };
}

/** Where a stored client secret comes from. Old entries do not say, but only DCR issues one. */
function secretSource(client: StoredClient): SecretSource | undefined {
  if (client.clientSecret === undefined) return undefined;
  return client.clientSecretSource ?? (client.approach === "dcr" ? "issued" : "given");
}

/** The client that a kept sign-in registered, for another login at the same issuer. */
export function registeredClient(
  { client, endpoints, issuer }: Pick<StoredEntry, "client" | "endpoints" | "issuer">,
): Client {
  return {
    issuer,
    tokenEndpoint: endpoints.token,
    approach: "dcr",
    clientId: client.clientId,
    clientSecret: client.clientSecret,
    clientSecretSource: secretSource(client),
    method: client.tokenAuthMethod,
    redirectUri: client.redirectUri,
    registeredScope: client.registeredScope,
    registrationUri: client.registrationUri,
    registrationToken: client.registrationToken,
  };
}

/** A sign-in whose registration was changed at the server. */
export function withClient(entry: StoredEntry, client: Client): StoredEntry {
  const { clientSecret, clientSecretSource, registeredScope } = client;
  const { registrationToken, registrationUri } = client;
  const changed = present({
    clientSecret,
    clientSecretSource,
    registeredScope,
    registrationToken,
    registrationUri,
  });
  return { ...entry, client: { ...entry.client, ...changed } };
}
