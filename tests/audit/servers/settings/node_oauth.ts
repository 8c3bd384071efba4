/** Settings of node-oauth, and mistakes of the model that it leaves to the application. @module */

import { type Model, type NodeOAuthSettings, startNodeOAuth } from "../../../servers/node_oauth.ts";
import { startRealServer } from "../../../servers/real_server.ts";
import { skippingClock } from "../../conformance/audit_lab.ts";
import type { ConfiguredServer, Setting, Started } from "./setting.ts";

async function start(settings: NodeOAuthSettings = {}): Promise<Started> {
  const server = await startRealServer({
    name: "@node-oauth/oauth2-server",
    start: (options) => Promise.resolve(startNodeOAuth(options, settings)),
  });
  return Object.assign(server, { clock: skippingClock() });
}

const options = (name: string, change: object): Setting => ({
  name,
  start: () => start({ options: change }),
});

const model = (name: string, change: (model: Model) => object): Setting => ({
  name: `the model ${name}`,
  start: () => start({ model: change }),
});

let count = 0;
const counter = () => Promise.resolve(`token-${String(count += 1).padStart(8, "0")}`);

const SETTINGS: readonly Setting[] = [
  options("accessTokenLifetime is a week", { accessTokenLifetime: 7 * 86_400 }),
  options("alwaysIssueNewRefreshToken is false", { alwaysIssueNewRefreshToken: false }),
  options("requireClientAuthentication is on", { requireClientAuthentication: {} }),
  model(
    "does not delete used codes",
    () => ({ revokeAuthorizationCode: () => Promise.resolve(true) }),
  ),
  model(
    "does not delete used refresh tokens",
    () => ({ revokeToken: () => Promise.resolve(true) }),
  ),
  model("does not store the code challenge", ({ saveAuthorizationCode }) => ({
    saveAuthorizationCode: (code: object, ...more: [never, never]) =>
      saveAuthorizationCode(
        { ...code, codeChallenge: undefined, codeChallengeMethod: undefined } as never,
        ...more,
      ),
  })),
  model("does not store the redirect URI", ({ saveAuthorizationCode }) => ({
    saveAuthorizationCode: (code: object, ...more: [never, never]) =>
      saveAuthorizationCode({ ...code, redirectUri: undefined } as never, ...more),
  })),
  model("compares redirect URIs as text", () => ({
    validateRedirectUri: (uri: string, { redirectUris }: { redirectUris: string[] }) =>
      Promise.resolve(redirectUris.includes(uri)),
  })),
  model("compares the start of redirect URIs", () => ({
    validateRedirectUri: (uri: string, { redirectUris }: { redirectUris: string[] }) =>
      Promise.resolve(redirectUris.some((it) => uri.startsWith(it))),
  })),
  model("compares the host of redirect URIs", () => ({
    validateRedirectUri: (uri: string, { redirectUris }: { redirectUris: string[] }) =>
      Promise.resolve(
        redirectUris.some((it) => URL.parse(it)?.hostname === URL.parse(uri)?.hostname),
      ),
  })),
  model("accepts every redirect URI", () => ({ validateRedirectUri: () => Promise.resolve(true) })),
  model(
    "knows only a part of the listed scopes",
    () => ({
      validateScope: (_: unknown, __: unknown, scope: string[] | undefined) =>
        Promise.resolve(scope?.every((it) => ["mcp:read"].includes(it)) ? scope : false),
    }),
  ),
  model("counts access tokens", () => ({ generateAccessToken: counter })),
  model("counts codes", () => ({ generateAuthorizationCode: counter })),
  {
    name: "the application registers every client as it asks",
    start: () => start({ registersAll: true }),
  },
];

export const NODE_OAUTH_SETTINGS: ConfiguredServer = {
  name: "node-oauth",
  start: () => start(),
  // Without a token, the revision is not visible; the wait is for a refresh token that works twice.
  plan: () => ({ revision: "2025-11-25", maxWaitSeconds: 70 }),
  settings: SETTINGS,
};
