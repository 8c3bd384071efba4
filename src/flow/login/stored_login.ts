import { hostsOf, namedUrls } from "../../core/named_hosts.ts";
import { present } from "../../core/present.ts";
import type { CertificateFiles, ClientCertificate } from "../../oauth/client/client_certificate.ts";
import { expiryOf } from "../../oauth/common/issued_token.ts";
import { DEFAULT_ACCOUNT, type StoredEntry, type StoredGrant } from "../../store/stored_entry.ts";
import type { LoginPlan } from "../context/login_plan.ts";
import type { Session } from "./session.ts";

function filesOf(certificate: ClientCertificate | undefined): CertificateFiles | undefined {
  if (certificate === undefined) return undefined;
  const { certFile, keyFile, passphraseFile } = certificate;
  return { certFile, keyFile, ...present({ passphraseFile }) };
}

/** What a repeated grant starts from. */
function grantOf({ assertion, identityProvider }: LoginPlan): StoredGrant | undefined {
  const file = (assertion ?? identityProvider?.idToken)?.file ?? undefined;
  if (identityProvider === undefined) return file === undefined ? undefined : { file };
  const { issuer, clientId, tokenEndpoint } = identityProvider;
  const provider = { issuer, clientId, ...present({ tokenEndpoint }) };
  return { ...present({ file }), identityProvider: provider };
}

/**
 * The sign-in to store: everything that using, refreshing and revoking its token needs.
 *
 * @param protocolVersion The revision whose checks applied.
 */
export function toStoredEntry(
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
      dpopKey: session.signer?.key,
      certificateAtServer: session.certificate === undefined ? undefined : true,
    }),
  };
}
