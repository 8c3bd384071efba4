/** Settings of better-auth. @module */

import { createRemoteJWKSet, jwtVerify } from "jose";
import {
  type BetterAuthSettings,
  decideAtBetterAuth,
  startBetterAuth,
} from "../../../servers/better_auth.ts";
import { startRealServer } from "../../../servers/real_server.ts";
import type { ConfiguredServer, Setting } from "./setting.ts";

const start = (settings: BetterAuthSettings = {}) =>
  startRealServer({
    name: "better-auth",
    start: (options) => startBetterAuth(options, settings),
  });

const WITH_OTHER = (origin: string) => ({
  resources: [`${origin}/other`],
  enforcePerClientResources: false,
});

const plugin = (name: string, change: object): Setting => ({
  name,
  start: () => start({ plugin: (origin) => ({ ...WITH_OTHER(origin), ...change }) }),
});

let count = 0;
const counter = () => `token-${String(count += 1).padStart(8, "0")}`;

async function verifySignature(request: Request, origin: string): Promise<void> {
  const [, token = ""] = request.headers.get("authorization")?.split(" ") ?? [];
  await jwtVerify(token, createRemoteJWKSet(new URL("/api/auth/jwks", origin)));
}

const SETTINGS: readonly Setting[] = [
  plugin("accessTokenExpiresIn is a week", { accessTokenExpiresIn: 7 * 86_400 }),
  plugin("allowDynamicClientRegistration is false", { allowDynamicClientRegistration: false }),
  plugin("allowUnauthenticatedClientRegistration is false", {
    allowUnauthenticatedClientRegistration: false,
  }),
  plugin("grantTypes without refresh_token", { grantTypes: ["authorization_code"] }),
  plugin("scopes without offline_access", { scopes: ["openid", "profile"] }),
  plugin("scopes has *", { scopes: ["openid", "offline_access", "*"] }),
  plugin("scopes has one of the MCP server", { scopes: ["openid", "offline_access", "mcp:read"] }),
  plugin("disableJwtPlugin, which requireMcpAuth does not support", { disableJwtPlugin: true }),
  plugin("generateRefreshToken counts", { generateRefreshToken: counter }),
  plugin("refreshTokenReuseInterval is 0", { refreshTokenReuseInterval: 0 }),
  {
    name: "challengeScopes has offline_access",
    start: () => start({ plugin: WITH_OTHER, check: { challengeScopes: ["offline_access"] } }),
  },
  {
    name: "jwksPath is changed, and requireMcpAuth has no jwksUrl",
    start: () => start({ plugin: WITH_OTHER, jwt: { jwks: { jwksPath: "/keys.json" } } }),
  },
  {
    name: "the application verifies the signature, and no claims",
    start: () => start({ plugin: WITH_OTHER, verify: verifySignature }),
  },
];

export const BETTER: ConfiguredServer = {
  name: "better-auth",
  start: () => start({ plugin: WITH_OTHER }),
  plan: ({ mcpUrl }) => ({ otherResource: new URL("/other", mcpUrl).href }),
  person: decideAtBetterAuth,
  settings: SETTINGS,
};
