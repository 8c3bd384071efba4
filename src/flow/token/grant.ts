/**
 * Obtaining a token: one row a way of authorizing, each ending at the token endpoint.
 *
 * @module
 */

import { quoted } from "../../core/text.ts";
import { AUTH_MODES, type AuthModeRow } from "../../oauth/authorization/auth_mode.ts";
import { parseScope } from "../../oauth/mcp/scope.ts";
import type { TokenAnswer } from "../../oauth/common/token_answer.ts";
import { clientCredentialsGrant } from "../../oauth/token/token_grant.ts";
import { obtainCode } from "./code_grant.ts";
import type { GrantRequest, Ticket } from "./grant_request.ts";
import type { Identity } from "./identity_provider.ts";
import type { AuthMode } from "../context/login_plan.ts";
import type { Run } from "../context/login_context.ts";
import { takeToken } from "./request_token.ts";
import { postAsClient } from "./post_as_client.ts";

/** A token and what it was had with. */
export interface Obtained {
  /** The token. */
  readonly token: TokenAnswer;
  /** Who was signed in at the identity provider. */
  readonly identity?: Identity | undefined;
}

/** A grant's way to its ticket. */
type Grant = (run: Run, request: GrantRequest) => Promise<Ticket>;

async function jwtBearer(run: Run, request: GrantRequest): Promise<Ticket> {
  const { assertion } = run.plan;
  if (assertion === undefined) throw new RangeError("this grant needs an assertion");
  run.deps.secrets.add(assertion.text);
  const { jwtBearerGrant } = await import("../../oauth/token/assertion_grant.ts");
  const { discovery: { server, resource }, scopes } = request;
  return { body: jwtBearerGrant(assertion.text, server, scopes, resource) };
}

async function enterprise(run: Run, request: GrantRequest): Promise<Ticket> {
  const { identityProvider } = run.plan;
  if (identityProvider === undefined) throw new RangeError("this grant needs an ID token");
  const { discovery: { server, resource }, scopes, consent } = request;
  const { jwtBearerGrant } = await import("../../oauth/token/assertion_grant.ts");
  const { exchangeIdentity } = await import("./identity_provider.ts");
  const { identityOf } = await import("./identity_login.ts");
  run.deps.secrets.add(identityProvider.clientSecret);
  const identity = request.identity ?? await identityOf(run, identityProvider, consent);
  const assertion = await run.step("identity_exchange", async (detail) => {
    detail(identityProvider.issuer);
    return await exchangeIdentity(run.deps, identityProvider, {
      subject: { type: "id_token", token: identity.idToken },
      audience: server.issuer,
      ...{ resource, scopes },
    }, "identity_exchange");
  });
  return { body: jwtBearerGrant(assertion, server, scopes, resource), identity };
}

async function authorizationCode(run: Run, request: GrantRequest): Promise<Ticket> {
  const { discovery: { server, resource }, client, scopes, consent, prover } = request;
  if (consent === undefined) throw new RangeError("the code grant needs a consent");
  const code = { server, client: { ...client, prover }, consent, resource, scopes };
  const redirectUri = client.redirectUri ?? undefined;
  return { body: await obtainCode(run, { ...code, redirectUri }) };
}

/** The table: how each mode comes to what it hands in. */
const GRANTS: Readonly<Record<AuthMode, Grant>> = {
  interactive: authorizationCode,
  headless: authorizationCode,
  device: async (run, request) => (await import("./device_grant.ts")).deviceTicket(run, request),
  client_credentials: (_run, { scopes, discovery }) =>
    Promise.resolve({ body: clientCredentialsGrant(scopes, discovery.resource) }),
  jwt_bearer: jwtBearer,
  enterprise,
};

function judgeGrantedScope(
  run: Run,
  token: TokenAnswer,
  scopes: readonly string[] | undefined,
): void {
  if (token.scope === null || scopes === undefined) return;
  const granted = new Set(parseScope(token.scope));
  const missing = scopes.filter((scope) => !granted.has(scope));
  if (missing.length === 0) return;
  run.judge([{
    code: "scope_reduced",
    severity: "info",
    message: `asked for ${quoted(scopes.join(" "))}, granted ${quoted(token.scope)}`,
    remedy: "If an operation is refused later, ask the operator why the scope is not granted",
    reference: "RFC 6749 §3.3",
  }]);
}

/** True when somebody authorizes the request before the token is asked for. */
function authorizes({ codeGrant, endpoint }: AuthModeRow): boolean {
  return codeGrant || endpoint !== undefined;
}

/** Obtains a token by the plan's grant, and tells the waiting browser page how it ended. */
export async function obtainToken(run: Run, request: GrantRequest): Promise<Obtained> {
  const { server } = request.discovery;
  const client = { ...request.client, prover: request.prover };
  try {
    const grant = GRANTS[run.plan.authMode];
    const { body, redeem, identity } = authorizes(AUTH_MODES[run.plan.authMode])
      ? await run.step("authorization", async (detail) => {
        detail(
          request.scopes === undefined ? "no scope asked for" : `scope ${request.scopes.join(" ")}`,
        );
        return await grant(run, request);
      })
      : await grant(run, request);
    const token = await run.step("token", async (detail) => {
      const post = () => postAsClient(run.deps, server.tokenEndpoint ?? "", client, body);
      const answer = takeToken(run.deps, client, body, await (redeem?.(post) ?? post()));
      run.judge(answer.judgements);
      judgeGrantedScope(run, answer, request.scopes);
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
