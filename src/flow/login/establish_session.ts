/** Signs in, and signs in again if the MCP server refuses the token. @module */

import type { Consent } from "../../consent/consent.ts";
import { toFailure } from "../../core/failure.ts";
import type { Judgement } from "../../core/finding.ts";
import { quoted } from "../../core/text.ts";
import type { BearerChallenge } from "../../oauth/mcp/challenge.ts";
import { withoutSecrets } from "../../oauth/mcp/scope.ts";
import { chooseApproach } from "../client/client_registration.ts";
import type { LoginContext } from "../context/login_context.ts";
import { judgeChallenge } from "../discovery/challenge_findings.ts";
import { discover, type Discovery } from "../discovery/discover.ts";
import {
  authorize,
  authorizeOnce,
  expandRegistration,
  firstAuthorization,
  type RunningLogin,
  signInAt,
} from "./authorize.ts";
import {
  type AuthorizationState,
  decideForbidden,
  decideUnauthorized,
  MAX_AUTHORIZATIONS,
  type Session,
  type SessionHolder,
  type StopCode,
} from "./session.ts";
import type { BegunLogin } from "./begin_login.ts";
import { keyBindingFor, requiresKeyBinding } from "./token_binding.ts";

interface HeldSession {
  readonly login: RunningLogin;
  session: Session;
  /** Why the last refusal ended without another token. */
  refusal: Judgement | undefined;
}

async function stop(
  held: HeldSession,
  code: StopCode,
  response: Response,
  challenge: BearerChallenge | undefined,
): Promise<false> {
  const { refusalJudgement } = await import("./session_refusals.ts");
  const { session, login: { context, state: { acceptedToken, authorizations } } } = held;
  const isAccepted = acceptedToken === session.token.accessToken;
  const facts = { context, session, authorizations, challenge, response, isAccepted };
  held.refusal = await refusalJudgement(code, facts);
  context.judge([held.refusal]);
  return false;
}

async function afterUnauthorized(held: HeldSession, response: Response): Promise<boolean> {
  const { login, session } = held;
  const { context, consent, state } = login;
  const { secrets } = context.deps;
  const { challenge, judgements } = judgeChallenge(response.headers.get("www-authenticate"), true);
  context.judge(judgements);
  if (state.authorizations >= MAX_AUTHORIZATIONS) {
    return await stop(held, "authorization_limit", response, challenge);
  }
  const url = response.url || context.plan.serverUrl;
  const { rules: protocol } = context;
  const answered = { challenge, url, protocol, blockedBy: undefined, isMcp: true, isLater: true };
  const refused = "the server answered 401 to the token";
  const found = await context.repeating(refused, () =>
    discover(context, answered, (server) => {
      chooseApproach(context, server, consent?.redirectUri ?? null);
    }));
  const { issuer } = found.server;
  if (issuer !== session.discovery.server.issuer) {
    state.signer = await keyBindingFor(context, found);
    const why = `the server names the authorization server ${quoted(issuer)} now`;
    held.session = await context.repeating(why, () => signInAt(login, found));
    return true;
  }
  const isUnbound = state.signer === undefined && requiresKeyBinding(found);
  if (isUnbound) {
    state.signer = await keyBindingFor(context, found);
    state.isBindingRequired = true;
  }
  const challenged = withoutSecrets(challenge?.scope, secrets);
  const decision = decideUnauthorized({ ...state, ...session }, challenged, isUnbound);
  if (decision.action === "stop") return await stop(held, decision.code, response, challenge);
  const { discovery, client } = session;
  const required = challenged === undefined || challenged.length === 0
    ? ""
    : ` and requires the scope ${quoted(challenged.join(" "))}`;
  held.session = await context.repeating(
    refused + required,
    () => authorize(login, { discovery, client, scopes: decision.scopes }),
  );
  return true;
}

async function afterForbidden(held: HeldSession, response: Response): Promise<boolean> {
  const { login, session } = held;
  const { context, state } = login;
  const { challenge } = judgeChallenge(response.headers.get("www-authenticate"), true);
  const usable = withoutSecrets(challenge?.scope, context.deps.secrets);
  const { stepUp } = context.rules;
  const decision = decideForbidden({ ...state, ...session }, challenge, usable, stepUp);
  if (decision.action === "stop") return await stop(held, decision.code, response, challenge);
  const { expand, scopes } = decision;
  const why = `the server requires the scope ${quoted(challenge?.scope?.join(" ") ?? "")}`;
  const { discovery, client } = session;
  const request = { discovery, client, scopes };
  held.session = await context.repeating(why, async () => {
    const expanded = expand ? await expandRegistration(login, request) : undefined;
    return await authorize(login, { ...request, client: expanded ?? client });
  });
  return true;
}

/** @param begun The login that another process began. */
export async function establishSession(
  context: LoginContext,
  discovery: Discovery,
  consent: Consent | undefined,
  begun?: BegunLogin,
): Promise<SessionHolder> {
  const state: AuthorizationState = {
    authorizations: 0,
    isExpanded: begun !== undefined,
    acceptedToken: undefined,
    isBindingRequired: requiresKeyBinding(discovery),
    signer: begun === undefined ? await keyBindingFor(context, discovery) : begun.signer,
    identity: undefined,
  };
  const login = { context, consent, state };
  const session = begun === undefined
    ? await firstAuthorization(login, discovery, authorizeOnce)
    : await authorizeOnce(login, begun);
  const held: HeldSession = { login, session, refusal: undefined };
  let busy: Promise<boolean> = Promise.resolve(true);
  return {
    current: () => held.session,
    takeRefusal() {
      const { refusal } = held;
      held.refusal = undefined;
      return refusal;
    },
    token: () => Promise.resolve(held.session.token.accessToken),
    signer: () => held.session.signer,
    certificate: () => held.session.certificate,
    accepted: (token) => {
      state.acceptedToken = token;
    },
    refused(response, token) {
      const answer = busy.then(async () => {
        if (token !== held.session.token.accessToken) return true;
        return response.status === 401
          ? await afterUnauthorized(held, response)
          : await afterForbidden(held, response);
      });
      busy = answer.catch((error) => toFailure(error).kind !== "cancelled");
      return answer;
    },
  };
}
