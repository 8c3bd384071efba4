/** Settings of the TypeScript SDK 1.x, and mistakes of the application that it leaves rules to. @module */

import type { NextFunction, Request, Response } from "express";
import {
  InvalidGrantError,
  InvalidRequestError,
} from "@modelcontextprotocol/sdk/server/auth/errors.js";
import { startRealServer } from "../../../servers/real_server.ts";
import {
  Provider,
  resourceAt,
  type SdkSettings,
  startSdkApp,
} from "../../../servers/typescript_sdk.ts";
import { skippingClock } from "../../conformance/audit_lab.ts";
import type { ConfiguredServer, Setting, Started } from "./setting.ts";

type Settings = SdkSettings & { readonly provider?: (provider: Provider, origin: string) => void };

/** As an application has to set it that is not only for this machine. */
const TRANSPORT = {
  enableDnsRebindingProtection: true,
  allowedOrigins: ["https://client.example"],
};

async function start({ provider: change, ...settings }: Settings = {}): Promise<Started> {
  const server = await startRealServer({
    name: "TypeScript SDK",
    start(options) {
      const provider = new Provider(options.tokenSeconds, resourceAt(options.origin));
      provider.otherResource = new URL("/other", options.origin).href;
      change?.(provider, options.origin);
      return Promise.resolve(startSdkApp(provider, options, { transport: TRANSPORT, ...settings }));
    },
  });
  return Object.assign(server, { clock: skippingClock() });
}

const app = (name: string, settings: SdkSettings): Setting => ({
  name,
  start: () => start(settings),
});

const provider = (name: string, change: (provider: Provider) => void): Setting => ({
  name: `the provider ${name}`,
  start: () => start({ provider: change }),
});

/** The authorization server knows a scope that nobody has to request. */
const twoScopes = (name: string, change: (provider: Provider) => void): Setting => ({
  name: `the provider ${name}`,
  start: () =>
    start({
      router: { scopesSupported: ["mcp:tools", "mcp:admin"] },
      bearer: { requiredScopes: ["mcp:tools"] },
      provider: change,
    }),
});

const trustsHeader = (req: Request, res: Response, next: NextFunction) => {
  if (!req.headers["x-forwarded-user"]) return void next();
  res.json({ jsonrpc: "2.0", id: 1, result: { tools: [] } });
};

const SETTINGS: readonly Setting[] = [
  app("requireBearerAuth without expectedResource", { bearer: { expectedResource: undefined } }),
  app("requireBearerAuth without resourceMetadataUrl", {
    bearer: { resourceMetadataUrl: undefined },
  }),
  app("requireBearerAuth with a scope that nobody can get", {
    bearer: { requiredScopes: ["mcp:admin"] },
  }),
  app("mcpAuthRouter without resourceServerUrl", { router: { resourceServerUrl: undefined } }),
  app("rateLimit of three registrations", {
    router: { clientRegistrationOptions: { rateLimit: { max: 3 } } },
  }),
  app("enableDnsRebindingProtection is off", { transport: {} }),
  app("only initialize asks for a token", {
    routes: (it, mcp) =>
      void it.use(
        "/mcp",
        (req: Request, res: Response, next: NextFunction) =>
          req.headers["mcp-session-id"] ? void mcp(req, res) : next(),
      ),
  }),
  app("GET has no check of the token", {
    routes: (it) =>
      void it.get(
        "/mcp",
        (_: Request, res: Response) => void res.type("text/event-stream").write("data: {}\n\n"),
      ),
  }),
  app("DELETE has no check of the token", {
    routes: (it) => void it.delete("/mcp", (_: Request, res: Response) => void res.sendStatus(200)),
  }),
  app("GET is refused with 401", {
    routes: (it) => void it.get("/mcp", (_: Request, res: Response) => void res.sendStatus(401)),
  }),
  app("a header names the user", { routes: (it) => void it.use("/mcp", trustsHeader) }),
  app("initialize needs no token", {
    routes: (it, mcp) =>
      void it.post(
        "/mcp",
        (req: Request, res: Response, next: NextFunction) =>
          req.body.method === "initialize" ? void mcp(req, res) : next(),
      ),
  }),
  provider(
    "has skipLocalPkceValidation, and validates nothing",
    (it) => Object.assign(it, { skipLocalPkceValidation: true }),
  ),
  provider("does not bind codes to their client", (it) => {
    const { codeOf } = it;
    it.codeOf = (client, value) => {
      const clientId = it.codes.get(value)?.grant.clientId ?? client.client_id;
      return codeOf.call(it, { ...client, client_id: clientId }, value);
    };
  }),
  provider("does not mark codes as used", (it) => {
    const { codeOf } = it;
    it.codeOf = (client, value) => {
      const code = it.codes.get(value);
      if (code !== undefined) code.isUsed = false;
      return codeOf.call(it, client, value);
    };
  }),
  provider("only refuses a code that is sent again", (it) => {
    const { codeOf } = it;
    it.codeOf = (client, value) => {
      if (it.codes.get(value)?.isUsed) throw new InvalidGrantError("the code was used before");
      return codeOf.call(it, client, value);
    };
  }),
  twoScopes("grants each scope at a refresh", (it) => {
    it.exchangeRefreshToken = (client, value, scopes) => {
      const known = it.refreshTokens.get(value);
      if (known === undefined || known.grant.clientId !== client.client_id) {
        return Promise.reject(new InvalidGrantError("unknown token"));
      }
      if (known.isUsed) {
        it.end(known.grant);
        return Promise.reject(new InvalidGrantError("the token was used before"));
      }
      known.isUsed = true;
      return Promise.resolve(it.issue(known.grant, scopes));
    };
  }),
  provider("asks for a scope at each refresh", (it) => {
    const { exchangeRefreshToken } = it;
    it.exchangeRefreshToken = (client, token, scopes, resource) =>
      scopes === undefined
        ? Promise.reject(new InvalidRequestError("scope is missing"))
        : exchangeRefreshToken.call(it, client, token, scopes, resource);
  }),
  provider("does not look at the resource", (it) => it.checkTarget = () => {}),
  provider("does not compare the redirect URI of the token request", (it) => {
    const { exchangeAuthorizationCode } = it;
    it.exchangeAuthorizationCode = (client, code, verifier, _uri, resource) =>
      exchangeAuthorizationCode.call(it, client, code, verifier, undefined, resource);
  }),
  provider("does not bind refresh tokens to their client", (it) => {
    const { exchangeRefreshToken } = it;
    it.exchangeRefreshToken = (client, token, ...more) => {
      const clientId = it.refreshTokens.get(token)?.grant.clientId ?? client.client_id;
      return exchangeRefreshToken.call(it, { ...client, client_id: clientId }, token, ...more);
    };
  }),
  provider("does not mark refresh tokens as used", (it) => {
    const { exchangeRefreshToken } = it;
    it.exchangeRefreshToken = (client, token, ...more) => {
      const known = it.refreshTokens.get(token);
      if (known) known.isUsed = false;
      return exchangeRefreshToken.call(it, client, token, ...more);
    };
  }),
  provider("returns the same refresh token", (it) => {
    const { exchangeRefreshToken } = it;
    it.exchangeRefreshToken = async (client, token, ...more) => {
      const answer = await exchangeRefreshToken.call(it, client, token, ...more);
      const known = it.refreshTokens.get(token);
      if (known) known.isUsed = false;
      return { ...answer, refresh_token: token };
    };
  }),
  provider("revokes nothing", (it) => it.revokeToken = () => Promise.resolve()),
  provider("revokes only the token itself", (it) => {
    it.revokeToken = (client, { token }) => {
      if (
        (it.refreshTokens.get(token) ?? it.tokens.get(token))?.grant.clientId === client.client_id
      ) {
        it.refreshTokens.delete(token);
        it.tokens.delete(token);
      }
      return Promise.resolve();
    };
  }),
  provider("revokes the tokens of every client", (it) => {
    it.revokeToken = (_client, { token }) => {
      const grant = it.refreshTokens.get(token)?.grant;
      if (grant) it.end(grant);
      it.tokens.delete(token);
      return Promise.resolve();
    };
  }),
  provider("throws at the revocation of an unknown token", (it) => {
    const { revokeToken } = it;
    it.revokeToken = (client, request) =>
      it.tokens.has(request.token) || it.refreshTokens.has(request.token)
        ? revokeToken.call(it, client, request)
        : Promise.reject(new Error("unknown token"));
  }),
  provider("has one table for all tokens", (it) => {
    const { verifyAccessToken } = it;
    it.verifyAccessToken = async (token) => {
      const refresh = it.refreshTokens.get(token);
      if (refresh === undefined) return await verifyAccessToken.call(it, token);
      const { clientId, scopes, resource } = refresh.grant;
      return { token, clientId, scopes, expiresAt: 4e9, ...resource && { resource } };
    };
  }),
  provider("accepts every token", (it) => {
    it.verifyAccessToken = (token) =>
      Promise.resolve({
        token,
        clientId: "any",
        scopes: ["mcp:tools"],
        expiresAt: 4e9,
        resource: it.resource,
      });
  }),
  provider("throws an Error for an unknown token", (it) => {
    const { verifyAccessToken } = it;
    it.verifyAccessToken = (token) =>
      verifyAccessToken.call(it, token).catch(() => {
        throw new Error("unknown");
      });
  }),
  provider("writes expires_in as a text", (it) => {
    const { issue } = it;
    it.issue = (...args) => ({ ...issue.apply(it, args), expires_in: "3600" as unknown as number });
  }),
  provider("writes no token_type", (it) => {
    const { issue } = it;
    it.issue = (...args) => ({
      ...issue.apply(it, args),
      token_type: undefined,
    });
  }),
  provider("throws an Error for an unknown code", (it) => {
    const { codeOf } = it;
    it.codeOf = (client, value) => {
      try {
        return codeOf.call(it, client, value);
      } catch {
        throw new Error("unknown");
      }
    };
  }),
  provider("redirects with 307", (it) => {
    const { authorize } = it;
    it.authorize = (client, asked, res) =>
      authorize.call(
        it,
        client,
        asked,
        { redirect: (url: string) => res.redirect(307, url) } as unknown as Response,
      );
  }),
  provider("loses the query of the redirect URI", (it) => {
    const { authorize } = it;
    it.authorize = (client, asked, res) =>
      authorize.call(
        it,
        client,
        { ...asked, redirectUri: asked.redirectUri.replace(/\?.*/, "") },
        res,
      );
  }),
  provider("crashes at an unknown scope", (it) => {
    const { authorize } = it;
    it.authorize = (client, asked, res) =>
      asked.scopes?.some((scope: string) => scope.includes("audit"))
        ? void res.sendStatus(500) as unknown as Promise<void>
        : authorize.call(it, client, asked, res);
  }),
];

export const SDK: ConfiguredServer = {
  name: "TypeScript SDK",
  start: () => start(),
  // Without a token, the revision is not visible.
  plan: ({ mcpUrl }) => ({
    revision: "2025-11-25",
    maxWaitSeconds: 70,
    otherResource: new URL("/other", mcpUrl).href,
  }),
  settings: SETTINGS,
};
