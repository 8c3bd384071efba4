/** Signs in, and signs in again if the MCP server refuses the token. @module */

import type { Consent } from "../../consent/consent.ts";
import { toFailure } from "../../core/failure.ts";
import type { Judgement } from "../../core/finding.ts";
import { printable } from "../../core/text.ts";
import type { BearerChallenge } from "../../oauth/mcp/challenge.ts";
import { withoutSecrets } from "../../oauth/mcp/scope.ts";
import { usableServer } from "../client/client_registration.ts";
import type { LoginContext } from "../context/login_context.ts";
import { judgeChallenge } from "../discovery/challenge_findings.ts";
import { discover, type Discovery } from "../discovery/discover.ts";
import type { UnauthenticatedResponse } from "../discovery/unauthenticated_response.ts";
import {
  authorize,
  type ConsentResult,
  expandRegistration,
  firstSession,
  signInAt,
  startSignIn,
  update,
} from "./authorize.ts";
import type { Session, SessionHolder } from "./session.ts";
import {
  decideForbidden,
  decideUnauthorized,
  MAX_AUTHORIZATIONS,
  type StopCode,
} from "./session_decisions.ts";
import { keyBindingFor, requiresKeyBinding } from "./token_binding.ts";

/** The session of a login, and why its last refusal ended without another token. */
interface HeldSession {
  readonly signIn: ConsentResult;
  session: Session;
  refusal: Judgement | undefined;
}

async function stop(
  held: HeldSession,
  code: StopCode,
  response: Response,
  challenge: BearerChallenge | undefined,
): Promise<false> {
  const { refusalJudgement } = await import("./session_refusals.ts");
  const { session, signIn: { context, state: { authorizations } } } = held;
  const facts = { context, session, authorizations, challenge, response };
  held.refusal = await refusalJudgement(code, facts);
  context.judge([held.refusal]);
  return false;
}

async function afterUnauthorized(held: HeldSession, response: Response): Promise<boolean> {
  const { signIn, session } = held;
  const { context, consent } = signIn;
  const judged = judgeChallenge(response.headers.get("www-authenticate"), true);
  context.judge(judged.judgements);
  const { challenge } = judged;
  const answered: UnauthenticatedResponse = {
    challenge,
    url: response.url || context.plan.serverUrl,
    protocol: context.rules,
    blockedBy: undefined,
  };
  if (signIn.state.authorizations >= MAX_AUTHORIZATIONS) {
    return await stop(held, "authorization_limit", response, challenge);
  }
  const usable = usableServer(context, consent?.redirectUri ?? null);
  const found = await discover(context, answered, usable);
  if (found.server.issuer !== session.discovery.server.issuer) {
    update(signIn, { signer: await keyBindingFor(context, answered, found) });
    held.session = await signInAt(signIn, answered, found);
    return true;
  }
  const isUnbound = signIn.state.signer === undefined && requiresKeyBinding(answered, found);
  if (isUnbound) {
    const signer = await keyBindingFor(context, answered, found);
    update(signIn, { signer, isBindingRequired: true });
  }
  const challenged = withoutSecrets(challenge?.scope, context.deps.secrets);
  const decision = decideUnauthorized({ ...signIn.state, ...session }, challenged, isUnbound);
  if (decision.action === "stop") return await stop(held, decision.code, response, challenge);
  held.session = await authorize(signIn, session.discovery, session.client, decision.scopes);
  return true;
}

async function afterForbidden(held: HeldSession, response: Response): Promise<boolean> {
  const { signIn, session } = held;
  const { context } = signIn;
  const header = response.headers.get("www-authenticate");
  const challenge = header === null ? undefined : judgeChallenge(header, true).challenge;
  const usable = withoutSecrets(challenge?.scope, context.deps.secrets);
  const state = { ...signIn.state, ...session };
  const decision = decideForbidden(state, challenge, usable, context.rules.stepUp);
  if (decision.action === "stop") return await stop(held, decision.code, response, challenge);
  const { expand, scopes } = decision;
  context.note(`the server requires more scope: "${printable(challenge?.scope?.join(" ") ?? "")}"`);
  const { discovery, client } = session;
  const expanded = expand ? await expandRegistration(signIn, discovery, client, scopes) : undefined;
  held.session = await authorize(signIn, discovery, expanded ?? client, scopes);
  return true;
}

/** Signs in, and signs in again if the MCP server refuses the token. */
export async function establishSession(
  context: LoginContext,
  response: UnauthenticatedResponse,
  discovery: Discovery,
  consent: Consent | undefined,
): Promise<SessionHolder> {
  const signIn = await startSignIn(context, response, discovery, consent);
  const session = await firstSession(signIn, discovery);
  const held: HeldSession = { signIn, session, refusal: undefined };
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
    accepted: (token) => update(signIn, { acceptedToken: token }),
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
