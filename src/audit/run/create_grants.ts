/** Authorization and token requests of an audit. @module */

import { type JsonObject, stringMember } from "../../core/json.ts";
import type { HttpResponse } from "../../http/http_client.ts";
import {
  authorizationParameters,
  createAuthorization,
  parametersUrl,
} from "../../oauth/authorization/authorization.ts";
import { authenticateClient } from "../../oauth/client/client_auth.ts";
import { isSuccess, jsonObject } from "../../oauth/common/endpoint_response.ts";
import { initialScopes } from "../../oauth/mcp/scope.ts";
import { listMember } from "../../oauth/metadata/list_member.ts";
import type {
  Audit,
  AuditClient,
  AuditGrants,
  AuthorizationReply,
  Grant,
  ParameterChanges,
} from "../context/audit.ts";
import type { ConsentDriver } from "../context/consent_driver.ts";
import { doubtCheck, skipCheck } from "../context/end_check.ts";
import { noJudgement, observed } from "../context/refusal.ts";
import type { Residue } from "./residue.ts";

export interface GrantOptions {
  /** Undefined if nobody can consent. */
  readonly driver: ConsentDriver | undefined;
  readonly residue: Residue;
}

type Parameters = readonly (readonly [name: string, value: string])[];

/** Replaces, adds and removes parameters; a list repeats one. */
function withChanges(parameters: Parameters, changes: ParameterChanges): Parameters {
  const rest = parameters.filter(([name]) => !Object.hasOwn(changes, name));
  const added = Object.entries(changes).flatMap(([name, value]) =>
    value === undefined ? [] : [value].flat().map((it) => [name, it] as const)
  );
  return [...rest, ...added];
}

/** True for a response whose state is missing or changed too, but not for that of another sign-in. */
function isResponseTo(received: Parameters, state: string): boolean {
  const states = received.filter(([name]) => name === "state").map(([, value]) => value);
  return states.length === 0 || states.some((it) => it.includes(state.slice(0, MARK_LENGTH)));
}

/** Characters of the state that a faulty server does not change. */
const MARK_LENGTH = 20;

export function createGrants(audit: Audit, { driver, residue }: GrantOptions): AuditGrants {
  const { plan, discovery, secrets, clients } = audit;
  let consents = 0;
  let shared: Promise<Grant> | undefined;

  /** A URL parameter that the endpoint has already would be a conflict, which G reports. */
  function authorizationUrl(parameters: Parameters): string {
    const endpoint = discovery.metadata?.authorizationEndpoint;
    if (endpoint === undefined) {
      throw skipCheck("not_advertised", "the metadata has no authorization_endpoint");
    }
    const names = parameters.map(([name]) => name);
    if (new Set(names).size === names.length) return parametersUrl(endpoint, parameters);
    const url = new URL(endpoint);
    for (const [name, value] of parameters) url.searchParams.append(name, value);
    return url.href;
  }

  async function request(changes: ParameterChanges, client: AuditClient) {
    const { challenge } = discovery.probe;
    const record = await createAuthorization({
      issuer: discovery.metadata?.issuer ?? "",
      issParameter: discovery.metadata?.issParameter ?? false,
      redirectUri: client.redirectUri,
      clientId: client.clientId,
      resource: discovery.resourceParameter ?? null,
      scopes: initialScopes({
        given: undefined,
        challenge: challenge?.scope ?? undefined,
        resourceMetadata: listMember(discovery.resourceDocument, "scopes_supported"),
        authorizationServer: listMember(discovery.serverDocument, "scopes_supported"),
        mayAddOfflineAccess: audit.rules.offlineAccess,
      }),
    });
    secrets.add(record.codeVerifier);
    return { record, url: authorizationUrl(withChanges(authorizationParameters(record), changes)) };
  }

  async function token(form: ParameterChanges, client?: AuditClient | null): Promise<HttpResponse> {
    const endpoint = discovery.metadata?.tokenEndpoint;
    if (endpoint === undefined) {
      throw skipCheck("not_advertised", "the metadata has no token_endpoint");
    }
    const sender = client === undefined ? await clients.first() : client;
    const body = new URLSearchParams(withChanges([], form).map(([name, value]) => [name, value]));
    const headers = new Headers({
      "content-type": "application/x-www-form-urlencoded",
      accept: "application/json",
    });
    if (sender !== null) {
      secrets.add(sender.clientSecret);
      const issuer = discovery.metadata?.issuer;
      await authenticateClient(sender.method, { ...sender, issuer }, body, headers);
    }
    return await audit.send({
      purpose: "token",
      method: "POST",
      url: endpoint,
      headers: [...headers],
      body: body.toString(),
    });
  }

  async function read(
    response: HttpResponse,
    client: AuditClient,
    reply?: AuthorizationReply,
  ): Promise<Grant> {
    const document = jsonObject(response) ?? {};
    const grant: Grant = {
      client,
      reply,
      response,
      document,
      accessToken: stringMember(document, "access_token") ?? "",
      refreshToken: stringMember(document, "refresh_token"),
      idToken: stringMember(document, "id_token"),
    };
    await recordTokens(grant);
    return grant;
  }

  async function recordTokens({ client, accessToken, refreshToken, idToken }: Grant) {
    secrets.add(idToken);
    for (
      const [hint, value] of [["access_token", accessToken], [
        "refresh_token",
        refreshToken,
      ]] as const
    ) {
      if (value === undefined || value === "") continue;
      secrets.add(value);
      await residue.add({
        kind: "token",
        issuer: discovery.metadata?.issuer ?? "",
        revocationEndpoint: discovery.metadata?.revocationEndpoint ?? null,
        clientId: client.clientId,
        clientSecret: client.clientSecret ?? null,
        hint,
        token: value,
      });
    }
  }

  const grants: AuditGrants = {
    token,
    read,
    async visit(changes = {}, client, headers = []) {
      const { url } = await request(changes, client ?? await clients.first());
      return await audit.send({ purpose: "authorization_preflight", url, headers });
    },
    async authorize(changes = {}, client) {
      if (driver === undefined) {
        throw skipCheck("needs_consent", "nobody can consent to an authorization request", "1");
      }
      if (plan.safe) throw skipCheck("safe_mode", "--safe asks for no consent");
      if (driver.asksPerson && consents >= plan.consents) {
        throw skipCheck("needs_consent", `needs one more than ${plan.consents} consents`, "1");
      }
      consents += 1;
      const sender = client ?? await clients.first();
      const { record, url } = await request(changes, sender);
      const expected = changes["redirect_uri"];
      const response = await driver.obtain({
        authorizationUrl: url,
        redirectUri: typeof expected === "string" ? expected : sender.redirectUri,
        accepts: (received) => isResponseTo(received, record.state),
        decision: "allow",
        session: "main",
        label: "conformance audit",
      });
      const parameters = [...new URL(response.url).searchParams];
      const [, code = ""] = parameters.find(([name]) => name === "code") ?? [];
      secrets.add(code);
      return { client: sender, record, parameters, code, ...response };
    },
    exchange: ({ client, record, code }, changes = {}) =>
      token({
        grant_type: "authorization_code",
        code,
        redirect_uri: record.redirectUri,
        code_verifier: record.codeVerifier,
        ...record.resource === null ? {} : { resource: record.resource },
        ...changes,
      }, client),
    refresh: ({ client, refreshToken }, changes = {}, other) => {
      if (refreshToken === undefined) {
        throw skipCheck("needs_refresh_token", "the grant has no refresh token");
      }
      return token(
        { grant_type: "refresh_token", refresh_token: refreshToken, ...changes },
        other ?? client,
      );
    },
    async open(changes, client) {
      const reply = await grants.authorize(changes, client);
      const response = await grants.exchange(reply);
      const grant = await read(response, reply.client, reply);
      if (isSuccess(response) && grant.accessToken !== "") return grant;
      throw noJudgement(response) === undefined
        ? skipCheck(
          "needs_control",
          `a valid code was not exchanged: ${observed(response)}`,
          "exchange_good",
        )
        : doubtCheck("rate_limited", observed(response));
    },
    async first() {
      if (plan.accessToken !== undefined) return await (shared ??= givenGrant(plan.accessToken));
      const grant = await (shared ??= grants.open());
      audit.cite(grant.response);
      return grant;
    },
  };

  async function givenGrant(accessToken: string): Promise<Grant> {
    secrets.add(accessToken);
    const none: JsonObject = {};
    return {
      client: await clients.first(),
      reply: undefined,
      response: undefined,
      document: none,
      accessToken,
      refreshToken: undefined,
      idToken: undefined,
    };
  }

  return grants;
}
