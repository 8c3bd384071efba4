/**
 * Signs in, and signs in again if the MCP server refuses the token.
 *
 * @module
 */

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
  expandRegistration,
  firstSession,
  signInAt,
  startSignIn,
  update,
} from "./authorize.ts";
import type { SessionHolder } from "./session.ts";
import {
  decideForbidden,
  decideUnauthorized,
  MAX_AUTHORIZATIONS,
  type StopCode,
} from "./session_decisions.ts";
import { keyBindingFor, requiresKeyBinding } from "./token_binding.ts";

/** Signs in, and signs in again if the MCP server refuses the token. */
export async function establishSession(
  context: LoginContext,
  response: UnauthenticatedResponse,
  discovery: Discovery,
  consent: Consent | undefined,
): Promise<SessionHolder> {
  const signIn = await startSignIn(context, response, discovery, consent);
  let session = await firstSession(signIn, discovery);
  let refusal: Judgement | undefined;

  async function stop(
    code: StopCode,
    response: Response,
    challenge: BearerChallenge | undefined,
  ): Promise<false> {
    const { refusalJudgement } = await import("./session_refusals.ts");
    const { authorizations } = signIn.state;
    refusal = await refusalJudgement(code, {
      context,
      session,
      authorizations,
      challenge,
      response,
    });
    context.judge([refusal]);
    return false;
  }

  async function unauthorized(response: Response): Promise<boolean> {
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
      return await stop("authorization_limit", response, challenge);
    }
    const found = await discover(
      context,
      answered,
      usableServer(context, consent?.redirectUri ?? null),
    );
    if (found.server.issuer !== session.discovery.server.issuer) {
      update(signIn, { signer: await keyBindingFor(context, answered, found) });
      session = await signInAt(signIn, answered, found);
      return true;
    }
    const isUnbound = signIn.state.signer === undefined && requiresKeyBinding(answered, found);
    if (isUnbound) {
      const signer = await keyBindingFor(context, answered, found);
      update(signIn, { signer, isBindingRequired: true });
    }
    const challenged = withoutSecrets(challenge?.scope, context.deps.secrets);
    const decision = decideUnauthorized({ ...signIn.state, ...session }, challenged, isUnbound);
    if (decision.action === "stop") return await stop(decision.code, response, challenge);
    session = await authorize(signIn, session.discovery, session.client, decision.scopes);
    return true;
  }

  async function forbidden(response: Response): Promise<boolean> {
    const header = response.headers.get("www-authenticate");
    const challenge = header === null ? undefined : judgeChallenge(header, true).challenge;
    const usable = withoutSecrets(challenge?.scope, context.deps.secrets);
    const state = { ...signIn.state, ...session };
    const decision = decideForbidden(state, challenge, usable, context.rules.stepUp);
    if (decision.action === "stop") return await stop(decision.code, response, challenge);
    const { expand, scopes } = decision;
    context.note(`the server wants more scope: "${printable(challenge?.scope?.join(" ") ?? "")}"`);
    const { discovery, client } = session;
    const expanded = expand
      ? await expandRegistration(signIn, discovery, client, scopes)
      : undefined;
    session = await authorize(signIn, discovery, expanded ?? client, scopes);
    return true;
  }

  let busy: Promise<boolean> = Promise.resolve(true);
  return {
    current: () => session,
    takeRefusal() {
      const taken = refusal;
      refusal = undefined;
      return taken;
    },
    token: () => Promise.resolve(session.token.accessToken),
    signer: () => session.signer,
    certificate: () => session.certificate,
    accepted: (token) => update(signIn, { acceptedToken: token }),
    refused(response, token) {
      const answer = busy.then(async () => {
        if (token !== session.token.accessToken) return true;
        return response.status === 401 ? await unauthorized(response) : await forbidden(response);
      });
      busy = answer.catch((error) => toFailure(error).kind !== "cancelled");
      return answer;
    },
  };
}
