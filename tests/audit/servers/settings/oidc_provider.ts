/** Settings of oidc-provider, and mistakes of an MCP server that verifies its tokens with jose. @module */

import {
  createLocalJWKSet,
  decodeJwt,
  decodeProtectedHeader,
  EmbeddedJWK,
  exportSPKI,
  importJWK,
  type JWK,
  type JWTPayload,
  jwtVerify,
  type JWTVerifyOptions,
} from "jose";
import type { AuthorizationServerOptions } from "../../../lab/authorization_server_options.ts";
import type { TokenVerifier } from "../../../lab/bearer.ts";
import { dpopCheck } from "../../../lab/dpop_check.ts";
import type { Protection } from "../../../lab/mcp_server.ts";
import { loadOidc } from "../../../lab/oidc.ts";
import { startLab } from "../../../lab/shapes.ts";
import { skippingClock } from "../../conformance/audit_lab.ts";
import type { ConfiguredServer, Setting, Started } from "./setting.ts";

/** The authorization server, for an MCP server that verifies its tokens. */
interface Issuer {
  readonly issuer: string;
  readonly keys: readonly JWK[];
  now(): Date;
}

/** Claims of a token that is accepted. Throws for another one. */
type Verify = (token: string, issuer: Issuer, resource: string) => Promise<JWTPayload>;

const PROTECTION: Partial<Protection> = {
  requiredScopes: ["mcp:read"],
  challenge: { scope: true },
  metadata: { scopesSupported: ["mcp:read", "mcp:write"] },
};

const otherResource = ({ mcpUrl }: Started) => new URL("/other", mcpUrl).href;

async function start(
  as: AuthorizationServerOptions = {},
  protection: Partial<Protection> = {},
  verify?: Verify,
): Promise<Started> {
  const lab = await startLab({
    as: { dpop: true, ...as },
    protection: { ...PROTECTION, ...protection },
  });
  const clock = skippingClock();
  const started = Object.assign(lab, {
    clock: {
      now: clock.now,
      sleep(ms: number, signal: AbortSignal) {
        lab.as.passTime(ms / 1000);
        return clock.sleep(ms, signal);
      },
    },
  });
  lab.as.addResource(otherResource(lab));
  if (verify !== undefined) {
    const issuer = {
      issuer: lab.issuer,
      keys: lab.as.jwks.keys as JWK[],
      now: () => new Date(clock.now()),
    };
    lab.mcp.protect({ verify: verifierOf(verify, issuer) });
  }
  return started;
}

const verifierOf = (verify: Verify, issuer: Issuer): TokenVerifier => async (token, resource) => {
  try {
    const { scope } = await verify(token, issuer, resource);
    return { scopes: typeof scope === "string" ? scope.split(" ") : ["mcp:read"] };
  } catch (error) {
    return String(error);
  }
};

const set = (
  name: string,
  settings: Readonly<Record<string, unknown>>,
): Setting => ({ name, start: () => start({ settings }) });

const verifies = (name: string, verify: Verify): Setting => ({
  name: `the MCP server ${name}`,
  start: () => start({}, {}, verify),
});

const protects = (
  name: string,
  protection: Partial<Protection>,
): Setting => ({ name: `the MCP server ${name}`, start: () => start({}, protection) });

/** As an MCP server has to verify a token, with changes. */
const verifyWith =
  (changes: (resource: string) => JWTVerifyOptions): Verify =>
  async (token, { issuer, keys, now }, resource) =>
    (await jwtVerify(token, createLocalJWKSet({ keys: [...keys] }), {
      issuer,
      audience: resource,
      currentDate: now(),
      ...changes(resource),
    })).payload;

const verifyRightly = verifyWith(() => ({}));

/** Checks the claims, as after a signature. */
function checkClaims(payload: JWTPayload, { issuer, now }: Issuer, resource: string): JWTPayload {
  const { iss, aud, exp = 0 } = payload;
  if (iss !== issuer || ![aud].flat().includes(resource)) throw new Error("wrong iss or aud");
  if (exp * 1000 < now().getTime()) throw new Error("expired");
  return payload;
}

async function verifyHmacWithPublicKey(token: string, keys: readonly JWK[]): Promise<JWTPayload> {
  const [key = {}] = keys;
  const pem = await exportSPKI(await importJWK(key, "ES256", { extractable: true }) as CryptoKey);
  return (await jwtVerify(token, new TextEncoder().encode(pem))).payload;
}

const resourceServer = (accessTokenFormat: string, audience?: string) => ({
  features: {
    resourceIndicators: {
      getResourceServerInfo: (_: unknown, resource: string) => ({
        scope: "mcp:read mcp:write",
        audience: audience ?? resource,
        accessTokenFormat,
        ...accessTokenFormat === "jwt" && { jwt: { sign: { alg: "ES256" } } },
      }),
    },
  },
});

/** Changes each JWT before it is signed. */
const customizeJwt = (
  change: (jwt: { header: Record<string, unknown>; payload: Record<string, unknown> }) => void,
) => ({
  formats: {
    customizers: {
      jwt: (...[, , jwt]: [unknown, unknown, Parameters<typeof change>[0]]) => change(jwt),
    },
  },
});

const oidc = await loadOidc();

function refuse(name: string, message: string): never {
  const { [name]: Refusal = Error } = oidc.errors;
  throw new Refusal(message);
}

const validateClients = (check: (metadata: Record<string, unknown>) => void) => ({
  extraClientMetadata: {
    properties: ["checked"],
    validator: (...[, , , metadata]: [unknown, string, unknown, Record<string, unknown>]) =>
      check(metadata),
  },
});

const SETTINGS: readonly Setting[] = [
  set("pkce.required returns false", { pkce: { required: () => false } }),
  set("rotateRefreshToken is false", { rotateRefreshToken: false }),
  set("issueRefreshToken returns false", { issueRefreshToken: () => false }),
  set("responseTypes has id_token", { responseTypes: ["code", "id_token"] }),
  set("cookies without httpOnly and sameSite", {
    cookies: { long: { httpOnly: false, sameSite: undefined }, short: { httpOnly: false } },
  }),
  set("discovery has protected_resources of another server", {
    discovery: { protected_resources: ["https://other.example/mcp"] },
  }),
  set("registration is off", {
    features: { registration: { enabled: false }, registrationManagement: { enabled: false } },
  }),
  set("registrationManagement is off", {
    features: { registrationManagement: { enabled: false } },
  }),
  set("revocation.allowedPolicy allows everybody", {
    features: { revocation: { allowedPolicy: () => true } },
  }),
  set("resourceIndicators is off", { features: { resourceIndicators: { enabled: false } } }),
  set("getResourceServerInfo accepts every resource", resourceServer("jwt")),
  set("getResourceServerInfo has one audience for all", resourceServer("jwt", "api")),
  set("getResourceServerInfo does not know the MCP server", {
    features: {
      resourceIndicators: { getResourceServerInfo: () => refuse("InvalidTarget", "unknown") },
    },
  }),
  set("ttl.AccessToken is a week", { ttl: { AccessToken: 7 * 86_400 } }),
  set("clientAuthMethods without none", {
    clientAuthMethods: ["client_secret_basic", "client_secret_post"],
  }),
  set("formats.customizers.jwt removes jti", customizeJwt(({ payload }) => delete payload["jti"])),
  set(
    "formats.customizers.jwt sets typ to JWT",
    customizeJwt((jwt) => jwt.header = { ...jwt.header, typ: "JWT" }),
  ),
  set("renderError writes the parameters as they are", {
    renderError(ctx: { type: string; body: string; query: Record<string, string> }) {
      ctx.type = "html";
      ctx.body = `<p>invalid request: ${Object.values(ctx.query).join(" ")}</p>`;
    },
  }),
  set(
    "extraClientMetadata.validator refuses http",
    validateClients((metadata) => {
      const uris = metadata["redirect_uris"] as string[] ?? [];
      if (uris.some((it) => it.startsWith("http:"))) refuse("InvalidClientMetadata", "https only");
    }),
  ),
  set(
    "extraClientMetadata.validator refuses localhost and IPv6",
    validateClients((metadata) => {
      const uris = metadata["redirect_uris"] as string[] ?? [];
      if (uris.some((it) => /localhost|\[/.test(it))) {
        refuse("InvalidClientMetadata", "127.0.0.1 only");
      }
    }),
  ),
  set("scopes without offline_access, which refresh tokens need", {
    scopes: ["openid", "mcp:read", "mcp:write"],
    issueRefreshToken: (...[, , code]: [unknown, unknown, { scopes: Set<string> }]) =>
      code.scopes.has("offline_access"),
  }),
  set("scopes without one that the MCP server needs", {
    ...resourceServer("jwt"),
    scopes: ["openid", "offline_access"],
    features: {
      resourceIndicators: {
        getResourceServerInfo: (_: unknown, resource: string) => ({
          scope: "other",
          audience: resource,
          accessTokenFormat: "jwt",
          jwt: { sign: { alg: "ES256" } },
        }),
      },
    },
  }),
  {
    name: "issueRefreshToken asks for offline_access, and the MCP server names no scopes",
    start: () =>
      start({ refreshTokens: "offline_access" }, {
        requiredScopes: [],
        challenge: {},
        metadata: {},
      }),
  },
  {
    name: "requirePushedAuthorizationRequests",
    start: () => start({ par: "required" }),
  },
  verifies("verifies rightly", verifyRightly),
  verifies(
    "does not check aud",
    verifyWith(() => ({ audience: undefined } as unknown as JWTVerifyOptions)),
  ),
  verifies(
    "decodes tokens, and does not verify them",
    (token, issuer, resource) => Promise.resolve(checkClaims(decodeJwt(token), issuer, resource)),
  ),
  verifies(
    "verifies with the key in the token",
    async (token, issuer, resource) =>
      "jwk" in decodeProtectedHeader(token)
        ? checkClaims((await jwtVerify(token, EmbeddedJWK)).payload, issuer, resource)
        : await verifyRightly(token, issuer, resource),
  ),
  verifies(
    "accepts alg none",
    (token, issuer, resource) =>
      decodeProtectedHeader(token).alg?.toLowerCase() === "none"
        ? Promise.resolve(checkClaims(decodeJwt(token), issuer, resource))
        : verifyRightly(token, issuer, resource),
  ),
  verifies(
    "verifies HS256 with the text of the public key",
    async (token, issuer, resource) =>
      decodeProtectedHeader(token).alg === "HS256"
        ? checkClaims(await verifyHmacWithPublicKey(token, issuer.keys), issuer, resource)
        : await verifyRightly(token, issuer, resource),
  ),
  protects("executes tools without their scope", { toolScopes: {} }),
  protects("names no scope in a 403", { challenge: { scope: true, insufficientScope: false } }),
  protects("names an unsuitable scope in a 403", {
    challenge: { scope: true, insufficientScope: "mcp:admin" },
  }),
  protects("asks for offline_access", { challenge: { scope: "mcp:read offline_access" } }),
];

const SHORT = { accessTokenTtl: 50 };

const FAPI = { features: { fapi: { enabled: true, profile: "2.0" } } };

/** As strict as it can be configured: no check may fail. */
export const OIDC_PROVIDER_STRICT: ConfiguredServer = {
  name: "oidc-provider, strict",
  start: () => start(),
  plan: (server) => ({ otherResource: otherResource(server) }),
  settings: [
    { name: "the FAPI 2.0 profile", start: () => start({ settings: FAPI }) },
    {
      name: "the FAPI 2.0 profile, and pushed requests are required",
      start: () => start({ par: "required", settings: FAPI }),
    },
    {
      name: "the MCP server demands DPoP",
      start: () => start({}, { dpop: dpopCheck({}) }),
    },
    {
      name: "both servers demand a DPoP nonce",
      start: () => start({ dpop: "nonce" }, { dpop: dpopCheck({ nonce: "once" }) }),
    },
    {
      name: "pushed requests, DPoP with nonces and the FAPI 2.0 profile",
      start: () =>
        start({ par: "required", dpop: "nonce", settings: FAPI }, {
          dpop: dpopCheck({ nonce: "once" }),
        }),
    },
  ],
};

/** The time of an audit passes for the MCP server alone, so this is for one check. */
export const OIDC_PROVIDER_EXPIRY: ConfiguredServer = {
  name: "oidc-provider with tokens of 50 seconds",
  start: () => start(SHORT),
  plan: () => ({ maxWaitSeconds: 120, only: ["rs_expired"] }),
  settings: [{
    name: "the MCP server has a clockTolerance of a day",
    start: () => start(SHORT, {}, verifyWith(() => ({ clockTolerance: 86_400 }))),
  }],
};

export const OIDC_PROVIDER: ConfiguredServer = {
  name: "oidc-provider",
  start: () => start(),
  plan: (server) => ({
    otherResource: otherResource(server),
    stepUp: { tool: "write-thing", arguments: {}, scope: "mcp:write" },
  }),
  settings: SETTINGS,
};
