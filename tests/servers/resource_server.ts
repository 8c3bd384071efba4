/** An MCP server of the TypeScript SDK that accepts the tokens of another authorization server. @module */

import express from "express";
import { createRemoteJWKSet, jwtVerify } from "jose";
import { requireBearerAuth } from "@modelcontextprotocol/sdk/server/auth/middleware/bearerAuth.js";
import { InvalidTokenError } from "@modelcontextprotocol/sdk/server/auth/errors.js";
import {
  getOAuthProtectedResourceMetadataUrl,
  mcpAuthMetadataRouter,
} from "@modelcontextprotocol/sdk/server/auth/router.js";
import type { NodeHandler } from "../lab/node_server.ts";
import { mcpRoute } from "./typescript_sdk.ts";

/** What a valid token is for. Throws for another one. */
export type VerifyToken = (token: string) => Promise<{
  readonly clientId: string;
  readonly scopes: readonly string[];
  /** Seconds since 1970. */
  readonly expiresAt: number;
}>;

/** Verifies JWTs of `issuer` with its keys (RFC 7517), which have to be for `audience`, if given. */
export function byKeys(issuer: string, url: string, audience?: string): VerifyToken {
  const keys = createRemoteJWKSet(new URL(url, issuer));
  return async (token) => {
    const options = { issuer, ...audience !== undefined && { audience } };
    const { payload: { aud, exp = 0 } } = await jwtVerify(token, keys, options);
    return { clientId: String(aud), scopes: [], expiresAt: exp };
  };
}

/** Asks `endpoint` about each token (RFC 7662), which has to be for `audience`. */
export function byIntrospection(
  endpoint: URL,
  id: string,
  secret: string,
  audience: string,
): VerifyToken {
  const authorization = `Basic ${btoa(`${id}:${secret}`)}`;
  return async (token) => {
    const body = new URLSearchParams({ token });
    const response = await fetch(endpoint, { method: "POST", headers: { authorization }, body });
    const { active, aud, client_id: clientId, scope = "", exp } = await response.json();
    if (active !== true) throw new Error("the token is not active");
    if (aud !== audience) throw new Error("the token is for another server");
    return { clientId, scopes: scope.split(" "), expiresAt: exp };
  };
}

/** The MCP endpoint and its metadata; all other requests are for `authorizationServer`. */
export function withMcp(
  origin: string,
  authorizationServer: NodeHandler,
  verify: VerifyToken,
  scopesSupported?: string[],
  issuer = origin,
): NodeHandler {
  const resource = new URL("/mcp", origin);
  const app = express();
  const endpoints = {
    authorization_endpoint: `${origin}/authorize`,
    token_endpoint: `${origin}/token`,
  };
  app.use(mcpAuthMetadataRouter({
    oauthMetadata: { issuer, ...endpoints, response_types_supported: ["code"] },
    resourceServerUrl: resource,
    ...scopesSupported && { scopesSupported },
  }));
  app.use(express.json());
  const verifyAccessToken = async (token: string) => {
    const claims = await verify(token).catch((error) => {
      throw new InvalidTokenError(String(error));
    });
    return { ...claims, token, scopes: [...claims.scopes] };
  };
  app.use(
    "/mcp",
    requireBearerAuth({
      verifier: { verifyAccessToken },
      resourceMetadataUrl: getOAuthProtectedResourceMetadataUrl(resource),
    }),
    mcpRoute(),
  );
  const isOfMcp = /^\/(?:mcp|\.well-known\/oauth-protected-resource)\b/;
  return (req, res) => (isOfMcp.test(req.url ?? "") ? app : authorizationServer)(req, res);
}
