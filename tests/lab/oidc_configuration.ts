/**
 * A test's wishes in the terms of `oidc-provider`.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import type { IncomingMessage } from "node:http";
import type { TLSSocket } from "node:tls";
import type { AuthorizationServerOptions, LabClient } from "./authorization_server_options.ts";
import { memoryAdapter } from "./oidc.ts";
import type { OidcContext, OidcModule, OidcProvider } from "./oidc.ts";

/** What the configuration needs to know of the server around it. */
export interface OidcSurroundings {
  /** Private key that signs tokens. */
  readonly signingKey: JsonWebKey;
  /** Path of the consent page, to which an identifier is added. */
  readonly interactionPath: string;
  /** Known resources. */
  readonly resources: ReadonlySet<string>;
  /** Resource of requests that name none, asked at each request. */
  readonly defaultResource: () => string | undefined;
  /** The provider, once it exists. */
  readonly provider: () => OidcProvider;
}

const DEFAULT_SCOPES = ["openid", "offline_access", "mcp:read", "mcp:write", "mcp:admin"];

function clientMetadata(client: LabClient): Record<string, unknown> {
  return {
    client_id: client.clientId,
    ...(client.clientSecret && { client_secret: client.clientSecret }),
    token_endpoint_auth_method: client.authMethod ??
      (client.clientSecret ? "client_secret_basic" : "none"),
    redirect_uris: client.redirectUris ?? ["http://127.0.0.1/callback"],
    grant_types: client.grantTypes ?? ["authorization_code", "refresh_token"],
    response_types: !client.grantTypes || client.grantTypes.includes("authorization_code")
      ? ["code"]
      : [],
    application_type: "native",
    ...(client.jwks && { jwks: client.jwks }),
    ...client.metadata,
  };
}

/** Grants what is asked for, so that the only question left is whether a person is there. */
function autoGrant(options: AuthorizationServerOptions, provider: () => OidcProvider) {
  return async ({ oidc }: OidcContext) => {
    const { Grant } = provider();
    const grant = new Grant({
      clientId: oidc.client.clientId,
      accountId: oidc.session.accountId,
    });
    const requested = [...oidc.requestParamScopes];
    const granted = new Set(options.grantScopes?.(requested) ?? requested);
    grant.addOIDCScope([...oidc.requestParamOIDCScopes].filter((s) => granted.has(s)).join(" "));
    for (const resource of Object.keys(oidc.resourceServers)) {
      grant.addResourceScope(resource, [...granted].join(" "));
    }
    await grant.save();
    return grant;
  };
}

function policy(oidc: OidcModule, consent: AuthorizationServerOptions["consent"]): object {
  const { base, Check } = oidc.interactionPolicy;
  const prompts = base();
  const reasons = [
    "consent_prompt",
    "native_client_prompt",
    "op_scopes_missing",
    "rs_scopes_missing",
  ];
  for (const reason of reasons) prompts.get("consent").checks.remove(reason);
  if (consent === "deny") {
    prompts.get("login").checks.add(
      new Check("denied", "the person said no", "access_denied", () => {
        const { AccessDenied } = oidc.errors;
        throw AccessDenied ? new AccessDenied("the person said no") : new Error("access_denied");
      }),
    );
  }
  return prompts;
}

function issueRefreshToken(when: AuthorizationServerOptions["refreshTokens"] = "always") {
  return (
    _: unknown,
    client: { grantTypeAllowed(grant: string): boolean },
    source: { scopes: ReadonlySet<string> },
  ) =>
    client.grantTypeAllowed("refresh_token") &&
    { always: true, offline_access: source.scopes.has("offline_access"), never: false }[when];
}

/** @param body With the form of the provider. */
function devicePage(ctx: OidcContext, body: string): void {
  ctx.type = "html";
  ctx.body = `<!doctype html><html lang="en"><title>Device sign-in</title>${body}`;
}

function codePage(ctx: OidcContext, form: string): void {
  const button = '<button type="submit" form="op.deviceInputForm">Continue</button>';
  devicePage(ctx, `<h1>Enter the code of the device</h1>${form}${button}`);
}

function confirmPage(
  ctx: OidcContext,
  form: string,
  client: { readonly clientId: string },
  _: unknown,
  code: string,
): void {
  const buttons = '<button type="submit" form="op.deviceConfirmForm">Allow</button> ' +
    '<button type="submit" form="op.deviceConfirmForm" name="abort" value="yes">Deny</button>';
  const text = `<p>Client ${encodeURIComponent(client.clientId)}, code ${code}</p>`;
  devicePage(ctx, `<h1>Allow access?</h1>${text}${form}${buttons}`);
}

/** The certificate that a client presented, PEM. */
export function peerCertificate(req: IncomingMessage): string | undefined {
  const { raw } = (req.socket as Partial<TLSSocket>).getPeerCertificate?.() ?? {};
  if (raw === undefined) return undefined;
  const der = new Uint8Array(raw).toBase64();
  return `-----BEGIN CERTIFICATE-----\n${der}\n-----END CERTIFICATE-----`;
}

function subjectMatches(socket: TLSSocket, property: string, expected: string): boolean {
  const { subject, subjectaltname = "" } = socket.getPeerCertificate();
  return property === "tls_client_auth_subject_dn"
    ? expected === `CN=${subject.CN}`
    : subjectaltname.split(", ").includes(`DNS:${expected}`);
}

function features(
  options: AuthorizationServerOptions,
  oidc: OidcModule,
  around: OidcSurroundings,
) {
  const registration = typeof options.registration === "object" ? options.registration : {};
  const jwt = options.accessTokens !== "opaque";
  return {
    devInteractions: { enabled: false },
    userinfo: { enabled: false },
    rpInitiatedLogout: { enabled: false },
    registration: {
      enabled: options.registration !== false,
      ...(registration.initialAccessToken && {
        initialAccessToken: registration.initialAccessToken,
      }),
    },
    registrationManagement: {
      enabled: options.registration !== false && registration.management !== false,
    },
    clientIdMetadataDocument: { enabled: options.clientDocuments !== undefined, ack: "draft-02" },
    clientCredentials: { enabled: options.clientCredentials !== false },
    revocation: {
      enabled: options.revocation !== false,
      allowedPolicy: (_: unknown, client: { clientId: string }, token: { clientId: string }) =>
        client.clientId === token.clientId,
    },
    introspection: { enabled: options.introspection !== false, allowedPolicy: () => true },
    pushedAuthorizationRequests: {
      enabled: Boolean(options.par),
      requirePushedAuthorizationRequests: options.par === "required",
    },
    requestObjects: {
      enabled: options.signedRequests === true,
      requireSignedRequestObject: options.signedRequests === true,
    },
    dPoP: {
      enabled: Boolean(options.dpop),
      ...(options.dpop === "nonce" && {
        nonceSecret: Buffer.from(crypto.getRandomValues(new Uint8Array(32))),
        requireNonce: () => true,
      }),
    },
    deviceFlow: {
      enabled: Boolean(options.device),
      userCodeInputSource: codePage,
      userCodeConfirmSource: confirmPage,
      successSource: (ctx: OidcContext) =>
        devicePage(ctx, "<h1>Signed in</h1><p>You can close this page.</p>"),
    },
    mTLS: {
      enabled: Boolean(options.mtls),
      certificateBoundAccessTokens: true,
      tlsClientAuth: true,
      selfSignedTlsClientAuth: true,
      getCertificate: (ctx: OidcContext) => peerCertificate(ctx.req),
      certificateAuthorized: (ctx: OidcContext) => (ctx.req.socket as TLSSocket).authorized,
      certificateSubjectMatches: (ctx: OidcContext, property: string, expected: string) =>
        subjectMatches(ctx.req.socket as TLSSocket, property, expected),
    },
    resourceIndicators: {
      enabled: true,
      defaultResource: (_: unknown, __: unknown, oneOf?: string[]) =>
        oneOf?.[0] ??
          around.defaultResource(),
      useGrantedResource: () => true,
      getResourceServerInfo(_: unknown, resource: string) {
        const { InvalidTarget } = oidc.errors;
        if (!around.resources.has(resource)) {
          throw InvalidTarget ? new InvalidTarget() : new Error();
        }
        return {
          scope: (options.scopes ?? DEFAULT_SCOPES).join(" "),
          audience: resource,
          accessTokenFormat: options.accessTokens ?? "jwt",
          accessTokenTTL: options.accessTokenTtl ?? 3600,
          ...(jwt && { jwt: { sign: { alg: "ES256" } } }),
        };
      },
    },
  };
}

/** `base` with the members of `changes`, at any depth. */
function merge(
  base: Readonly<Record<string, unknown>>,
  changes: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const merged = Object.entries(changes).map(([name, change]) => {
    const value = base[name];
    return [name, isObject(value) && isObject(change) ? merge(value, change) : change];
  });
  return { ...base, ...Object.fromEntries(merged) };
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** The configuration of a provider. */
export function oidcConfiguration(
  options: AuthorizationServerOptions,
  oidc: OidcModule,
  around: OidcSurroundings,
): object {
  const accessTokenTtl = options.accessTokenTtl ?? 3600;
  const documents = options.clientDocuments ?? {};
  const configuration = {
    adapter: memoryAdapter(options.pushedRequestsExpire ? ["PushedAuthorizationRequest"] : []),
    jwks: { keys: [around.signingKey] },
    clients: (options.clients ?? []).map(clientMetadata),
    clientDefaults: { id_token_signed_response_alg: "ES256" },
    clientAuthMethods: options.authMethods ?? ["none", "client_secret_basic", "client_secret_post"],
    responseTypes: ["code"],
    scopes: options.scopes ?? DEFAULT_SCOPES,
    pkce: { required: () => true },
    features: features(options, oidc, around),
    interactions: {
      policy: policy(oidc, options.consent),
      url: (_: unknown, interaction: { uid: string }) => around.interactionPath + interaction.uid,
    },
    loadExistingGrant: autoGrant(options, around.provider),
    issueRefreshToken: issueRefreshToken(options.refreshTokens),
    rotateRefreshToken: options.rotateRefreshTokens ?? true,
    expiresWithSession: () => false,
    clientBasedCORS: () => false,
    findAccount: (_: unknown, sub: string) => ({ accountId: sub, claims: () => ({ sub }) }),
    ttl: {
      AccessToken: accessTokenTtl,
      ClientCredentials: accessTokenTtl,
      RefreshToken: 86400,
      Session: 86400,
      Grant: 86400,
      Interaction: 3600,
      IdToken: 3600,
      DeviceCode: 600,
    },
    fetch(url: string, init: RequestInit) {
      const document = documents[url];
      if (typeof document === "string") return fetch(document, init);
      return Response.json(document ?? {}, { status: document ? 200 : 404 });
    },
    renderError(ctx: OidcContext, out: Record<string, string>) {
      ctx.type = "html";
      ctx.body = `<!doctype html><title>${out["error"]}</title><p>${out["error_description"]}</p>`;
    },
  };
  return merge(configuration, options.settings ?? {});
}
