/** @node-oauth/oauth2-server behind Express, with a model in memory. @module */

import OAuthServer from "@node-oauth/express-oauth-server";
import express, { type Request, type Response } from "express";
import { isRedirectUriOf, registers } from "./client_registration.ts";
import type { RealServer, RunningApp, StartOptions } from "./real_server.ts";
import { withMcp } from "./resource_server.ts";

const SCOPES = ["mcp:read", "mcp:write"];

type AnyModel = ConstructorParameters<typeof OAuthServer>[0]["model"];
type CodeModel = Extract<AnyModel, { getAuthorizationCode: unknown }>;
export type Model = CodeModel & Extract<AnyModel, { getRefreshToken: unknown }>;
type Found<Value> = Exclude<Value, "" | 0 | false | null | undefined>;
type Client = Found<Awaited<ReturnType<Model["getClient"]>>>;
type Code = Found<Awaited<ReturnType<Model["getAuthorizationCode"]>>>;
type Token = Found<Awaited<ReturnType<Model["getAccessToken"]>>>;

/** The model that the library reads and writes, and the tokens in it. */
function memoryModel(clients: ReadonlyMap<string, Client>) {
  const codes = new Map<string, Code>();
  const tokens = new Map<string, Token>();
  const refreshTokens = new Map<string, Token>();
  const model: Model = {
    getClient: (id) => Promise.resolve(clients.get(id)),
    saveAuthorizationCode(code, client, user) {
      const saved = { ...code, client, user };
      codes.set(saved.authorizationCode, saved);
      return Promise.resolve(saved);
    },
    getAuthorizationCode: (code) => Promise.resolve(codes.get(code)),
    revokeAuthorizationCode: (code) => Promise.resolve(codes.delete(code.authorizationCode)),
    saveToken(token, client, user) {
      const saved = { ...token, client, user };
      tokens.set(saved.accessToken, saved);
      if (saved.refreshToken !== undefined) refreshTokens.set(saved.refreshToken, saved);
      return Promise.resolve(saved);
    },
    getAccessToken(token) {
      const known = tokens.get(token);
      return Promise.resolve(known?.accessToken === token ? known : undefined);
    },
    getRefreshToken(token) {
      const known = refreshTokens.get(token);
      return Promise.resolve(known && { ...known, refreshToken: token });
    },
    revokeToken: ({ refreshToken }) => Promise.resolve(refreshTokens.delete(refreshToken)),
    validateRedirectUri: (uri, { redirectUris = [] }) =>
      Promise.resolve(isRedirectUriOf([redirectUris].flat(), uri)),
    validateScope: (_user, _client, scope) =>
      Promise.resolve(scope?.every((it) => SCOPES.includes(it)) ? scope : false),
  };
  return { model, tokens };
}

/** What an application around the library can do differently. */
export interface NodeOAuthSettings {
  /** Options of the library. */
  readonly options?: object;
  /** Members that replace those of the model. */
  readonly model?: (model: Model) => object;
  /** Registers every client as it asks. */
  readonly registersAll?: boolean;
}

const registersAll =
  (save: Parameters<typeof registers>[0]): ReturnType<typeof registers> => (req, res) => {
    const id = crypto.randomUUID();
    save(id, req.body);
    res.status(201).json({ ...req.body, token_endpoint_auth_method: "none", client_id: id });
  };

export function startNodeOAuth(
  { origin, tokenSeconds }: StartOptions,
  settings: NodeOAuthSettings = {},
): RunningApp {
  const clients = new Map<string, Client>();
  const { model, tokens } = memoryModel(clients);
  Object.assign(model, settings.model?.({ ...model }));
  const oauth = new OAuthServer({
    model,
    accessTokenLifetime: tokenSeconds,
    requireClientAuthentication: { authorization_code: false, refresh_token: false },
    ...settings.options,
  });
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
        response_types_supported: ["code"],
        grant_types_supported: ["authorization_code", "refresh_token"],
        token_endpoint_auth_methods_supported: ["none"],
        code_challenge_methods_supported: ["S256"],
        scopes_supported: SCOPES,
      }),
  );
  app.post(
    "/register",
    (settings.registersAll ? registersAll : registers)((
      id,
      { grant_types: grants = ["authorization_code"], redirect_uris: redirectUris },
    ) => void clients.set(id, { id, grants, redirectUris })),
  );
  // The person is signed in.
  const authenticateHandler = { handle: () => ({ id: "person" }) };
  app.get("/authorize", oauth.authorize({ authenticateHandler }));
  app.post("/token", oauth.token());
  const verify = (token: string) => {
    const known = tokens.get(token);
    if (known?.accessToken !== token) return Promise.reject(new Error("unknown token"));
    return Promise.resolve({
      clientId: known.client.id,
      scopes: known.scope ?? [],
      expiresAt: (known.accessTokenExpiresAt?.getTime() ?? 0) / 1000,
    });
  };
  return { handler: withMcp(origin, app, verify, SCOPES) };
}

export const NODE_OAUTH: readonly RealServer[] = [{
  name: "@node-oauth/oauth2-server",
  start: (options) => Promise.resolve(startNodeOAuth(options)),
  without: ["registration", "revocation"],
}];
