/** Authorization requests of an audit, pushed where the server requires it (RFC 9126). @module */

import { stringMember } from "../../core/json.ts";
import type { HttpResponse } from "../../http/http_client.ts";
import {
  authorizationParameters,
  type AuthorizationRecord,
  createAuthorization,
  parametersUrl,
} from "../../oauth/authorization/authorization.ts";
import { isSuccess, jsonObject } from "../../oauth/common/endpoint_response.ts";
import { initialScopes, parseScope, unionScopes } from "../../oauth/mcp/scope.ts";
import { listMember } from "../../oauth/metadata/list_member.ts";
import type { Audit } from "../context/audit.ts";
import type { AuditClient } from "../context/clients.ts";
import { skipCheck } from "../context/end_check.ts";
import type { AuditGrants, ParameterChanges } from "../context/grants.ts";

type Parameters = readonly (readonly [name: string, value: string])[];

/** Replaces, adds and removes parameters; a list repeats one. */
export function withChanges(parameters: Parameters, changes: ParameterChanges): Parameters {
  const rest = parameters.filter(([name]) => !Object.hasOwn(changes, name));
  const added = Object.entries(changes).flatMap(([name, value]) =>
    value === undefined ? [] : [value].flat().map((it) => [name, it] as const)
  );
  return [...rest, ...added];
}

/** True for a parameter that the endpoint has with another value; scopes are merged. */
const isConflict = (own: string | null, value: string, name: string): boolean =>
  own !== null && own !== value && name !== "scope";

export interface AuthorizationRequest {
  readonly record: AuthorizationRecord;
  readonly url: string;
  /** The response to a pushed request that was refused. */
  readonly refusal?: HttpResponse;
}

export interface AuthorizationRequests {
  /** The scopes of a sign-in. */
  usualScopes(): readonly string[] | undefined;
  /** @param isPushed Default: if the server requires it. */
  create(
    changes: ParameterChanges,
    client: AuditClient,
    isPushed?: boolean,
  ): Promise<AuthorizationRequest>;
}

export function createAuthorizationRequests(
  audit: Audit,
  post: AuditGrants["post"],
): AuthorizationRequests {
  const { discovery, secrets } = audit;

  /** Skips the check if the endpoint already has a parameter: asm_endpoint_query reports that. */
  function requestUrl(parameters: Parameters): string {
    const endpoint = discovery.metadata?.authorizationEndpoint;
    if (endpoint === undefined) {
      throw skipCheck("not_advertised", "the metadata has no authorization_endpoint");
    }
    const names = parameters.map(([name]) => name);
    const url = new URL(endpoint);
    if (parameters.some(([name, value]) => isConflict(url.searchParams.get(name), value, name))) {
      const message = `the URL of the authorization endpoint has parameters: ${url.search}`;
      throw skipCheck("needs_control", message, "asm_endpoint_query");
    }
    if (new Set(names).size === names.length) return parametersUrl(endpoint, parameters);
    for (const [name, value] of parameters) url.searchParams.append(name, value);
    return url.href;
  }

  function usualScopes(): readonly string[] | undefined {
    return initialScopes({
      given: audit.plan.scopes,
      challenge: discovery.probe.challenge?.scope ?? undefined,
      resourceMetadata: listMember(discovery.resourceDocument, "scopes_supported"),
      authorizationServer: listMember(discovery.serverDocument, "scopes_supported"),
      mayAddOfflineAccess: audit.rules.offlineAccess,
    });
  }

  async function push(parameters: Parameters, client: AuditClient) {
    const endpoint = discovery.metadata?.pushedRequestEndpoint;
    if (endpoint === undefined) {
      throw skipCheck(
        "not_advertised",
        "the metadata has no pushed_authorization_request_endpoint",
      );
    }
    const form = Map.groupBy(parameters, ([name]) => name);
    const response = await post(
      endpoint,
      Object.fromEntries([...form].map(([name, all]) => [name, all.map(([, value]) => value)])),
      client,
    );
    const requestUri = stringMember(jsonObject(response) ?? {}, "request_uri");
    secrets.add(requestUri);
    return { response, requestUri: isSuccess(response) ? requestUri : undefined };
  }

  return {
    usualScopes,
    async create(changes, client, isPushed = discovery.metadata?.pushedRequestsRequired ?? false) {
      const { scope, state } = changes;
      const created = await createAuthorization({
        issuer: discovery.metadata?.issuer ?? "",
        issParameter: discovery.metadata?.issParameter ?? false,
        redirectUri: client.redirectUri,
        clientId: client.clientId,
        resource: discovery.resourceParameter ?? null,
        scopes: typeof scope === "string" ? parseScope(scope) : usualScopes(),
      });
      const record = typeof state === "string" ? { ...created, state } : created;
      secrets.add(record.codeVerifier);
      const parameters = withChanges(authorizationParameters(record), changes);
      if (!isPushed) return { record, url: requestUrl(parameters) };
      const { response, requestUri } = await push(parameters, client);
      if (requestUri === undefined) return { record, url: response.url, refusal: response };
      const clientId = parameters.filter(([name]) => name === "client_id");
      return { record, url: requestUrl([...clientId, ["request_uri", requestUri]]) };
    },
  };
}

/**
 * The usual scopes and `openid`, if the server offers it and scopes are requested at all. Scopes of the
 * operator are complete.
 */
export function scopesWithOpenId(
  { discovery, plan }: Audit,
  usual: readonly string[] | undefined,
): string | undefined {
  const offered = listMember(discovery.serverDocument, "scopes_supported") ?? [];
  return usual === undefined || plan.scopes !== undefined || !offered.includes("openid")
    ? undefined
    : unionScopes(usual, ["openid"]).join(" ");
}
