/**
 * A real authorization server, on `oidc-provider`.
 *
 * @module
 */

import type { IncomingMessage, ServerResponse } from "node:http";
import type { AuthorizationServerOptions } from "./authorization_server_options.ts";
import { jwtVerifier } from "./bearer.ts";
import type { Jwks, TokenVerifier } from "./bearer.ts";
import { addTokenExchange } from "./identity_exchange.ts";
import { wellKnownPaths } from "./issuer_paths.ts";
import { type NodeHandler, startNodeServer } from "./node_server.ts";
import { loadOidc } from "./oidc.ts";
import type { OidcProvider } from "./oidc.ts";
import { oidcConfiguration } from "./oidc_configuration.ts";
import type { LabServer } from "./scripted_server.ts";

export type {
  AuthorizationServerOptions,
  LabAuthMethod,
  LabClient,
  RegistrationOptions,
  WellKnown,
} from "./authorization_server_options.ts";

/** A running authorization server. */
export interface LabAuthorizationServer extends LabServer {
  /** Issuer identifier. */
  readonly issuer: string;
  /** Where it asks for client certificates. */
  readonly mtlsOrigin: string | undefined;
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

const ACCOUNT = "ada";
const OAUTH_DOCUMENT = "/.well-known/oauth-authorization-server";
const OIDC_DOCUMENT = "/.well-known/openid-configuration";
const ALL_DOCUMENTS = ["oauth", "oidc", "oidc_appended"] as const;

const CONSENT_PAGE = `<!doctype html><html lang="en"><title>Allow access?</title>
<h1>Allow access?</h1><form method="post">
<button name="decision" value="allow">Allow</button>
<button name="decision" value="deny">Deny</button></form></html>`;

async function signingKey(): Promise<{ private: JsonWebKey; jwks: Jwks }> {
  const algorithm = { name: "ECDSA", namedCurve: "P-256" };
  const pair = await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const { kty, crv, x, y, d } = await crypto.subtle.exportKey("jwk", pair.privateKey);
  const named = { kty, crv, x, y, kid: "lab", alg: "ES256", use: "sig" };
  return { private: { ...named, d } as JsonWebKey, jwks: { keys: [named] } };
}

/** Starts an authorization server on a free loopback port; loads `oidc-provider`. */
export async function startAuthorizationServer(
  options: AuthorizationServerOptions = {},
): Promise<LabAuthorizationServer> {
  const [oidc, key, http] = await Promise.all([
    loadOidc(),
    signingKey(),
    startNodeServer({ ...options, name: options.name ?? "as" }),
  ]);
  const { mtls: certified, tls } = options;
  const mtls = certified && tls &&
    await startNodeServer({ ...options, name: "mtls", tls: { ...tls, ...certified } });
  const issuer = http.origin + (options.issuerPath ?? "");
  const mount = (options.issuerPath ?? "").replace(/\/$/, "");
  const resources = new Set(options.resources);
  let defaultResource = options.defaultResource;
  let skew = 0;
  const now = () => Date.now() + skew;

  const provider: OidcProvider = new oidc.Provider(
    issuer,
    oidcConfiguration(options, oidc, {
      signingKey: key.private,
      interactionPath: `${mount}/interaction/`,
      resources,
      defaultResource: () => defaultResource,
      provider: () => provider,
    }),
  );
  if (options.exchange !== undefined) {
    const around = { issuer, signingKey: key.private, jwks: key.jwks };
    addTokenExchange(provider, oidc, options.exchange, around);
  }
  provider.on("server_error", (_, error) => reportError(error));
  provider.use(async (ctx, next) => {
    await next();
    if (!ctx.path.startsWith("/.well-known/")) return;
    if (mtls !== undefined) ctx.body = withAliases(ctx.body as Record<string, unknown>);
    if (options.metadata) ctx.body = options.metadata(ctx.body as Record<string, unknown>);
  });
  const answer = provider.callback();

  /** Names the endpoints where certificates are asked for (RFC 8705 §5). */
  function withAliases(document: Record<string, unknown>): Record<string, unknown> {
    const aliases = Object.entries(document).flatMap(([name, value]) =>
      typeof value === "string" && /_endpoint$/.test(name) && name !== "authorization_endpoint"
        ? [[name, value.replace(http.origin, mtls?.origin ?? "")]]
        : []
    );
    return { ...document, mtls_endpoint_aliases: Object.fromEntries(aliases) };
  }

  const inner = { oauth: OAUTH_DOCUMENT, oidc: OIDC_DOCUMENT, oidc_appended: OIDC_DOCUMENT };
  const paths = wellKnownPaths(issuer);
  const documents = new Map(
    (options.wellKnown ?? ALL_DOCUMENTS).map((name) => [paths[name], inner[name]]),
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
    const given = new URLSearchParams(query);
    const scope = given.get("scope");
    const added = new URLSearchParams({
      ...(scope === null && { scope: options.defaultScope ?? "mcp:read" }),
      ...(scope?.includes("offline_access") && !given.has("prompt") && { prompt: "consent" }),
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
  const handle: NodeHandler = (req, res) => {
    route(req, res).catch((error) => {
      reportError(error);
      if (!res.headersSent) res.writeHead(500);
      res.end();
    });
  };
  http.handle(handle);
  mtls?.handle(handle);
  const close = async () => {
    await Promise.all([http.close(), mtls?.close()]);
  };

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
    close,
    [Symbol.asyncDispose]: close,
    issuer,
    mtlsOrigin: mtls?.origin,
    jwks: key.jwks,
    verify: options.accessTokens === "opaque" ? verifyOpaque : jwtVerifier(issuer, key.jwks, now),
    passTime: (seconds) => void (skew += seconds * 1000),
    addResource: (resource) => void resources.add(resource),
    setDefaultResource: (resource) => defaultResource = resource,
  };
}
