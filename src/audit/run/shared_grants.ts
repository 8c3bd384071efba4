/** The grants that checks share, and the wrong exchanges that they try on one code. @module */

import { quoted } from "../../core/text.ts";
import type { HttpResponse } from "../../http/http_client.ts";
import { randomValue } from "../../oauth/authorization/authorization.ts";
import { parseScope } from "../../oauth/mcp/scope.ts";
import { isSuccess } from "../../oauth/common/endpoint_response.ts";
import { errorResponse } from "../../oauth/common/error_response.ts";
import type { Audit } from "../context/audit.ts";
import type { AuditClient } from "../context/clients.ts";
import { CheckEnd, doubtCheck, skipCheck } from "../context/end_check.ts";
import {
  type AuditGrants,
  type AuthorizationReply,
  type Grant,
  GRANT_NAMES,
  type GrantName,
  type ParameterChanges,
  type ReplayedGrant,
  type WrongExchange,
} from "../context/grants.ts";
import type { SkipReason } from "../context/verdict.ts";
import { noJudgement, observed, succeeds } from "../judge/refusal.ts";
import type { DeviceGrantRequest } from "./device_grants.ts";
import { scopesWithOpenId } from "./authorization_requests.ts";

type SharedGrants = Pick<
  AuditGrants,
  | "first"
  | "second"
  | "live"
  | "replayed"
  | "confidential"
  | "attempted"
  | "open"
  | "tryWrongExchange"
>;

export interface SharedGrantOptions {
  /** Grants that checks of this run use. */
  readonly grants: ReadonlySet<GrantName>;
  /** Wrong exchanges of this run, in their order. */
  readonly wrongExchanges: readonly WrongExchange[];
  readonly usualScopes: () => readonly string[] | undefined;
  /** Present if a person approves device codes instead of authorization requests. */
  readonly openByDevice: ((request: DeviceGrantRequest) => Promise<Grant>) | undefined;
}

/** True if a response has tokens; one to a wrong exchange may have some too. */
const hasTokens = (response: HttpResponse): boolean =>
  isSuccess(response) && errorResponse(response).members["access_token"] !== undefined;

/** @throws CheckEnd if the grant has no access token. */
function usable(grant: Grant): Grant {
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

/** A token with less time left is refreshed before a check uses it. */
const MIN_LIFETIME_MS = 15_000;

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

export function createSharedGrants(
  audit: Audit,
  requests: Omit<AuditGrants, keyof SharedGrants>,
  options: SharedGrantOptions,
): SharedGrants {
  const { plan, clients, discovery, secrets, clock } = audit;
  const { wrongExchanges } = options;
  const opened = new Map<GrantName, Promise<Grant>>();
  const replays = new Map<Grant, ReplayedGrant>();
  /** Responses to wrong exchanges of the code that was shared. */
  const wrongResponses = new Map<WrongExchange["id"], HttpResponse>();

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

  async function sendWrongExchange(
    wrong: WrongExchange,
    reply: AuthorizationReply,
  ): Promise<HttpResponse> {
    const other = wrong.client === "other" ? await clients.other(reply.client) : undefined;
    const response = await requests.exchange(reply, wrong.changes(reply), other);
    if (hasTokens(response)) await requests.read(response, other ?? reply.client, reply);
    return response;
  }

  /**
   * Tries the wrong exchanges on the code until one is accepted. Returns true if the code may still
   * be valid.
   */
  async function tryWrongExchanges(reply: AuthorizationReply): Promise<boolean> {
    for (const wrong of wrongExchanges) {
      try {
        const response = await sendWrongExchange(wrong, reply);
        wrongResponses.set(wrong.id, response);
        if (succeeds(response)) return false;
      } catch (error) {
        // Without a second client, the check of this exchange is skipped later.
        if (!(error instanceof CheckEnd)) throw error;
      }
    }
    return true;
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
    if (!requests.asksPerson || wrongExchanges.length === 0) {
      return await exchangeCode(reply, false);
    }
    const mayBeValid = await tryWrongExchanges(reply);
    if (mayBeValid) {
      const grant = await exchangeCode(reply, false);
      const hasEnded = grant.accessToken === "" && grant.response !== undefined &&
        errorResponse(grant.response).error === "invalid_grant";
      if (!hasEnded) return grant;
      for (const id of [...wrongResponses.keys()].slice(1)) wrongResponses.delete(id);
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

  function givenGrant(accessToken: string): Grant {
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

  async function openByMode(): Promise<Grant> {
    const { accessToken, storedToken, authMode } = plan;
    if (accessToken !== undefined) return givenGrant(accessToken);
    try {
      return await (authMode === "client_credentials" ? openClientCredentials() : openFirst());
    } catch (error) {
      if (storedToken === undefined || !(error instanceof CheckEnd && isImpossible(error))) {
        throw error;
      }
      return givenGrant(storedToken);
    }
  }

  /** The first grant with a token that is valid for some time. */
  async function first(): Promise<Grant> {
    const grant = usable(await shared("first"));
    const isShort = grant.expiresAt - clock.now() < MIN_LIFETIME_MS;
    if (isShort && grant.refreshToken !== undefined) await requests.refresh(grant);
    return grant;
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

  /** A person consents to all shared grants in one sitting, before other requests are sent. */
  async function shared(name: GrantName): Promise<Grant> {
    const isNew = !opened.has(name);
    if (isNew) {
      const names = requests.asksPerson
        ? GRANT_NAMES.filter((it) => it === name || options.grants.has(it) && !opened.has(it))
        : [name];
      for (const it of names) {
        const grant = OPEN[it]();
        opened.set(it, grant);
        await grant.catch(() => {});
      }
    }
    const grant = await opened.get(name);
    if (grant === undefined) throw new TypeError(`no grant ${name}`);
    audit.cite(grant.response);
    return grant;
  }

  return {
    attempted: () => shared("first"),
    first,
    second: async () => usable(await shared("second")),
    async live(name) {
      const grant = usable(await shared(name));
      const response = await requests.refresh(grant);
      if (succeeds(response)) return grant;
      if (noJudgement(response) !== undefined) throw doubtCheck("rate_limited", observed(response));
      if (requests.asksPerson || grant.reply === undefined) {
        const message = `the grant can no longer be refreshed: ${observed(response)}`;
        throw skipCheck("needs_control", message, "refresh_good");
      }
      const other = OPEN[name]();
      opened.set(name, other);
      return usable(await other);
    },
    confidential: async () => usable(await shared("confidential")),
    open: async (changes = {}, client) => usable(await openGrant(changes, client)),
    async replayed() {
      const replay = replays.get(await shared("replayed"));
      if (replay === undefined) throw new TypeError("a grant that was not replayed");
      audit.cite(replay.replay);
      return replay;
    },
    async tryWrongExchange(wrong) {
      await shared("first");
      const response = wrongResponses.get(wrong.id);
      if (response === undefined) {
        return await sendWrongExchange(wrong, await authorizeWithCode({}));
      }
      audit.cite(response);
      return response;
    },
  };
}
