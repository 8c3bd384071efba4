import type { Judgement } from "../../core/finding.ts";
import { commandArgument, quoted } from "../../core/text.ts";
import type { BearerChallenge } from "../../oauth/mcp/challenge.ts";
import { unionScopes } from "../../oauth/mcp/scope.ts";
import { tokenHints } from "../../oauth/token/token_hints.ts";
import { serverText } from "../mcp/refusal.ts";
import type { LoginContext } from "../context/login_context.ts";
import type { Session, StopCode } from "./session.ts";

export interface RefusalFacts {
  readonly context: LoginContext;
  readonly session: Session;
  readonly authorizations: number;
  readonly challenge: BearerChallenge | undefined;
  readonly response: Response;
}

type RefusalText = Pick<Judgement, "message" | "remedy">;

const ERROR_HANDLING = "MCP authorization, Error Handling";
const STEP_UP = "MCP authorization, Step-Up Authorization Flow";

const REFERENCES: Readonly<Record<StopCode, string>> = {
  access_refused: ERROR_HANDLING,
  authorization_limit: ERROR_HANDLING,
  fresh_token_rejected: "MCP authorization, Token Audience Binding and Validation",
  insufficient_scope_unnamed: STEP_UP,
  step_up_limit: STEP_UP,
  step_up_not_in_revision: STEP_UP,
  token_rejected: ERROR_HANDLING,
};

const TEXTS: Readonly<
  Record<StopCode, (facts: RefusalFacts) => RefusalText | Promise<RefusalText>>
> = {
  access_refused: async ({ challenge, response }) => ({
    message: "the server answered 403" +
      (challenge?.error === undefined ? " without a challenge" : ` ${quoted(challenge.error)}`) +
      await serverText(response),
    remedy:
      "This is a refusal by policy (a firewall, an Origin check, a plan), not for a missing scope: " +
      "ask the operator",
  }),
  authorization_limit: ({ authorizations }) => ({
    message: `the server still answers 401 after ${authorizations} authorizations`,
    remedy: "Server: accept a token that it asked for",
  }),
  fresh_token_rejected: ({ context, session }) => {
    const { discovery: { resource, server: { issuer } }, token } = session;
    const hints = tokenHints(token.accessToken, {
      resource,
      issuer,
      now: context.deps.clock.now(),
    });
    const claims = hints.length === 0 ? "" : `; unverified, the token says: ${hints.join("; ")}`;
    return {
      message: `the server answered 401 to a token that was issued just now${claims}`,
      remedy: `Server: accept tokens of ${quoted(issuer)} for ` +
        `${
          quoted(resource ?? context.plan.serverUrl)
        }. Authorization server: put the resource into ` +
        "the audience",
    };
  },
  insufficient_scope_unnamed: ({ session }) => {
    const published = session.discovery.resourceMetadata?.scopesSupported ?? [];
    return {
      message: "the server answered 403 insufficient_scope without naming a scope",
      remedy: "Server: name the scopes in the challenge. Meanwhile: " +
        (published.length === 0
          ? '--scopes "<a b>"'
          : "pick from those of the resource metadata: --scopes " +
            commandArgument(published.join(" "))),
    };
  },
  step_up_limit: ({ authorizations, challenge, session }) => ({
    message:
      `the server still answers 403 insufficient_scope after ${authorizations} authorizations; it ` +
      `names ${quoted(challenge?.scope?.join(" ") ?? "")}, and ` +
      `${quoted(session.requested?.join(" ") ?? "")} was asked for`,
    remedy: "Server: name every scope the operation needs, and accept tokens that have them",
  }),
  step_up_not_in_revision: ({ challenge, context, session }) => ({
    message: `the server answered 403 insufficient_scope, and ${context.rules.id} has no step-up`,
    remedy: "Ask for the scope at once: --scopes " +
      commandArgument(unionScopes(session.requested, challenge?.scope).join(" ")),
  }),
  token_rejected: () => ({
    message: "the server answered 401 again after another authorization",
    remedy: "Server: accept its tokens for as long as they are valid",
  }),
};

export async function refusalJudgement(code: StopCode, facts: RefusalFacts): Promise<Judgement> {
  return { code, severity: "warning", ...await TEXTS[code](facts), reference: REFERENCES[code] };
}
