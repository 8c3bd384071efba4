/**
 * The official TypeScript SDK 1.x: an application with `mcpAuthRouter` and `requireBearerAuth`.
 *
 * @module
 */

import type { IncomingMessage, ServerResponse } from "node:http";
import express from "express";
import {
  DemoInMemoryAuthProvider,
} from "@modelcontextprotocol/sdk/examples/server/demoInMemoryOAuthProvider.js";
import {
  InvalidGrantError,
  InvalidTokenError,
} from "@modelcontextprotocol/sdk/server/auth/errors.js";
import { requireBearerAuth } from "@modelcontextprotocol/sdk/server/auth/middleware/bearerAuth.js";
import {
  getOAuthProtectedResourceMetadataUrl,
  mcpAuthRouter,
} from "@modelcontextprotocol/sdk/server/auth/router.js";
import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { StreamableHTTPServerTransport } from "@modelcontextprotocol/sdk/server/streamableHttp.js";
import type { RealServer, RunningApp, StartOptions } from "./real_server.ts";

const SCOPES = ["mcp:tools"];

interface Client {
  readonly client_id: string;
}

interface Grant {
  readonly clientId: string;
  readonly scopes: readonly string[];
  readonly resource: URL | undefined;
}

/** The provider of the SDK's example, with what it leaves out: refresh tokens and revocation. */
class Provider extends DemoInMemoryAuthProvider {
  declare readonly tokens: Map<string, Grant & { token: string; expiresAt: number }>;
  readonly #seconds: number;
  readonly #refreshTokens = new Map<string, Grant>();

  constructor(tokenSeconds: number) {
    super();
    this.#seconds = tokenSeconds;
  }

  #issue(grant: Grant) {
    const token = crypto.randomUUID();
    const refreshToken = crypto.randomUUID();
    this.tokens.set(token, { ...grant, token, expiresAt: Date.now() + this.#seconds * 1000 });
    this.#refreshTokens.set(refreshToken, grant);
    return {
      access_token: token,
      token_type: "bearer",
      expires_in: this.#seconds,
      scope: grant.scopes.join(" "),
      refresh_token: refreshToken,
    };
  }

  async exchangeAuthorizationCode(client: Client, code: string) {
    const { access_token } = await super.exchangeAuthorizationCode(client, code);
    const { scopes = [], resource } = this.tokens.get(access_token) ?? {};
    this.tokens.delete(access_token);
    return this.#issue({ clientId: client.client_id, scopes, resource });
  }

  exchangeRefreshToken(client: Client, refreshToken: string) {
    const grant = this.#refreshTokens.get(refreshToken);
    if (grant?.clientId !== client.client_id) throw new InvalidGrantError("unknown refresh token");
    this.#refreshTokens.delete(refreshToken);
    return Promise.resolve(this.#issue(grant));
  }

  verifyAccessToken(token: string) {
    if (!this.tokens.has(token)) throw new InvalidTokenError("unknown access token");
    return super.verifyAccessToken(token);
  }

  revokeToken(_client: Client, { token }: { token: string }): Promise<void> {
    this.tokens.delete(token);
    this.#refreshTokens.delete(token);
    return Promise.resolve();
  }
}

function mcpServer() {
  const server = new McpServer({ name: "typescript-sdk", version: "1.0.0" });
  server.registerTool("echo", {}, () => ({ content: [{ type: "text", text: "echo" }] }));
  return server;
}

type McpRequest = IncomingMessage & { body?: unknown };

/** Each session has a transport of its own, as in the examples of the SDK. */
export function mcpRoute(): (req: McpRequest, res: ServerResponse) => Promise<void> {
  const sessions = new Map<string, StreamableHTTPServerTransport>();
  return async (req, res) => {
    const id = req.headers["mcp-session-id"];
    let transport = sessions.get(String(id));
    if (transport === undefined && id !== undefined) return void res.writeHead(404).end();
    if (transport === undefined) {
      transport = new StreamableHTTPServerTransport({
        sessionIdGenerator: () => crypto.randomUUID(),
        onsessioninitialized: (it: string) => void sessions.set(it, transport),
      });
      await mcpServer().connect(transport);
    }
    await transport.handleRequest(req, res, req.body);
  };
}

function startApp(provider: DemoInMemoryAuthProvider, { origin }: StartOptions): RunningApp {
  const resource = new URL("/mcp", origin);
  const app = express();
  app.use(mcpAuthRouter({
    provider,
    issuerUrl: new URL(origin),
    resourceServerUrl: resource,
    scopesSupported: SCOPES,
  }));
  app.use(express.json());
  app.use(
    "/mcp",
    requireBearerAuth({
      verifier: provider,
      requiredScopes: SCOPES,
      resourceMetadataUrl: getOAuthProtectedResourceMetadataUrl(resource),
    }),
    mcpRoute(),
  );
  return { handler: app };
}

export const TYPESCRIPT_SDK: readonly RealServer[] = [
  {
    name: "TypeScript SDK",
    start: (options) => Promise.resolve(startApp(new Provider(options.tokenSeconds), options)),
  },
  {
    name: "TypeScript SDK, the provider of its example",
    start: (options) => Promise.resolve(startApp(new DemoInMemoryAuthProvider(), options)),
    without: ["refresh", "revocation"],
    // HTTP 500 for an unknown token.
    refusedStatus: 1,
  },
];
