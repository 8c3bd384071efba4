/** Opens grants: with a code, a device code, client credentials, or a token of the operator. @module */

import { quoted } from "../../core/text.ts";
import { randomValue } from "../../oauth/authorization/authorization.ts";
import { isSuccess } from "../../oauth/common/endpoint_response.ts";
import { errorResponse } from "../../oauth/common/error_response.ts";
import { parseScope } from "../../oauth/mcp/scope.ts";
import type { Audit } from "../context/audit.ts";
import type { AuditClient } from "../context/clients.ts";
import { CheckEnd, doubtCheck, skipCheck } from "../context/end_check.ts";
import type {
  AuditGrants,
  AuthorizationReply,
  Grant,
  GrantName,
  ParameterChanges,
  ReplayedGrant,
} from "../context/grants.ts";
import type { SkipReason } from "../context/verdict.ts";
import { noJudgement, observed } from "../judge/refusal.ts";
import { scopesWithOpenId } from "./authorization_requests.ts";
import type { DeviceGrantRequest } from "./device_grants.ts";
import { hasTokens, type WrongExchanges } from "./wrong_exchanges.ts";

export type GrantRequests = Pick<
  AuditGrants,
  "asksPerson" | "authorize" | "exchange" | "read" | "refresh" | "token"
>;

export interface OpenOptions {
  readonly usualScopes: () => readonly string[] | undefined;
  /** Present if a person approves device codes instead of authorization requests. */
  readonly openByDevice: ((request: DeviceGrantRequest) => Promise<Grant>) | undefined;
}

/** @throws CheckEnd if the grant has no access token. */
export function usable(grant: Grant): Grant {
  const { response, accessToken } = grant;
  if (accessToken !== "") return grant;
  if (response === undefined || noJudgement(response) !== undefined) {
    const saw = response === undefined ? "no token was requested" : observed(response);
    throw doubtCheck("rate_limited", saw);
  }
  const id = isSuccess(response) ? "exchange_answer" : "exchange_good";
  throw skipCheck("needs_control", `no access token was issued: ${observed(response)}`, id);
}

/** Characters at the end of `state` that a server has to return unchanged. */
const STATE_CHARACTERS = "Aa0-._~+/=%26 x";

/** What each grant is for, as a person reads it. */
const LABELS: Readonly<Record<GrantName, string>> = {
  first: "most checks of tokens",
  second: "revocation",
  replayed: "a code that is sent twice",
  confidential: "a client with a secret",
};

/** Reasons for which no grant is possible, so that the token of a stored sign-in is used. */
const NO_GRANT: readonly SkipReason[] = [
  "needs_consent",
  "needs_client",
  "not_advertised",
  "registration_closed",
  "safe_mode",
];

const isImpossible = ({ outcome }: CheckEnd): boolean =>
  outcome.kind === "skipped" && NO_GRANT.includes(outcome.reason) ||
  outcome.kind === "inconclusive" && outcome.reason === "sign_in_first";

export interface CodeGrants {
  /** @throws CheckEnd `needs_control` if the response has no code, and as `authorize`. */
  authorizeWithCode(
    changes: ParameterChanges,
    client?: AuditClient,
    grant?: GrantName,
  ): Promise<AuthorizationReply>;
  exchangeCode(reply: AuthorizationReply, isSecondTry: boolean): Promise<Grant>;
  openGrant(changes: ParameterChanges, client?: AuditClient, grant?: GrantName): Promise<Grant>;
}

/** Grants that a person or a driver consents to. */
export function createCodeGrants(
  { clients }: Audit,
  requests: GrantRequests,
  options: OpenOptions,
): CodeGrants {
  async function authorizeWithCode(
    changes: ParameterChanges,
    client?: AuditClient,
    grant?: GrantName,
  ): Promise<AuthorizationReply> {
    const options = grant === undefined ? {} : { label: LABELS[grant] };
    const reply = await requests.authorize(changes, client, options);
    if (reply.code !== "") return reply;
    const [, error = "none"] = reply.parameters.find(([name]) => name === "error") ?? [];
    const message = `the authorization response has no code; its error is ${quoted(error)}`;
    throw skipCheck("needs_control", message, "authorize_scopes");
  }

  async function exchangeCode(reply: AuthorizationReply, isSecondTry: boolean): Promise<Grant> {
    const response = await requests.exchange(reply);
    return { ...await requests.read(response, reply.client, reply), isSecondTry };
  }

  async function openGrant(
    changes: ParameterChanges,
    client?: AuditClient,
    grant?: GrantName,
  ): Promise<Grant> {
    const { openByDevice } = options;
    if (openByDevice !== undefined) {
      const { scope } = changes;
      return await openByDevice({
        client: client ?? await clients.spare(),
        scopes: typeof scope === "string" ? parseScope(scope) : options.usualScopes(),
        label: grant === undefined ? "conformance audit" : LABELS[grant],
      });
    }
    return await exchangeCode(await authorizeWithCode(changes, client, grant), false);
  }

  return { authorizeWithCode, exchangeCode, openGrant };
}

/** The token of the operator as a grant. */
function givenGrant({ plan, secrets }: Audit, accessToken: string): Grant {
  secrets.add(accessToken);
  const client: AuditClient = {
    ...plan.client ?? { clientId: "", method: "none" },
    redirectUri: "",
    response: undefined,
    registration: {},
    management: undefined,
  };
  return {
    client,
    reply: undefined,
    response: undefined,
    document: {},
    accessToken,
    refreshToken: undefined,
    idToken: undefined,
    requestedScopes: [],
    expiresAt: Infinity,
    isSecondTry: false,
  };
}

interface GrantOpeners {
  open(name: GrantName): Promise<Grant>;
  readonly replays: ReadonlyMap<Grant, ReplayedGrant>;
}

/** The grants that checks share, each in its way. */
export function createGrantOpeners(
  audit: Audit,
  requests: GrantRequests,
  options: OpenOptions,
  { authorizeWithCode, exchangeCode, openGrant }: CodeGrants,
  wrong: WrongExchanges,
): GrantOpeners {
  const { plan, clients, discovery } = audit;
  const replays = new Map<Grant, ReplayedGrant>();

  /** A server may end a code at the first wrong exchange: then only that response is judged. */
  async function openFirst(): Promise<Grant> {
    const scope = scopesWithOpenId(audit, options.usualScopes());
    if (options.openByDevice !== undefined) {
      return await openGrant({ scope }, await clients.first(), "first");
    }
    const state = randomValue() + STATE_CHARACTERS;
    // Some servers require a nonce with openid.
    const changes = scope === undefined ? { state } : { scope, state, nonce: randomValue() };
    const client = await clients.first();
    const reply = await authorizeWithCode(changes, client, "first");
    if (!requests.asksPerson || wrong.isEmpty) {
      return await exchangeCode(reply, false);
    }
    const mayBeValid = await wrong.tryAll(reply);
    if (mayBeValid) {
      const grant = await exchangeCode(reply, false);
      const hasEnded = grant.accessToken === "" && grant.response !== undefined &&
        errorResponse(grant.response).error === "invalid_grant";
      if (!hasEnded) return grant;
      for (const id of [...wrong.responses.keys()].slice(1)) wrong.responses.delete(id);
    }
    return await exchangeCode(await authorizeWithCode(changes, client, "first"), mayBeValid);
  }

  async function openReplayed(): Promise<Grant> {
    const reply = await authorizeWithCode({}, await clients.forRefusals(), "replayed");
    const grant = usable(await exchangeCode(reply, false));
    const replay = await requests.exchange(reply);
    if (hasTokens(replay)) await requests.read(replay, grant.client, reply);
    replays.set(grant, { grant, replay });
    return grant;
  }

  async function openClientCredentials(): Promise<Grant> {
    const client = await clients.first();
    const scope = options.usualScopes()?.filter((it) => it !== "offline_access").join(" ");
    const response = await requests.token({
      grant_type: "client_credentials",
      scope: scope || undefined,
      resource: discovery.resourceParameter,
    }, client);
    return { ...await requests.read(response, client), requestedScopes: scope?.split(" ") ?? [] };
  }

  async function openByMode(): Promise<Grant> {
    const { accessToken, storedToken, authMode } = plan;
    if (accessToken !== undefined) return givenGrant(audit, accessToken);
    try {
      return await (authMode === "client_credentials" ? openClientCredentials() : openFirst());
    } catch (error) {
      if (storedToken === undefined || !(error instanceof CheckEnd && isImpossible(error))) {
        throw error;
      }
      return givenGrant(audit, storedToken);
    }
  }

  const OPEN: Readonly<Record<GrantName, () => Promise<Grant>>> = {
    first: openByMode,
    second: () =>
      plan.authMode === "client_credentials"
        ? openClientCredentials()
        : openGrant({}, undefined, "second"),
    replayed: openReplayed,
    confidential: async () => await openGrant({}, await clients.confidential(), "confidential"),
  };
  return { open: (name) => OPEN[name](), replays };
}
