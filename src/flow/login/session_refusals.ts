import type { Judgement } from "../../core/finding.ts";
import { quoted } from "../../core/text.ts";
import type { BearerChallenge } from "../../oauth/mcp/challenge.ts";
import { unionScopes } from "../../oauth/mcp/scope.ts";
import { bindingOf, tokenHints } from "../../oauth/token/token_hints.ts";
import { ACCESS_REMEDY, serverText, tokenRefusedRemedy } from "../mcp/refusal.ts";
import type { LoginContext } from "../context/login_context.ts";
import type { Session, StopCode } from "./session.ts";

interface RefusalFacts {
  readonly context: LoginContext;
  readonly session: Session;
  readonly authorizations: number;
  readonly challenge: BearerChallenge | undefined;
  readonly response: Response;
  /** True if the server accepted the token for another request. */
  readonly isAccepted: boolean;
}

function errorOf(challenge: BearerChallenge | undefined): string {
  return challenge?.error === undefined ? "" : ` ${quoted(challenge.error)}`;
}

function bindingIn({ session: { token, signer, certificate } }: RefusalFacts) {
  return signer ?? certificate ? undefined : bindingOf(token.accessToken);
}

/** What the token says about itself, if it can be read and differs from what is expected. */
function claimsOf(facts: RefusalFacts): string {
  const { context, session: { discovery: { resource, server: { issuer } }, token } } = facts;
  const now = context.deps.clock.now();
  const hints = [
    bindingIn(facts)?.found ?? [],
    tokenHints(token.accessToken, { resource, issuer, now }),
  ].flat();
  return hints.length === 0 ? "" : `; unverified, the token says: ${hints.join("; ")}`;
}

function bindingRemedy(facts: RefusalFacts): Omit<RefusalText, "message"> | undefined {
  const binding = bindingIn(facts);
  if (binding === undefined) return undefined;
  const { remedy, reference } = binding;
  const { dpopAlgorithms } = facts.session.discovery.server;
  return dpopAlgorithms === undefined ? { remedy, reference } : {
    remedy: `${remedy}\nBind the token to a key (DPoP)`,
    loginFlags: { dpop: true },
    reference,
  };
}

/** For a bound token at a server that challenges for bearer tokens. */
function proofRemedy(
  { response, session }: RefusalFacts,
): Omit<RefusalText, "message"> | undefined {
  const challenges = response.headers.get("www-authenticate") ?? "";
  if (session.signer === undefined || /\bdpop\b/i.test(challenges)) return undefined;
  return {
    remedy: "Server: accept tokens with the scheme DPoP, and name it in the challenge\n" +
      "Use a bearer token",
    loginFlags: { dpop: undefined },
    reference: "RFC 9449 §7.1",
  };
}

type RefusalText = Omit<Judgement, "code" | "severity">;

const ERROR_HANDLING = "MCP authorization, Error Handling";
const STEP_UP = "MCP authorization, Step-Up Authorization Flow";

const TEXTS: Readonly<
  Record<StopCode, (facts: RefusalFacts) => RefusalText | Promise<RefusalText>>
> = {
  access_refused: async (facts) => {
    const { challenge, response, session, isAccepted, context } = facts;
    const said = challenge === undefined ? " without a challenge" : errorOf(challenge);
    const isAboutToken = !isAccepted && session.discovery.response.blockedBy === undefined;
    const compared = isAboutToken
      ? " to a token that was issued just now, and asks for a token if none is sent"
      : "";
    const words = await serverText(response, said, context.deps.secrets);
    return {
      message: `the server answered 403${said}${compared}${words}` +
        (isAboutToken ? claimsOf(facts) : ""),
      ...isAboutToken
        ? bindingRemedy(facts) ?? { remedy: tokenRefusedRemedy({}), reference: ERROR_HANDLING }
        : { remedy: ACCESS_REMEDY, reference: ERROR_HANDLING },
    };
  },
  authorization_limit: ({ authorizations }) => ({
    message: `the server still answers 401 after ${authorizations} authorizations`,
    remedy: "Server: accept the token that its own challenge asked for",
    reference: ERROR_HANDLING,
  }),
  fresh_token_rejected: async (facts) => {
    const { context, challenge, response, session } = facts;
    const { resource, server: { issuer } } = session.discovery;
    const audience = quoted(resource ?? context.plan.serverUrl);
    const said = challenge?.error === undefined ? "" : ` ${quoted(challenge.error)}`;
    const words = await serverText(response, said, context.deps.secrets);
    return {
      message: `the server answered 401${said} to a token that was issued just now${words}` +
        claimsOf(facts),
      ...bindingRemedy(facts) ?? proofRemedy(facts) ?? {
        remedy: `Server: accept tokens of ${quoted(issuer)} for ${audience}\n` +
          "Authorization server: put the resource into the audience",
        reference: "MCP authorization, Token Audience Binding and Validation",
      },
    };
  },
  insufficient_scope_unnamed: ({ session }) => {
    const published = session.discovery.resourceMetadata?.scopesSupported ?? [];
    return {
      message: "the server answered 403 insufficient_scope without naming a scope",
      remedy: "Server: name the scopes in the challenge\n" +
        (published.length === 0 ? "Specify scopes" : "Request scopes that the server publishes"),
      loginFlags: { scopes: published.length === 0 ? "<a b>" : published.join(" ") },
      reference: STEP_UP,
    };
  },
  step_up_limit: ({ authorizations, challenge, session }) => ({
    message:
      `the server still answers 403${
        errorOf(challenge)
      } after ${authorizations} authorizations; it ` +
      `names ${quoted(challenge?.scope?.join(" ") ?? "")}, and ` +
      `${quoted(session.requested?.join(" ") ?? "")} was requested`,
    remedy:
      "Server: name every scope that the operation requires, and accept tokens that have them",
    reference: STEP_UP,
  }),
  step_up_not_in_revision: ({ challenge, context, session }) => ({
    message: `the server answered 403${errorOf(challenge)} and names a scope, but ` +
      `${context.rules.id} has no step-up authorization`,
    remedy: "Request the scope in the first authorization",
    loginFlags: { scopes: unionScopes(session.requested, challenge?.scope).join(" ") },
    reference: STEP_UP,
  }),
  token_rejected: () => ({
    message: "the server answered 401 again after another authorization",
    remedy: "Server: accept tokens until they expire",
    reference: ERROR_HANDLING,
  }),
};

export async function refusalJudgement(code: StopCode, facts: RefusalFacts): Promise<Judgement> {
  return { code, severity: "warning", ...await TEXTS[code](facts) };
}
