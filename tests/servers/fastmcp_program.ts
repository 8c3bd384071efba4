/**
 * A FastMCP server with its OAuth proxy. Arguments: its own origin, the origin of the authorization
 * server, and the client id and secret there.
 *
 * @module
 */

import "./end_with_parent.ts";
import { FastMCP, OAuthProvider, requireAuth } from "fastmcp";

const [origin = "", upstream = "", clientId = "", clientSecret = ""] = Deno.args;

const server = new FastMCP({
  name: "fastmcp",
  version: "1.0.0",
  auth: new OAuthProvider({
    baseUrl: origin,
    authorizationEndpoint: `${upstream}/authorize`,
    tokenEndpoint: `${upstream}/token`,
    tokenEndpointAuthMethod: "client_secret_post",
    clientId,
    clientSecret,
    scopes: ["mcp:tools"],
  }),
});
server.addTool({
  name: "echo",
  description: "Answers",
  canAccess: requireAuth,
  execute: () => Promise.resolve("echo"),
});
await server.start({
  transportType: "httpStream",
  httpStream: { host: "127.0.0.1", port: Number(Deno.env.get("PORT")) },
});
