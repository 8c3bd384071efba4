/**
 * A real authorization server, on `oidc-provider`.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import type { IncomingMessage, ServerResponse } from "node:http";
import { jwtVerifier } from "./bearer.ts";
import type { Jwks, TokenVerifier } from "./bearer.ts";
import { startNodeServer } from "./node_server.ts";
import { loadOidc, memoryAdapter } from "./oidc.ts";
import type { OidcContext, OidcModule, OidcProvider } from "./oidc.ts";
import type { LabServer, LabServerOptions } from "./scripted_server.ts";

/** How a client authenticates at the token endpoint. */
export type LabAuthMethod =
  | "none"
  | "client_secret_basic"
  | "client_secret_post"
  | "private_key_jwt";

/** A client known beforehand. */
export interface LabClient {
  /** `client_id`. */
  readonly clientId: string;
  /** `client_secret`. */
  readonly clientSecret?: string;
  /** Default: `client_secret_basic` with a secret, `none` without. */
  readonly authMethod?: LabAuthMethod;
  /** Default `http://127.0.0.1/callback` (any port). */
  readonly redirectUris?: readonly string[];
  /** Default `authorization_code` and `refresh_token`. */
  readonly grantTypes?: readonly string[];
  /** Public keys, for `private_key_jwt`. */
  readonly jwks?: Jwks;
}

/** Dynamic client registration. */
export interface RegistrationOptions {
  /** Bearer token that registering needs. */
  readonly initialAccessToken?: string;
  /** Reading, updating and deleting a registration (RFC 7592); default true. */
  readonly management?: boolean;
}

/** A document at a well-known URL: RFC 8414, OpenID Connect inserted, OpenID Connect appended. */
export type WellKnown = "oauth" | "oidc" | "oidc_appended";

/** Options of {@link startAuthorizationServer}. */
export interface AuthorizationServerOptions extends LabServerOptions {
  /** Path of the issuer, e.g. `/tenant1`; `/` gives an issuer that ends in a slash. Default none. */
  readonly issuerPath?: string;
  /** Default all three. */
  readonly wellKnown?: readonly WellKnown[];
  /** Last word on the metadata document. */
  readonly metadata?: (document: Record<string, unknown>) => Record<string, unknown>;
  /** Default true. */
  readonly registration?: boolean | RegistrationOptions;
  /** Clients known beforehand. */
  readonly clients?: readonly LabClient[];
  /** Client ID metadata documents by URL: turns CIMD on; nothing is fetched. */
  readonly clientDocuments?: Readonly<Record<string, object>>;
  /** Token endpoint authentication offered; default `none`, basic and post. */
  readonly authMethods?: readonly LabAuthMethod[];
  /** `scopes_supported`; default `openid`, `offline_access`, `mcp:read`, `mcp:write`, `mcp:admin`. */
  readonly scopes?: readonly string[];
  /** Scope of a request that asks for none; default `mcp:read`. */
  readonly defaultScope?: string;
  /** Which of the requested scopes are granted; default all. */
  readonly grantScopes?: (requested: readonly string[]) => readonly string[];
  /** `auto` consents by itself, `page` shows a page with a button, `deny` refuses. Default `auto`. */
  readonly consent?: "auto" | "page" | "deny";
  /** Resources that tokens can be asked for; more by `addResource`. */
  readonly resources?: readonly string[];
  /** Resource of requests that name none; default none, which gives a token without audience. */
  readonly defaultResource?: string;
  /** Form of access tokens; default `jwt`. */
  readonly accessTokens?: "jwt" | "opaque";
  /** Seconds an access token lives; default 3600. */
  readonly accessTokenTtl?: number;
  /** When a refresh token is issued to a client that may have one; default `always`. */
  readonly refreshTokens?: "always" | "offline_access" | "never";
  /** Whether each use of a refresh token replaces it; default true. */
  readonly rotateRefreshTokens?: boolean;
  /** Default true. */
  readonly clientCredentials?: boolean;
  /** Default true. */
  readonly revocation?: boolean;
  /** Default true. */
  readonly introspection?: boolean;
  /** Pushed authorization requests; default false. */
  readonly par?: boolean | "required";
  /** DPoP; `nonce` also demands the server's nonce. Default false. */
  readonly dpop?: boolean | "nonce";
  /** Device authorization grant; default false. */
  readonly device?: boolean;
}

/** A running authorization server. */
export interface LabAuthorizationServer extends LabServer {
  /** Issuer identifier. */
  readonly issuer: string;
  /** Its public keys. */
  readonly jwks: Jwks;
  /** Checks its access tokens without asking it over the network. */
  readonly verify: TokenVerifier;
  /** Lets access tokens age by so many seconds, for `verify`. */
  passTime(seconds: number): void;
  /** Makes a resource known. */
  addResource(resource: string): void;
  /** Resource of requests that name none, from now on. */
  setDefaultResource(resource: string): void;
}

const DEFAULT_SCOPES = ["openid", "offline_access", "mcp:read", "mcp:write", "mcp:admin"];
const ACCOUNT = "ada";

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
  };
}

async function signingKey(): Promise<{ private: JsonWebKey; jwks: Jwks }> {
  const algorithm = { name: "ECDSA", namedCurve: "P-256" };
  const pair = await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const { kty, crv, x, y, d } = await crypto.subtle.exportKey("jwk", pair.privateKey);
  const named = { kty, crv, x, y, kid: "lab", alg: "ES256", use: "sig" };
  return { private: { ...named, d } as JsonWebKey, jwks: { keys: [named] } };
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

function features(
  options: AuthorizationServerOptions,
  oidc: OidcModule,
  resources: Set<string>,
  byDefault: () => string | undefined,
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
    revocation: { enabled: options.revocation !== false, allowedPolicy: () => true },
    introspection: { enabled: options.introspection !== false, allowedPolicy: () => true },
    pushedAuthorizationRequests: {
      enabled: Boolean(options.par),
      requirePushedAuthorizationRequests: options.par === "required",
    },
    dPoP: {
      enabled: Boolean(options.dpop),
      ...(options.dpop === "nonce" && {
        nonceSecret: Buffer.from(crypto.getRandomValues(new Uint8Array(32))),
        requireNonce: () => true,
      }),
    },
    deviceFlow: { enabled: Boolean(options.device) },
    resourceIndicators: {
      enabled: true,
      defaultResource: (_: unknown, __: unknown, oneOf?: string[]) => oneOf?.[0] ?? byDefault(),
      useGrantedResource: () => true,
      getResourceServerInfo(_: unknown, resource: string) {
        const { InvalidTarget } = oidc.errors;
        if (!resources.has(resource)) throw InvalidTarget ? new InvalidTarget() : new Error();
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

const CONSENT_PAGE = `<!doctype html><html lang="en"><title>Allow access?</title>
<h1>Allow access?</h1><form method="post">
<button name="decision" value="allow">Allow</button>
<button name="decision" value="deny">Deny</button></form></html>`;

/** Starts an authorization server on a free loopback port; loads `oidc-provider`. */
export async function startAuthorizationServer(
  options: AuthorizationServerOptions = {},
): Promise<LabAuthorizationServer> {
  const [oidc, key, http] = await Promise.all([
    loadOidc(),
    signingKey(),
    startNodeServer({ ...options, name: options.name ?? "as" }),
  ]);
  const issuer = http.origin + (options.issuerPath ?? "");
  const mount = (options.issuerPath ?? "").replace(/\/$/, "");
  const resources = new Set(options.resources);
  let defaultResource = options.defaultResource;
  let skew = 0;
  const now = () => Date.now() + skew;
  const scopes = options.scopes ?? DEFAULT_SCOPES;

  const provider: OidcProvider = new oidc.Provider(issuer, {
    adapter: memoryAdapter(),
    jwks: { keys: [key.private] },
    clients: (options.clients ?? []).map(clientMetadata),
    clientDefaults: { id_token_signed_response_alg: "ES256" },
    clientAuthMethods: options.authMethods ?? ["none", "client_secret_basic", "client_secret_post"],
    responseTypes: ["code"],
    scopes,
    pkce: { required: () => true },
    features: features(options, oidc, resources, () => defaultResource),
    interactions: {
      policy: policy(oidc, options.consent),
      url: (_: unknown, interaction: { uid: string }) => `${mount}/interaction/${interaction.uid}`,
    },
    loadExistingGrant: autoGrant(options, () => provider),
    issueRefreshToken: issueRefreshToken(options.refreshTokens),
    rotateRefreshToken: options.rotateRefreshTokens ?? true,
    expiresWithSession: () => false,
    clientBasedCORS: () => false,
    findAccount: (_: unknown, sub: string) => ({ accountId: sub, claims: () => ({ sub }) }),
    ttl: {
      AccessToken: options.accessTokenTtl ?? 3600,
      ClientCredentials: options.accessTokenTtl ?? 3600,
      RefreshToken: 86400,
      Session: 86400,
      Grant: 86400,
      Interaction: 3600,
      IdToken: 3600,
      DeviceCode: 600,
    },
    fetch: (url: string) =>
      Response.json(options.clientDocuments?.[url] ?? {}, {
        status: options.clientDocuments?.[url] ? 200 : 404,
      }),
    renderError(ctx: OidcContext, out: Record<string, string>) {
      ctx.type = "html";
      ctx.body = `<!doctype html><title>${out["error"]}</title><p>${out["error_description"]}</p>`;
    },
  });
  provider.on("server_error", (_, error) => reportError(error));
  provider.use(async (ctx, next) => {
    await next();
    if (options.metadata && ctx.path.startsWith("/.well-known/")) {
      ctx.body = options.metadata(ctx.body as Record<string, unknown>);
    }
  });
  const answer = provider.callback();

  const wellKnown: Readonly<Record<WellKnown, readonly [path: string, inner: string]>> = {
    oauth: [
      "/.well-known/oauth-authorization-server" + mount,
      "/.well-known/oauth-authorization-server",
    ],
    oidc: ["/.well-known/openid-configuration" + mount, "/.well-known/openid-configuration"],
    oidc_appended: [
      mount + "/.well-known/openid-configuration",
      "/.well-known/openid-configuration",
    ],
  };
  const documents = new Map(
    (options.wellKnown ?? ["oauth", "oidc", "oidc_appended"] as const).map((name) =>
      wellKnown[name]
    ),
  );

  async function startSession(req: IncomingMessage): Promise<void> {
    const session = new provider.Session({
      accountId: ACCOUNT,
      loginTs: Math.floor(Date.now() / 1000),
    });
    await session.save(3600);
    req.headers.cookie = `_session=${session.id}`;
  }

  async function interact(req: IncomingMessage, res: ServerResponse): Promise<void> {
    if (req.method !== "POST") {
      res.writeHead(200, { "content-type": "text/html; charset=utf-8" }).end(CONSENT_PAGE);
      return;
    }
    let body = "";
    for await (const chunk of req) body += new TextDecoder().decode(chunk);
    const allowed = new URLSearchParams(body).get("decision") === "allow";
    await provider.interactionFinished(
      req,
      res,
      allowed
        ? { login: { accountId: ACCOUNT } }
        : { error: "access_denied", error_description: "the person said no" },
    );
  }

  /** Takes the mount point off the URL, as a mounted application sees it. */
  function enter(req: IncomingMessage, inner: string): void {
    (req as { originalUrl?: string }).originalUrl = mount + inner;
    req.url = inner;
  }

  /**
   * Scope by default; and `prompt=consent`, without which `oidc-provider` drops `offline_access`
   * although MCP clients have no reason to send it.
   */
  function missing(query = ""): string {
    const scope = new URLSearchParams(query).get("scope");
    const added = new URLSearchParams({
      ...(scope === null && { scope: options.defaultScope ?? "mcp:read" }),
      ...(scope?.includes("offline_access") && { prompt: "consent" }),
    });
    return added.size === 0 ? "" : `&${added}`;
  }

  async function route(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const [path = "", query] = (req.url ?? "").split("?", 2);
    const document = documents.get(path);
    if (document) {
      enter(req, document);
    } else if (path.includes("/.well-known/") || !path.startsWith(`${mount}/`)) {
      return void res.writeHead(404, { "content-type": "text/plain" }).end("not found");
    } else if (path.startsWith(`${mount}/interaction/`)) {
      return await interact(req, res);
    } else {
      const isAuthorization = path === `${mount}/auth`;
      enter(req, (req.url ?? "").slice(mount.length) + (isAuthorization ? missing(query) : ""));
      if (isAuthorization && options.consent !== "page") await startSession(req);
    }
    await answer(req, res);
  }
  http.handle((req, res) => {
    route(req, res).catch((error) => {
      reportError(error);
      if (!res.headersSent) res.writeHead(500);
      res.end();
    });
  });

  const verifyOpaque: TokenVerifier = async (token, resource) => {
    const found = await provider.AccessToken.find(token) ??
      await provider.ClientCredentials.find(token);
    if (!found || found.exp * 1000 <= now()) return "unknown, expired or revoked token";
    if (![found.aud].flat().includes(resource)) return "the token is for another resource";
    return {
      scopes: found.scope?.split(" ") ?? [],
      clientId: found.clientId,
      ...(found.accountId && { subject: found.accountId }),
    };
  };

  return {
    ...http,
    issuer,
    jwks: key.jwks,
    verify: options.accessTokens === "opaque" ? verifyOpaque : jwtVerifier(issuer, key.jwks, now),
    passTime: (seconds) => void (skew += seconds * 1000),
    addResource: (resource) => void resources.add(resource),
    setDefaultResource: (resource) => defaultResource = resource,
  };
}
