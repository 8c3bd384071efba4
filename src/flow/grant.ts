/**
 * Obtaining a token: one row a way of authorizing, each ending at the token endpoint.
 *
 * @module
 */

import type { Consent } from "../consent/consent.ts";
import { Failure, toFailure } from "../core/failure.ts";
import { quoted } from "../core/text.ts";
import {
  authorizationParameters,
  type AuthorizationRecord,
  authorizationUrl,
  hasOurState,
  judgeCallback,
  judgePreflight,
  newAuthorization,
  pushedUrl,
} from "../oauth/authorization.ts";
import { AUTH_MODES, type AuthModeRow } from "../oauth/auth_mode.ts";
import type { HttpAnswer } from "../http/http.ts";
import { parseScope } from "../oauth/scope.ts";
import { clientCredentialsGrant, codeGrant, type TokenAnswer } from "../oauth/token.ts";
import type { Client } from "./client_registration.ts";
import type { Discovery } from "./discovery.ts";
import type { AuthMode } from "./login_plan.ts";
import type { Run } from "./run.ts";
import type { Prover } from "./prover.ts";
import { postAsClient, takeToken } from "./token_request.ts";

/** What a grant is obtained for. */
export interface GrantRequest {
  /** Server and resource. */
  readonly discovery: Discovery;
  /** Client at that server. */
  readonly client: Client;
  /** Scope to ask for; undefined leaves the parameter out. */
  readonly scopes: readonly string[] | undefined;
  /** The way to consent, for the grants that need one. */
  readonly consent: Consent | undefined;
  /** Binds the token to its key; absent for a bearer token. */
  readonly prover?: Prover | undefined;
}

/** What is handed in at the token endpoint. */
export interface Ticket {
  /** The parameters of the token request. */
  readonly body: URLSearchParams;
  /** How it is handed in; absent: once. */
  readonly redeem?: (post: () => Promise<HttpAnswer>) => Promise<HttpAnswer>;
}

/** A grant's way to its ticket. */
type Grant = (run: Run, request: GrantRequest) => Promise<Ticket>;

async function preflight(run: Run, endpoint: string, record: AuthorizationRecord): Promise<void> {
  const { issuer, issParameter, redirectUri, clientId, resource, scopes } = record;
  const throwaway = await newAuthorization({
    issuer,
    issParameter,
    redirectUri,
    clientId,
    resource,
    scopes,
  });
  run.deps.secrets.add(throwaway.state);
  let note: string | undefined;
  try {
    const answer = await run.deps.http.send({
      purpose: "authorization_preflight",
      step: "authorization",
      method: "GET",
      url: authorizationUrl(endpoint, throwaway),
      headers: [["accept", "text/html,*/*"]],
      signal: run.deps.signal,
    });
    const code = URL.parse(answer.headers.get("location") ?? "", answer.url)?.searchParams.get(
      "code",
    );
    run.deps.secrets.add(code);
    const verdict = judgePreflight(answer, throwaway);
    if (verdict.stop !== undefined) throw verdict.stop;
    note = verdict.note;
  } catch (error) {
    const failure = toFailure(error);
    const unanswered = failure.code.startsWith("network_") || failure.code === "response_too_large";
    if (!unanswered) throw error;
    note = `asking the authorization endpoint beforehand failed: ${failure.message}`;
  }
  if (note !== undefined) run.note(note);
}

/** Hands the parameters to the server beforehand (RFC 9126). */
async function pushRequest(
  run: Run,
  { discovery: { server }, client, prover }: GrantRequest,
  endpoint: string,
  record: AuthorizationRecord,
): Promise<string> {
  const { pushedRequestEndpoint } = server;
  if (pushedRequestEndpoint === undefined) {
    throw new Failure(
      "pushed_request_endpoint_missing",
      `${quoted(server.issuer)} names no pushed_authorization_request_endpoint`,
      {
        remedy: server.pushedRequestsRequired
          ? "Server: publish the endpoint whose use it requires"
          : "Leave --par out",
        reference: "RFC 9126 §5",
      },
    );
  }
  const { judgePushedRequest } = await import("../oauth/pushed_request.ts");
  const body = new URLSearchParams(authorizationParameters(record).map(([n, v]) => [n, v]));
  const answer = await postAsClient(
    run.deps,
    pushedRequestEndpoint,
    { ...client, kept: false, prover },
    body,
    "authorization",
  );
  const requestUri = judgePushedRequest(answer);
  run.deps.secrets.add(requestUri);
  return pushedUrl(endpoint, record.clientId, requestUri);
}

async function jwtBearer(run: Run, request: GrantRequest): Promise<Ticket> {
  const { assertion } = run.plan;
  if (assertion === undefined) throw new RangeError("this grant needs an assertion");
  run.deps.secrets.add(assertion.text);
  const { jwtBearerGrant } = await import("../oauth/assertion_grant.ts");
  return { body: jwtBearerGrant(assertion.text, request.scopes, request.discovery.resource) };
}

async function enterprise(run: Run, request: GrantRequest): Promise<Ticket> {
  const { identityProvider } = run.plan;
  if (identityProvider === undefined) throw new RangeError("this grant needs an ID token");
  const { discovery: { server, resource }, scopes } = request;
  const { jwtBearerGrant } = await import("../oauth/assertion_grant.ts");
  const { exchangeIdentity } = await import("./identity_provider.ts");
  run.deps.secrets.add(identityProvider.clientSecret);
  const assertion = await run.step("identity_exchange", async (detail) => {
    detail(identityProvider.issuer);
    return await exchangeIdentity(run.deps, identityProvider, {
      idToken: identityProvider.idToken.text,
      audience: server.issuer,
      ...{ resource, scopes },
    }, "identity_exchange");
  });
  return { body: jwtBearerGrant(assertion, scopes, resource) };
}

async function authorizationCode(run: Run, request: GrantRequest): Promise<Ticket> {
  const { discovery, client, scopes, consent } = request;
  const endpoint = discovery.server.authorizationEndpoint;
  if (consent === undefined || endpoint === undefined) {
    throw new RangeError("the authorization code grant needs a consent and an endpoint");
  }
  const { secrets, signal } = run.deps;
  const { prover } = request;
  const dpopJkt = prover && await (await import("../oauth/dpop.ts")).dpopThumbprint(prover.key);
  const record = await newAuthorization({
    issuer: discovery.server.issuer,
    issParameter: discovery.server.issParameter,
    redirectUri: consent.redirectUri,
    clientId: client.clientId,
    resource: discovery.resource,
    scopes,
    dpopJkt,
  });
  secrets.add(record.state);
  secrets.add(record.codeVerifier);
  const pushed = run.plan.par === true || discovery.server.pushedRequestsRequired;
  const url = pushed
    ? await pushRequest(run, request, endpoint, record)
    : authorizationUrl(endpoint, record);
  // A pushed request was judged already, and its URL is good for one use.
  if (run.plan.authMode === "interactive") {
    if (!pushed) await preflight(run, endpoint, record);
    run.note(
      `asking ${record.issuer} for ` +
        (scopes === undefined ? "its default scope" : `the scope "${scopes.join(" ")}"`) +
        (record.resource === null ? "" : `, for ${record.resource}`) +
        `, as client ${client.clientId}, back to ${record.redirectUri}`,
    );
  }
  if (run.plan.authMode === "interactive") {
    const at = run.deps.clock.now();
    run.deps.emit({ type: "waiting", at, until: at + run.plan.consentTimeoutMs });
  }
  const consented = await consent.obtain({
    authorizationUrl: url,
    judge: (parameters, bare) =>
      (bare ? !record.issParameter : hasOurState(parameters, record)) ? "take" : "ignore",
    timeoutMs: run.plan.consentTimeoutMs,
    signal,
  });
  for (const [name, value] of consented.parameters) {
    if (name === "code") secrets.add(value);
  }
  if (consented.bare) {
    run.judge([{
      code: "state_unchecked",
      severity: "warning",
      message: "a bare code was pasted, so state could not be checked",
      remedy: "Paste the whole address of the page that the browser ended on",
      reference: "RFC 6749 §10.12",
    }]);
  }
  return { body: codeGrant(record, judgeCallback(consented.parameters, record, consented.bare)) };
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

/** True when the mode sends a person or a machine to the authorization endpoint. */
export function needsConsent(mode: AuthMode): boolean {
  return AUTH_MODES[mode].codeGrant;
}

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
export async function obtainToken(run: Run, request: GrantRequest): Promise<TokenAnswer> {
  const { server } = request.discovery;
  const client = { ...request.client, kept: false, prover: request.prover };
  try {
    const grant = GRANTS[run.plan.authMode];
    const { body, redeem } = authorizes(AUTH_MODES[run.plan.authMode])
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
    await request.consent?.settle("success");
    return token;
  } catch (error) {
    await request.consent?.settle("failure");
    throw error;
  }
}
