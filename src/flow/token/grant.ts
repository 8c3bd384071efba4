import { quoted } from "../../core/text.ts";
import { AUTH_MODES, type AuthModeRow } from "../../oauth/authorization/auth_mode.ts";
import { parseScope } from "../../oauth/mcp/scope.ts";
import type { TokenResponse } from "../../oauth/common/issued_token.ts";
import { clientCredentialsGrant } from "../../oauth/token/token_grant.ts";
import { obtainCode } from "./code_grant.ts";
import type { GrantRequest, TokenRequest } from "./grant_request.ts";
import type { Identity } from "./identity_provider.ts";
import type { AuthMode } from "../context/login_plan.ts";
import type { LoginContext } from "../context/login_context.ts";
import { readTokenResponse } from "./request_token.ts";
import { postAsClient } from "./post_as_client.ts";

export interface TokenResult {
  readonly token: TokenResponse;
  readonly identity?: Identity | undefined;
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
  const { exchangeIdentity } = await import("./identity_provider.ts");
  const { identityOf } = await import("./identity_login.ts");
  context.deps.secrets.add(identityProvider.clientSecret);
  const identity = request.identity ?? await identityOf(context, identityProvider, consent);
  const assertion = await context.step("identity_exchange", async (detail) => {
    detail(identityProvider.issuer);
    return await exchangeIdentity(context.deps, identityProvider, {
      subject: { type: "id_token", token: identity.idToken },
      audience: server.issuer,
      resource,
      scopes,
    }, "identity_exchange");
  });
  return { body: jwtBearerGrant(assertion, server, scopes, resource), identity };
}

async function authorizationCode(
  context: LoginContext,
  request: GrantRequest,
): Promise<TokenRequest> {
  const { discovery: { server, resource }, client, scopes, consent, signer } = request;
  if (consent === undefined) throw new RangeError("the code grant needs a consent");
  const code = { server, client: { ...client, signer }, consent, resource, scopes };
  const redirectUri = client.redirectUri ?? undefined;
  return { body: await obtainCode(context, { ...code, redirectUri }) };
}

const GRANTS: Readonly<Record<AuthMode, Grant>> = {
  interactive: authorizationCode,
  headless: authorizationCode,
  device: async (context, request) =>
    (await import("./device_grant.ts")).deviceTokenRequest(context, request),
  client_credentials: (_run, { scopes, discovery }) =>
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
  const granted = new Set(parseScope(token.scope));
  const missing = scopes.filter((scope) => !granted.has(scope));
  if (missing.length === 0) return;
  context.judge([{
    code: "scope_reduced",
    severity: "info",
    message: `asked for ${quoted(scopes.join(" "))}, granted ${quoted(token.scope)}`,
    remedy: "If an operation is refused later, ask the operator why the scope is not granted",
    reference: "RFC 6749 §3.3",
  }]);
}

/** True if the user authorizes the request before the token request. */
function authorizes({ codeGrant, endpoint }: AuthModeRow): boolean {
  return codeGrant || endpoint !== undefined;
}

/**
 * Obtains a token by the grant of the plan, and shows the outcome on the browser page that waits.
 */
export async function obtainToken(
  context: LoginContext,
  request: GrantRequest,
): Promise<TokenResult> {
  const { server } = request.discovery;
  const client = { ...request.client, signer: request.signer };
  try {
    const grant = GRANTS[context.plan.authMode];
    const { body, send, identity } = authorizes(AUTH_MODES[context.plan.authMode])
      ? await context.step("authorization", async (detail) => {
        detail(
          request.scopes === undefined ? "no scope asked for" : `scope ${request.scopes.join(" ")}`,
        );
        return await grant(context, request);
      })
      : await grant(context, request);
    const token = await context.step("token", async (detail) => {
      const post = () => postAsClient(context.deps, server.tokenEndpoint ?? "", client, body);
      const answer = readTokenResponse(context.deps, client, body, await (send?.(post) ?? post()));
      context.judge(answer.judgements);
      judgeGrantedScope(context, answer, request.scopes);
      detail(
        answer.expiresIn === null ? "lifetime unknown" : `valid for ${answer.expiresIn} s`,
      );
      return answer;
    });
    request.consent?.showOutcome("success");
    return { token, identity };
  } catch (error) {
    request.consent?.showOutcome("failure");
    throw error;
  }
}
