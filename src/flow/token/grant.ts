import { Failure } from "../../core/failure.ts";
import { quoted } from "../../core/text.ts";
import { AUTH_MODES } from "../../oauth/authorization/auth_mode.ts";
import { missingScopes, parseScope } from "../../oauth/mcp/scope.ts";
import { credentialRemedy } from "../../oauth/client/client_auth.ts";
import { lifetimeOf, type TokenResponse } from "../../oauth/common/issued_token.ts";
import { clientCredentialsGrant } from "../../oauth/token/token_grant.ts";
import { obtainCode } from "./code_grant.ts";
import type { GrantRequest, TokenRequest } from "./grant_request.ts";
import type { AuthMode } from "../context/login_plan.ts";
import type { LoginContext } from "../context/login_context.ts";
import {
  type AuthenticationAttempts,
  authenticationText,
  requestToken,
  type TokenClient,
} from "./post_as_client.ts";

/** How the client authenticated. */
export type Authentication = Required<
  Pick<TokenClient, "method" | "audienceIsEndpoint" | "clientIdInForm">
>;

interface TokenResult extends Pick<TokenRequest, "identity"> {
  readonly token: TokenResponse;
  readonly authentication: Authentication;
}

type Grant = (context: LoginContext, request: GrantRequest) => Promise<TokenRequest>;

async function jwtBearer(context: LoginContext, request: GrantRequest): Promise<TokenRequest> {
  const { assertion } = context.plan;
  if (assertion === undefined) throw new RangeError("this grant needs an assertion");
  context.deps.secrets.add(assertion.text);
  const { jwtBearerGrant } = await import("../../oauth/token/assertion_grant.ts");
  const { discovery: { server, resource }, scopes } = request;
  return { body: jwtBearerGrant(assertion.text, server, scopes, resource) };
}

async function enterprise(context: LoginContext, request: GrantRequest): Promise<TokenRequest> {
  const { identityProvider } = context.plan;
  if (identityProvider === undefined) throw new RangeError("this grant needs an ID token");
  const { discovery: { server, resource }, scopes, consent } = request;
  const { jwtBearerGrant } = await import("../../oauth/token/assertion_grant.ts");
  const { exchangeIdentity, identityOf } = await import("./identity_provider.ts");
  context.deps.secrets.add(identityProvider.clientSecret);
  const identity = request.identity ?? await identityOf(context, identityProvider, consent);
  const step = "identity_exchange";
  const assertion = await context.step(step, async (detail) => {
    detail(identityProvider.issuer);
    const subject = { type: "id_token", token: identity.idToken } as const;
    const parts = { subject, audience: server.issuer, resource, scopes };
    return await exchangeIdentity(context.deps, identityProvider, parts, step);
  });
  return { body: jwtBearerGrant(assertion, server, scopes, resource), identity };
}

async function authorizationCode(
  context: LoginContext,
  { discovery, client, scopes, consent }: GrantRequest,
): Promise<TokenRequest> {
  if (consent === undefined) throw new RangeError("the code grant needs a consent");
  const redirectUri = client.redirectUri ?? undefined;
  const { server, resource } = discovery;
  const request = { server, client, consent, resource, scopes, redirectUri };
  return { body: await obtainCode(context, request) };
}

const GRANTS: Readonly<Record<AuthMode, Grant>> = {
  interactive: authorizationCode,
  headless: authorizationCode,
  device: async (context, request) =>
    (await import("./device_grant.ts")).deviceTokenRequest(context, request),
  client_credentials: (_context, { scopes, discovery }) =>
    Promise.resolve({ body: clientCredentialsGrant(scopes, discovery.resource) }),
  jwt_bearer: jwtBearer,
  enterprise,
};

function judgeGrantedScope(
  context: LoginContext,
  token: TokenResponse,
  scopes: readonly string[] | undefined,
): void {
  if (token.scope === null || scopes === undefined) return;
  const granted = parseScope(token.scope);
  if (missingScopes(scopes, granted, token.refreshToken !== null).length === 0) return;
  context.judge([{
    code: "scope_reduced",
    severity: "info",
    message: `requested ${quoted(scopes.join(" "))}, granted ${quoted(token.scope)}`,
    remedy: "If an operation is refused later, ask the operator why the scope is not granted",
    reference: "RFC 6749 §3.3",
  }]);
}

/** The refusal of a client, with another way for it to authenticate. */
function withCredentialRemedy(
  failure: Failure,
  { client, discovery }: GrantRequest,
  { acceptedLate }: AuthenticationAttempts,
): Failure {
  const { code, message, cause, detail, reference } = failure;
  const from = { cause, detail, reference };
  if (acceptedLate !== undefined) {
    return new Failure(code, message, {
      ...from,
      remedy:
        `Authenticate the client with ${acceptedLate}: the server accepts that, but the first ` +
        `attempt with ${client.method} used up the authorization code`,
      loginFlags: { tokenAuthMethod: acceptedLate },
    });
  }
  if (client.method !== "none" || client.clientSecret !== undefined) return failure;
  if (client.approach === "dcr") {
    return new Failure(code, message, {
      ...from,
      remedy: "Register a client that has a secret",
      loginFlags: { tokenAuthMethod: "client_secret_post" },
    });
  }
  const found = credentialRemedy(discovery.server.tokenEndpointAuthMethods);
  if (found === undefined || client.approach !== "preregistered") return failure;
  const { remedy, loginFlags } = found;
  const intro = "The client sent no credential. If it was registered with one";
  return new Failure(code, message, { ...from, remedy: `${intro}: ${remedy}`, loginFlags });
}

const STORED = "mcpass stores the method that works with the sign-in";

function judgeAuthentication(
  context: LoginContext,
  { method: refused }: TokenClient,
  { accepted, chosenBy, supported }: AuthenticationAttempts,
): void {
  if (accepted === undefined) return;
  const { method, audienceIsEndpoint = false, clientIdInForm } = accepted;
  // A client of the user may be registered with a method that only the server knows.
  const isGuess = chosenBy === "mcpass" && method !== refused &&
    (supported?.includes(method) ?? true);
  const found = {
    code: "client_auth_method_refused",
    severity: isGuess || audienceIsEndpoint ? "info" : "warning",
    message: `the authorization server refused ${refused} and accepted ${
      authenticationText(accepted)
    }`,
    remedy: audienceIsEndpoint
      ? `Authorization server: accept the issuer as "aud", as newer clients send it`
      : isGuess
      ? `If the client is registered with ${method}, nothing is wrong; ${STORED}\n` +
        "Authorization server: if not, list only methods that work in token_endpoint_auth_methods_supported"
      : "Authorization server: list the methods that work in token_endpoint_auth_methods_supported, " +
        "and register clients with one of them",
    reference: "RFC 6749 §2.3; RFC 7591 §2",
  } as const;
  if (method !== refused || audienceIsEndpoint) return context.judge([found]);
  const parameter = clientIdInForm ? "client_id" : "client_secret";
  context.judge([{
    ...found,
    message: `the authorization server accepts ${refused} only with ${parameter} in the form`,
    remedy: `Authorization server: do not require ${parameter} in the form with ${refused}`,
  }]);
}

/** Obtains a token by the grant of the plan, and shows the outcome on the browser page that waits. */
export async function obtainToken(
  context: LoginContext,
  asked: GrantRequest,
): Promise<TokenResult> {
  const { authMode, tokenAuthMethod } = context.plan;
  const { consent, discovery: { server }, scopes, repeats } = asked;
  const attempts: AuthenticationAttempts = {
    chosenBy: tokenAuthMethod !== undefined
      ? "user"
      : asked.client.approach === "dcr"
      ? "server"
      : "mcpass",
    supported: server.tokenEndpointAuthMethods,
    note: context.note,
  };
  const client = { ...asked.client, attempts };
  const request = { ...asked, client };
  const { codeGrant, endpoint } = AUTH_MODES[authMode];
  const isAuthorizedFirst = codeGrant || endpoint !== undefined;
  const grant = () => GRANTS[authMode](context, request);
  try {
    const granted = isAuthorizedFirst
      ? await context.step("authorization", async (detail) => {
        detail(scopes === undefined ? "default scope" : `scope ${scopes.join(" ")}`);
        return await grant();
      }, repeats)
      : await grant();
    const token = await context.step("token", async (detail) => {
      const { body, send } = granted;
      const { tokenEndpoint = "" } = server;
      const token = await requestToken(context.deps, tokenEndpoint, client, body, send);
      const lifetime = lifetimeOf(token, context.deps.clock.now());
      judgeAuthentication(context, client, attempts);
      context.judge(token.judgements);
      judgeGrantedScope(context, token, scopes);
      const isOver = lifetime !== null && lifetime <= 0;
      detail(
        lifetime === null
          ? "lifetime unknown"
          : isOver
          ? "already expired"
          : `valid for ${lifetime} s`,
      );
      return token;
    }, repeats);
    consent?.showOutcome("success");
    const { method, audienceIsEndpoint, clientIdInForm } = attempts.accepted ?? client;
    const authentication = { method, audienceIsEndpoint, clientIdInForm };
    return { token, authentication, identity: granted.identity };
  } catch (error) {
    consent?.showOutcome("failure", error instanceof Failure ? error.code : undefined);
    const isUnexplained = error instanceof Failure && attempts.isRefused && !attempts.accepted;
    throw isUnexplained ? withCredentialRemedy(error, request, attempts) : error;
  }
}
