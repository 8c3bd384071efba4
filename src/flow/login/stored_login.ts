import { hostsOf, namedUrls } from "../../core/named_hosts.ts";
import { pickDefined } from "../../core/pick_defined.ts";
import type { CertificateFiles, ClientCertificate } from "../../oauth/client/client_certificate.ts";
import { subjectOf } from "../../oauth/common/jwt_claims.ts";
import {
  DEFAULT_ACCOUNT,
  type StoredEntry,
  type StoredFlags,
  type StoredGrant,
} from "../../store/stored_entry.ts";
import type { Registration } from "../context/login_context.ts";
import type { LoginPlan } from "../context/login_plan.ts";
import type { Session } from "./session.ts";

function filesOf(certificate: ClientCertificate | undefined): CertificateFiles | undefined {
  if (certificate === undefined) return undefined;
  const { certFile, keyFile, passphraseFile } = certificate;
  return { certFile, keyFile, ...pickDefined({ passphraseFile }) };
}

/** What a repeated grant starts from. */
function grantOf({ assertion, identityProvider }: LoginPlan): StoredGrant | undefined {
  const file = (assertion ?? identityProvider?.idToken)?.file ?? undefined;
  if (identityProvider === undefined) return file === undefined ? undefined : { file };
  const { issuer, clientId, tokenEndpoint } = identityProvider;
  const provider = { issuer, clientId, ...pickDefined({ tokenEndpoint }) };
  return { ...pickDefined({ file }), identityProvider: provider };
}

/**
 * The entry of a client that was registered, before anybody signs in with it.
 *
 * @param protocolVersion The revision whose checks applied.
 */
export function toRegisteredEntry(
  plan: LoginPlan,
  protocolVersion: string,
  { client, server }: Registration,
  account: string = DEFAULT_ACCOUNT,
  loginFlags?: StoredFlags,
): StoredEntry {
  const { serverUrl, authMode, trustIssuer, trustPkce, resource } = plan;
  const { audienceIsEndpoint, clientId, clientIdInForm, approach, method } = client;
  const { clientName, redirectUri, registeredScope } = client;
  const { clientSecret, clientSecretSource, registrationUri, registrationToken } = client;
  const namedHosts = [...new Set(hostsOf(...namedUrls(plan)))];
  return {
    serverUrl,
    account,
    issuer: server.issuer,
    client: {
      clientId,
      clientName,
      clientSecret,
      clientSecretSource,
      privateKey: method === "private_key_jwt" ? client.privateKey : undefined,
      assertionAlgorithm: client.assertionAlgorithm,
      certificate: filesOf(client.certificate),
      registeredScope,
      registrationUri,
      registrationToken,
      approach,
      tokenAuthMethod: method,
      clientIdInForm,
      audienceIsEndpoint,
      redirectUri,
    },
    tokens: null,
    registeredOnly: true,
    authMode,
    requestedScopes: null,
    grantedScope: null,
    resource: null,
    endpoints: {
      token: server.tokenEndpoint ?? "",
      revocation: server.revocationEndpoint,
      introspection: server.introspectionEndpoint,
    },
    protocolVersion,
    relaxations: pickDefined({ trustIssuer, trustPkce, resource }),
    loginFlags,
    headerNames: plan.headers.map(([name]) => name),
    namedHosts: namedHosts.length === 0 ? undefined : namedHosts,
  };
}

/** @param protocolVersion The revision whose checks applied. */
export function toStoredEntry(
  plan: LoginPlan,
  protocolVersion: string,
  session: Session,
  account?: string,
  loginFlags?: StoredFlags,
): StoredEntry {
  const { client, token, discovery, obtainedAt, requested } = session;
  const { accessToken, refreshToken, idToken, tokenType } = token;
  const { identityProvider } = plan;
  const identity = identityProvider?.idToken === undefined ? session.identity : undefined;
  const registration = { client, server: discovery.server };
  const { resourceMetadataUrl } = discovery;
  const flags = resourceMetadataUrl === undefined
    ? loginFlags
    : { ...loginFlags, resourceMetadata: resourceMetadataUrl };
  return {
    ...toRegisteredEntry(plan, protocolVersion, registration, account, flags),
    registeredOnly: undefined,
    subject: subjectOf(idToken),
    tokens: {
      accessToken,
      refreshToken,
      idToken,
      tokenType,
      obtainedAt: new Date(obtainedAt).toISOString(),
      expiresAt: session.expiresAt,
    },
    requestedScopes: requested ?? null,
    grantedScope: token.scope ?? requested?.join(" ") ?? null,
    resource: discovery.resource,
    grant: grantOf(plan),
    idpClientSecret: identityProvider?.clientSecret,
    idpIdToken: identity?.idToken,
    idpRefreshToken: identity?.refreshToken ?? undefined,
    dpopKey: session.signer?.key,
    certificateAtServer: session.certificate === undefined ? undefined : true,
  };
}
