/**
 * Group I: the token endpoint.
 *
 * @module
 */

import { formOf, headerOf } from "../journal.ts";
import type { RecordedRequest } from "../journal.ts";
import { openAuthentication } from "./client_authentication.ts";
import { openCodeGrant } from "./code_grant.ts";
import { openProofs } from "./dpop.ts";
import { openRefreshGrant } from "./refresh_grant.ts";
import { resourceNamed } from "./resources.ts";
import { empty, errorResponse, json, OAuthError, withFields } from "./responses.ts";
import type { LabResponse } from "./responses.ts";
import { knownScopes } from "./server_metadata.ts";
import { FIRST_SCOPES, switchesOf } from "./state.ts";
import type { AuditClient, AuditState, Site } from "./state.ts";
import { BrokenResponse, inventedTokens } from "./token_request.ts";
import type { GrantType } from "./token_request.ts";
import type { TokenBody, Tokens } from "./tokens.ts";

/** Switches about requests and responses of the token endpoint. */
export const TOKEN_SWITCHES = [
  "exchange_unknown_client",
  "exchange_error_shape",
  "exchange_query_ignored",
  "exchange_unknown_grant",
  "exchange_password",
  "exchange_answer",
  "exchange_no_store",
  "exchange_media_type",
  "dpop_binds",
  "dpop_demanded",
] as const;

function checkOnce(form: URLSearchParams): void {
  const names = [...form.keys()].filter((name) => name !== "resource");
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice !== undefined) {
    throw new OAuthError("invalid_request", `The parameter ${twice} is there twice`);
  }
}

export function openTokenEndpoint(
  state: AuditState,
  tokens: Tokens,
): (request: RecordedRequest, site: Site) => Promise<LabResponse> {
  const breaks = switchesOf(state, TOKEN_SWITCHES);
  const authenticate = openAuthentication(state);
  const proofs = openProofs(state);

  const clientCredentials: GrantType = async ({ form, client, site, jkt, certificate }) => {
    if (client.method === "none") {
      throw new OAuthError("unauthorized_client", "A public client has no credentials");
    }
    const wanted = (form.get("scope") ?? "").split(" ").filter(Boolean);
    const unknown = wanted.find((scope) => !knownScopes(state).includes(scope));
    if (unknown !== undefined) throw new OAuthError("invalid_scope", `Unknown scope ${unknown}`);
    const named = form.getAll("resource");
    const resource = named.length === 0 ? state.resource : resourceNamed(state, named);
    if (resource === undefined) throw new OAuthError("invalid_target", "Unknown resource");
    const grant = {
      client,
      scopes: wanted.length > 0 ? wanted : FIRST_SCOPES,
      resource: resource.id,
      issuer: site.issuer,
      family: crypto.randomUUID(),
      subject: client.id,
      ...jkt !== undefined && { jkt },
      ...certificate !== undefined && { certificate },
    };
    return await tokens.issue({ grant, by: "credentials" });
  };

  const grantTypes: ReadonlyMap<string, GrantType> = new Map([
    ["authorization_code", openCodeGrant(state, tokens)],
    ["refresh_token", openRefreshGrant(state, tokens)],
    ["client_credentials", clientCredentials],
  ]);

  function parametersOf(request: RecordedRequest): URLSearchParams {
    if (request.body === "" && breaks("exchange_query_ignored")) return request.query;
    const type = headerOf(request, "content-type") ?? "";
    if (!type.toLowerCase().startsWith("application/x-www-form-urlencoded")) {
      throw new OAuthError("invalid_request", "The body is not a form");
    }
    return formOf(request);
  }

  function grantTypeOf(form: URLSearchParams): string {
    const type = form.get("grant_type");
    if (type === null) throw new OAuthError("invalid_request", "grant_type is missing");
    if (type === "password" && breaks("exchange_password")) {
      throw new OAuthError("invalid_grant", "Wrong user name or password");
    }
    if (grantTypes.has(type)) return type;
    if (type !== "password" && breaks("exchange_unknown_grant")) {
      throw new OAuthError("invalid_request", "Internal error", 500);
    }
    throw new OAuthError("unsupported_grant_type", "The grant type is not supported");
  }

  /** The DPoP key of a request, where there is a proof. */
  async function provedKey(
    request: RecordedRequest,
    client: AuditClient,
  ): Promise<string | undefined> {
    if (headerOf(request, "dpop") === undefined) {
      if (client.dpopBound && !breaks("dpop_demanded")) {
        throw new OAuthError("invalid_dpop_proof", "The client has to prove a key");
      }
      return undefined;
    }
    const scheme = state.options.tls ? "https" : "http";
    const url = `${scheme}://${headerOf(request, "host")}${request.path}`;
    const proved = await proofs.check(request, url);
    if (typeof proved !== "string") throw new OAuthError(proved.error, proved.why);
    return breaks("dpop_binds") ? undefined : proved;
  }

  async function grant(request: RecordedRequest, site: Site): Promise<TokenBody> {
    const form = parametersOf(request);
    checkOnce(form);
    const type = grantTypeOf(form);
    const use = type === "refresh_token" ? "refresh" : "exchange";
    const client = await authenticate(request, form, site, use);
    if (!client.grantTypes.includes(type)) {
      throw new OAuthError("unauthorized_client", "The client is not registered for this grant");
    }
    const run = grantTypes.get(type);
    if (run === undefined) throw new Error(type);
    const certificate = state.certificates.get(request);
    if (client.certificateBound && certificate === undefined) {
      throw new OAuthError("invalid_request", "The client has to send its certificate");
    }
    return await run({
      form,
      client,
      site,
      jkt: await provedKey(request, client),
      certificate: client.certificateBound ? certificate : undefined,
    });
  }

  function success(body: TokenBody): LabResponse {
    const { token_type, ...others } = body;
    const told = breaks("exchange_answer") ? others : { ...others, token_type };
    const response = withFields(json(told), {
      "cache-control": breaks("exchange_no_store") ? undefined : "no-store",
    });
    if (!breaks("exchange_media_type")) return response;
    const form = new URLSearchParams(
      Object.entries(told).map(([name, value]) => [name, String(value)]),
    );
    return {
      ...withFields(response, { "content-type": "application/x-www-form-urlencoded" }),
      body: form.toString(),
    };
  }

  function failure(request: RecordedRequest, error: unknown): LabResponse {
    if (error instanceof BrokenResponse) return error.response;
    if (!(error instanceof OAuthError)) throw error;
    const isUnknown = error.code === "invalid_client" && error.message === "Unknown client";
    if (isUnknown && breaks("exchange_unknown_client")) return success(inventedTokens());
    const response = errorResponse(error);
    if (breaks("exchange_error_shape")) {
      return withFields(response, { "content-type": "text/plain" });
    }
    return error.status === 401 && headerOf(request, "authorization") !== undefined
      ? withFields(response, { "www-authenticate": 'Basic realm="audit lab"' })
      : response;
  }

  return async (request, site) => {
    if (request.method !== "POST") return empty(405, [["allow", "POST"]]);
    try {
      return success(await grant(request, site));
    } catch (error) {
      return failure(request, error);
    }
  };
}
