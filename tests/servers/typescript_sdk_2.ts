/** The official TypeScript SDK 2.x as MCP server, with its helpers for authorization. @module */

import {
  getOAuthProtectedResourceMetadataUrl,
  OAuthError,
  OAuthErrorCode,
  oauthMetadataResponse,
  requireBearerAuth,
} from "@modelcontextprotocol/server";
import { startAuthorizationServer } from "../lab/authorization_server.ts";
import { openWires } from "../lab/mcp_wires.ts";
import { startNodeServer } from "../lab/node_server.ts";
import { fetchHandler } from "./fetch_handler.ts";

const SCOPES = ["mcp:read"];

/** An MCP server that accepts the tokens of the laboratory's oidc-provider. */
export async function startSdk2(): Promise<AsyncDisposable & { readonly mcpUrl: string }> {
  const [as, http, wires] = await Promise.all([
    startAuthorizationServer(),
    startNodeServer({ name: "typescript-sdk-2" }),
    openWires(),
  ]);
  const resource = new URL("/mcp", http.origin);
  as.addResource(resource.href);
  const metadata = await fetch(`${as.issuer}/.well-known/oauth-authorization-server`);
  const documents = {
    oauthMetadata: await metadata.json(),
    resourceServerUrl: resource,
    scopesSupported: SCOPES,
  };
  const authenticate = requireBearerAuth({
    requiredScopes: SCOPES,
    expectedResource: resource,
    resourceMetadataUrl: getOAuthProtectedResourceMetadataUrl(resource),
    verifier: {
      async verifyAccessToken(token) {
        const claims = await as.verify(token, resource.href);
        if (typeof claims === "string") throw new OAuthError(OAuthErrorCode.InvalidToken, claims);
        const { scopes, clientId = "" } = claims;
        return { token, clientId, scopes: [...scopes], expiresAt: 4e9, resource };
      },
    },
  });
  http.handle(fetchHandler(http.origin, async (request) => {
    const document = oauthMetadataResponse(request, documents);
    if (document !== undefined) return document;
    if (new URL(request.url).pathname !== "/mcp") return new Response(null, { status: 404 });
    const body = await request.clone().text();
    const info = await authenticate(request);
    return info instanceof Response ? info : await wires.answer(request, body);
  }));
  return {
    mcpUrl: resource.href,
    async [Symbol.asyncDispose]() {
      await Promise.all([http.close(), as.close(), wires.close()]);
    },
  };
}
