/**
 * The official TypeScript SDK 1.x: an application with `mcpAuthRouter` and `requireBearerAuth`.
 *
 * @module
 */

import type { IncomingMessage, ServerResponse } from "node:http";
import express, { type Response } from "express";
import {
  DemoInMemoryAuthProvider,
  DemoInMemoryClientsStore,
} from "@modelcontextprotocol/sdk/examples/server/demoInMemoryOAuthProvider.js";
import {
  InvalidGrantError,
  InvalidScopeError,
  InvalidTargetError,
  InvalidTokenError,
} from "@modelcontextprotocol/sdk/server/auth/errors.js";
import type {
  AuthorizationParams,
  OAuthServerProvider,
} from "@modelcontextprotocol/sdk/server/auth/provider.js";
import type { AuthInfo } from "@modelcontextprotocol/sdk/server/auth/types.js";
import type {
  OAuthClientInformationFull,
  OAuthTokens,
} from "@modelcontextprotocol/sdk/shared/auth.js";
import { requireBearerAuth } from "@modelcontextprotocol/sdk/server/auth/middleware/bearerAuth.js";
import {
  getOAuthProtectedResourceMetadataUrl,
  mcpAuthRouter,
} from "@modelcontextprotocol/sdk/server/auth/router.js";
import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { StreamableHTTPServerTransport } from "@modelcontextprotocol/sdk/server/streamableHttp.js";
import type { RealServer, RunningApp, StartOptions } from "./real_server.ts";

const SCOPES = ["mcp:tools"];

type Grant = Readonly<{
  clientId: string;
  scopes: string[];
  resource: URL | undefined;
  /** The tokens that it gave. */
  tokens: Set<string>;
}>;

interface Code {
  readonly asked: AuthorizationParams;
  readonly grant: Grant;
  isUsed: boolean;
}

/** A provider in memory: what the SDK leaves to its user, without a person. */
export class Provider implements OAuthServerProvider {
  readonly clientsStore = new DemoInMemoryClientsStore();
  readonly seconds: number;
  readonly resource: URL;
  /** Another server for which it gives tokens. */
  otherResource?: string;
  readonly codes = new Map<string, Code>();
  readonly tokens = new Map<string, { readonly grant: Grant; readonly expiresAt: number }>();
  /** Also those that were replaced. */
  readonly refreshTokens = new Map<string, { readonly grant: Grant; isUsed: boolean }>();

  constructor(tokenSeconds: number, resource: URL) {
    this.seconds = tokenSeconds;
    this.resource = resource;
  }

  checkTarget(resource: URL | undefined): void {
    if (![undefined, this.resource.href, this.otherResource].includes(resource?.href)) {
      throw new InvalidTargetError("unknown resource");
    }
  }

  authorize(
    client: OAuthClientInformationFull,
    asked: AuthorizationParams,
    res: Response,
  ): Promise<void> {
    this.checkTarget(asked.resource);
    const asks: readonly string[] = asked.scopes ?? [];
    const { resource, state } = asked;
    if (!asks.every((scope) => SCOPES.includes(scope))) {
      throw new InvalidScopeError("unknown scope");
    }
    const code = crypto.randomUUID();
    const scopes = [...asks.length === 0 ? SCOPES : asks];
    const grant = { clientId: client.client_id, scopes, resource, tokens: new Set<string>() };
    this.codes.set(code, { asked, grant, isUsed: false });
    const target = new URL(asked.redirectUri);
    target.searchParams.set("code", code);
    if (state !== undefined) target.searchParams.set("state", state);
    res.redirect(target.href);
    return Promise.resolve();
  }

  codeOf(client: OAuthClientInformationFull, value: string): Code {
    const code = this.codes.get(value);
    if (code === undefined || code.grant.clientId !== client.client_id) {
      throw new InvalidGrantError("unknown code");
    }
    if (code.isUsed) {
      this.end(code.grant);
      throw new InvalidGrantError("the code was used before");
    }
    return code;
  }

  // deno-lint-ignore require-await -- it rejects, and does not throw.
  async challengeForAuthorizationCode(
    client: OAuthClientInformationFull,
    code: string,
  ): Promise<string> {
    return this.codeOf(client, code).asked.codeChallenge;
  }

  // deno-lint-ignore require-await
  async exchangeAuthorizationCode(
    client: OAuthClientInformationFull,
    value: string,
    _verifier?: string,
    redirectUri?: string,
    resource?: URL,
  ): Promise<OAuthTokens> {
    const code = this.codeOf(client, value);
    if (redirectUri !== undefined && redirectUri !== code.asked.redirectUri) {
      throw new InvalidGrantError("another redirect URI");
    }
    this.checkTarget(resource);
    code.isUsed = true;
    return this.issue(code.grant);
  }

  issue(grant: Grant, scopes: string[] = grant.scopes): OAuthTokens {
    const token: string = crypto.randomUUID();
    const refreshToken: string = crypto.randomUUID();
    const expiresAt = Math.floor(Date.now() / 1000) + this.seconds;
    this.tokens.set(token, { grant: { ...grant, scopes }, expiresAt });
    this.refreshTokens.set(refreshToken, { grant, isUsed: false });
    grant.tokens.add(token).add(refreshToken);
    return {
      access_token: token,
      token_type: "bearer",
      expires_in: this.seconds,
      scope: scopes.join(" "),
      refresh_token: refreshToken,
    };
  }

  end({ tokens }: Grant): void {
    for (const token of tokens) {
      this.tokens.delete(token);
      this.refreshTokens.delete(token);
    }
  }

  // deno-lint-ignore require-await
  async exchangeRefreshToken(
    client: OAuthClientInformationFull,
    value: string,
    scopes?: string[],
    resource?: URL,
  ): Promise<OAuthTokens> {
    const known = this.refreshTokens.get(value);
    if (known === undefined || known.grant.clientId !== client.client_id) {
      throw new InvalidGrantError("unknown token");
    }
    if (known.isUsed) {
      this.end(known.grant);
      throw new InvalidGrantError("the refresh token was used before");
    }
    this.checkTarget(resource);
    if (scopes?.some((scope) => !known.grant.scopes.includes(scope))) {
      throw new InvalidScopeError("more than was granted");
    }
    known.isUsed = true;
    return this.issue(known.grant, scopes);
  }

  // deno-lint-ignore require-await
  async verifyAccessToken(token: string): Promise<AuthInfo> {
    const known = this.tokens.get(token);
    if (known === undefined) throw new InvalidTokenError("unknown access token");
    const { grant: { clientId, scopes, resource }, expiresAt } = known;
    return { token, clientId, scopes, expiresAt, ...resource && { resource } };
  }

  revokeToken(client: OAuthClientInformationFull, { token }: { token: string }): Promise<void> {
    const refresh = this.refreshTokens.get(token)?.grant;
    const { clientId } = refresh ?? this.tokens.get(token)?.grant ?? {};
    if (clientId === client.client_id) {
      if (refresh !== undefined) this.end(refresh);
      this.tokens.delete(token);
    }
    return Promise.resolve();
  }
}

function mcpServer() {
  const server = new McpServer({ name: "typescript-sdk", version: "1.0.0" });
  server.registerTool("echo", {}, () => ({ content: [{ type: "text", text: "echo" }] }));
  return server;
}

type McpRequest = IncomingMessage & { body?: unknown };

type McpHandler = (req: McpRequest, res: ServerResponse) => Promise<void>;

/** Each session has a transport of its own, as in the examples of the SDK. */
export function mcpRoute(options: object = {}): McpHandler {
  const sessions = new Map<string, StreamableHTTPServerTransport>();
  return async (req, res) => {
    const id = req.headers["mcp-session-id"];
    let transport = sessions.get(String(id));
    if (transport === undefined && id !== undefined) return void res.writeHead(404).end();
    if (transport === undefined) {
      transport = new StreamableHTTPServerTransport({
        sessionIdGenerator: () => crypto.randomUUID(),
        onsessioninitialized: (it: string) => void sessions.set(it, transport),
        ...options,
      });
      await mcpServer().connect(transport);
    }
    await transport.handleRequest(req, res, req.body);
  };
}

export const resourceAt = (origin: string): URL => new URL("/mcp", origin);

/** What an application can do differently. */
export interface SdkSettings {
  /** Options of `mcpAuthRouter`. */
  readonly router?: object;
  /** Options of `requireBearerAuth`. */
  readonly bearer?: object;
  /** Options of the transport. */
  readonly transport?: object;
  /** Routes before the one that checks tokens. */
  readonly routes?: (app: express.Express, mcp: McpHandler) => void;
}

export function startSdkApp(
  provider: OAuthServerProvider,
  { origin }: StartOptions,
  settings: SdkSettings = {},
): RunningApp {
  const resource = resourceAt(origin);
  const route = mcpRoute(settings.transport);
  const app = express();
  app.use(mcpAuthRouter({
    provider,
    issuerUrl: new URL(origin),
    resourceServerUrl: resource,
    scopesSupported: SCOPES,
    ...settings.router,
  }));
  app.use(express.json());
  settings.routes?.(app, route);
  app.use(
    "/mcp",
    requireBearerAuth({
      verifier: provider,
      requiredScopes: SCOPES,
      expectedResource: resource,
      resourceMetadataUrl: getOAuthProtectedResourceMetadataUrl(resource),
      ...settings.bearer,
    }),
    route,
  );
  return { handler: app };
}

export const TYPESCRIPT_SDK: readonly RealServer[] = [
  {
    name: "TypeScript SDK",
    start(options) {
      const provider = new Provider(options.tokenSeconds, resourceAt(options.origin));
      return Promise.resolve(startSdkApp(provider, options));
    },
  },
  {
    name: "TypeScript SDK, the provider of its example",
    start: (options) => Promise.resolve(startSdkApp(new DemoInMemoryAuthProvider(), options)),
    without: ["refresh", "revocation"],
    // HTTP 500 for an unknown token.
    refusedStatus: 1,
  },
];
