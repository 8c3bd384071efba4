/** @jmondi/oauth2-server behind Express, with repositories in memory. @module */

import { AuthorizationServer, DateInterval, JwtService } from "@jmondi/oauth2-server";
import {
  handleExpressError,
  handleExpressResponse,
  requestFromExpress,
} from "@jmondi/oauth2-server/express";
import express, { type Request, type Response } from "express";
import { registers } from "./client_registration.ts";
import type { RealServer, RunningApp, StartOptions } from "./real_server.ts";
import { byIntrospection, withMcp } from "./resource_server.ts";

const SCOPES = [{ name: "mcp:read" }, { name: "mcp:write" }];
const GRANTS = ["authorization_code" as const, "refresh_token" as const];

type Repositories = ConstructorParameters<typeof AuthorizationServer>;
type Client = Awaited<ReturnType<Repositories[0]["getByIdentifier"]>>;
type Token = Awaited<ReturnType<Repositories[1]["issueToken"]>>;
type Grant = Parameters<AuthorizationServer["enableGrantTypes"]>[0];
type CodeGrant = Extract<Grant, { grant: "authorization_code" }>;
type Code = Awaited<ReturnType<CodeGrant["authCodeRepository"]["getByIdentifier"]>>;

/** The client of the MCP server, for introspection. */
const RESOURCE: Client = {
  id: "resource",
  name: "resource",
  secret: "resource-secret",
  redirectUris: [],
  allowedGrants: ["client_credentials"],
  scopes: [],
};

const ENDED = { accessTokenExpiresAt: new Date(0), refreshTokenExpiresAt: new Date(0) };

function valueOf<Value>(value: Value | undefined): Promise<Value> {
  return value === undefined ? Promise.reject(new Error("not found")) : Promise.resolve(value);
}

function tokenRepository(tokenSeconds: number): Repositories[1] {
  const tokens: Token[] = [];
  const inSeconds = (seconds: number) => new DateInterval(`${seconds}s`).getEndDate();
  return {
    issueToken: (client, scopes, user) =>
      Promise.resolve({
        accessToken: crypto.randomUUID(),
        accessTokenExpiresAt: inSeconds(tokenSeconds),
        client,
        scopes,
        user: user ?? null,
      }),
    issueRefreshToken(token) {
      token.refreshToken = crypto.randomUUID();
      token.refreshTokenExpiresAt = inSeconds(tokenSeconds + 3600);
      return Promise.resolve(token);
    },
    persist: (token) => Promise.resolve(void tokens.push(token)),
    revoke: (token) =>
      Promise.resolve(
        void Object.assign(token, ENDED),
      ),
    revokeDescendantsOf: (codeId) =>
      Promise.resolve(
        tokens.filter((it) => it.originatingAuthCodeId === codeId)
          .forEach((it) => Object.assign(it, ENDED)),
      ),
    isRefreshTokenRevoked: ({ refreshTokenExpiresAt }) =>
      Promise.resolve(Date.now() > (refreshTokenExpiresAt?.getTime() ?? 0)),
    getByRefreshToken: (id) => valueOf(tokens.find(({ refreshToken }) => refreshToken === id)),
    getByAccessToken: (id) => valueOf(tokens.find(({ accessToken }) => accessToken === id)),
  };
}

function codeGrant(): CodeGrant {
  const codes = new Map<string, Code>();
  return {
    grant: "authorization_code",
    userRepository: { getUserByCredentials: (id) => Promise.resolve({ id }) },
    authCodeRepository: {
      getByIdentifier: (code) => valueOf(codes.get(code)),
      issueAuthCode: (client, user, scopes) => ({
        code: crypto.randomUUID(),
        expiresAt: new DateInterval("1m").getEndDate(),
        client,
        user: user ?? null,
        scopes,
      }),
      persist: (code) => Promise.resolve(void codes.set(code.code, code)),
      isRevoked: (code) => Promise.resolve(!codes.has(code)),
      revoke: (code) => Promise.resolve(void codes.delete(code)),
    },
  };
}

function authorizationServer(
  clients: ReadonlyMap<string, Client>,
  { origin, tokenSeconds }: StartOptions,
): AuthorizationServer {
  const server = new AuthorizationServer(
    {
      getByIdentifier: (id) => Promise.resolve(clients.get(id) as Client),
      isClientValid: (_grant, { secret }, given) => Promise.resolve(!secret || secret === given),
    },
    tokenRepository(tokenSeconds),
    {
      getAllByIdentifiers: (names) =>
        Promise.resolve(SCOPES.filter(({ name }) => names.includes(name))),
      finalize: (scopes) => Promise.resolve(scopes),
    },
    // The library does not read the parameter "resource": all tokens are for the one MCP server.
    Object.assign(new JwtService(crypto.randomUUID()), {
      extraTokenFields: () => ({ aud: `${origin}/mcp` }),
    }),
    { issuer: origin },
  );
  const lifetime = new DateInterval(`${tokenSeconds}s`);
  server.enableGrantTypes(["refresh_token", lifetime], [codeGrant(), lifetime]);
  return server;
}

function startApp(options: StartOptions): RunningApp {
  const { origin } = options;
  const clients = new Map([[RESOURCE.id, RESOURCE]]);
  const server = authorizationServer(clients, options);
  const app = express();
  app.use(express.json(), express.urlencoded({ extended: false }));
  app.get(
    "/.well-known/oauth-authorization-server",
    (_req: Request, res: Response) =>
      void res.json({
        issuer: origin,
        authorization_endpoint: `${origin}/authorize`,
        token_endpoint: `${origin}/token`,
        registration_endpoint: `${origin}/register`,
        revocation_endpoint: `${origin}/token/revoke`,
        response_types_supported: ["code"],
        grant_types_supported: GRANTS,
        token_endpoint_auth_methods_supported: ["none"],
        code_challenge_methods_supported: ["S256"],
        scopes_supported: SCOPES.map(({ name }) => name),
      }),
  );
  app.post(
    "/register",
    registers((id, { client_name: name = id, redirect_uris: redirectUris }) =>
      void clients.set(id, { id, name, redirectUris, allowedGrants: [...GRANTS], scopes: SCOPES })
    ),
  );
  type Answer = Awaited<ReturnType<AuthorizationServer["introspect"]>>;
  const by =
    (answer: (request: ReturnType<typeof requestFromExpress>) => Promise<Answer>) =>
    (req: Request, res: Response) =>
      // The token endpoint throws for an unknown grant type.
      Promise.resolve(requestFromExpress(req)).then(answer).then(
        (it) => handleExpressResponse(res, it),
        (error) => handleExpressError(error, res),
      );
  app.get(
    "/authorize",
    by(async (request) => {
      const asked = await server.validateAuthorizationRequest(request);
      Object.assign(asked, { user: { id: "person" }, isAuthorizationApproved: true });
      return await server.completeAuthorizationRequest(asked);
    }),
  );
  app.post("/token", by((request) => server.respondToAccessTokenRequest(request)));
  app.post("/token/revoke", by((request) => server.revoke(request)));
  app.post("/token/introspect", by((request) => server.introspect(request)));
  const endpoint = new URL("/token/introspect", origin);
  const verify = byIntrospection(endpoint, RESOURCE.id, RESOURCE.secret ?? "", `${origin}/mcp`);
  return { handler: withMcp(origin, app, verify, SCOPES.map(({ name }) => name)) };
}

export const JMONDI: readonly RealServer[] = [{
  name: "@jmondi/oauth2-server",
  start: (options) => Promise.resolve(startApp(options)),
  without: ["registration"],
}];
