/**
 * Group G: the authorization endpoint, up to a code or an error.
 *
 * @module
 */

import { formOf } from "../journal.ts";
import type { RecordedRequest } from "../journal.ts";
import { openAuthorizationResponses } from "./authorization_response.ts";
import type { ClientDocuments } from "./client_documents.ts";
import { openConsent } from "./consent.ts";
import { openPages } from "./pages.ts";
import { redirectAllowed } from "./redirect_uris.ts";
import { empty, json, OAuthError, withFields } from "./responses.ts";
import type { LabResponse } from "./responses.ts";
import { resourceNamed } from "./resources.ts";
import { knownScopes } from "./server_metadata.ts";
import {
  endpointHasResource,
  FIRST_SCOPES,
  pkceRules,
  pushedRequests,
  switchesOf,
  unknownScopes,
} from "./state.ts";
import type { AuditClient, AuditState, CodeRecord, Site } from "./state.ts";
import type { Tokens } from "./tokens.ts";

/** Switches of group G; others are in `redirect_uris.ts`, `pages.ts` and `consent.ts`. */
export const AUTHORIZE_SWITCHES = [
  "authorize_unknown_client",
  "authorize_plain",
  "authorize_implicit",
  "authorize_error_redirect",
  "authorize_resource",
  "authorize_resource_unknown",
  "authorize_unknown_parameter",
  "authorize_repeated_parameter",
  "authorize_scopes",
  "authorize_odd_scope",
  "authorize_no_cors",
  "rs_no_audience",
] as const;

const PARAMETERS = [
  "response_type",
  "response_mode",
  "client_id",
  "redirect_uri",
  "scope",
  "state",
  "resource",
  "code_challenge",
  "code_challenge_method",
  "dpop_jkt",
  "nonce",
  "prompt",
  "login_hint",
  "max_age",
  "ui_locales",
  "request_uri",
];

/** What the code of one authorization request is bound to. */
type Request = Omit<CodeRecord, "family" | "subject" | "expiresAt" | "used">;

export function openAuthorize(
  state: AuditState,
  tokens: Tokens,
  documents: ClientDocuments,
  pushed: ReadonlyMap<string, URLSearchParams>,
): (request: RecordedRequest, site: Site) => Promise<LabResponse> {
  const breaks = switchesOf(state, AUTHORIZE_SWITCHES);
  const pages = openPages(state);
  const responses = openAuthorizationResponses(state);
  const consent = openConsent(state, pages);

  function checkOnce(query: URLSearchParams): void {
    const names = [...query.keys()];
    const twice = names.find((name, at) => names.indexOf(name) !== at);
    if (twice !== undefined && !breaks("authorize_repeated_parameter")) {
      throw new OAuthError("invalid_request", `The parameter ${twice} is there twice`);
    }
  }

  function checkResponseType(query: URLSearchParams): void {
    if (query.get("response_type") !== "code") {
      throw new OAuthError("unsupported_response_type", "response_type is not code");
    }
    if ((query.get("response_mode") ?? "query") !== "query") {
      throw new OAuthError("invalid_request", "response_mode is not query");
    }
  }

  function checkNames(query: URLSearchParams): void {
    const strange = [...query.keys()].find((name) => !PARAMETERS.includes(name));
    if (strange !== undefined && breaks("authorize_unknown_parameter")) {
      throw new OAuthError("invalid_request", "Unknown parameter");
    }
  }

  function challengeOf(query: URLSearchParams): Pick<CodeRecord, "challenge" | "challengeMethod"> {
    const challenge = query.get("code_challenge");
    if (challenge === null) {
      if (!pkceRules(state).demanded) return { challenge: undefined, challengeMethod: "S256" };
      throw new OAuthError("invalid_request", "code_challenge is missing");
    }
    const method = query.get("code_challenge_method") ?? "plain";
    if (method === "plain" && breaks("authorize_plain")) {
      return { challenge, challengeMethod: "plain" };
    }
    if (method !== "S256") {
      throw new OAuthError("invalid_request", "code_challenge_method is not S256");
    }
    if (!/^[A-Za-z0-9_-]{43}$/.test(challenge)) {
      throw new OAuthError("invalid_request", "code_challenge is not a SHA-256");
    }
    return { challenge, challengeMethod: "S256" };
  }

  function resourceOf(query: URLSearchParams): string | undefined {
    const named = query.getAll("resource");
    if (named.length === 0) {
      const isNone = breaks("rs_no_audience") || state.options.defaultAudience === false;
      return isNone ? undefined : state.resource.id;
    }
    if (breaks("authorize_resource")) {
      throw new OAuthError("invalid_request", "Unknown parameter resource");
    }
    const resource = resourceNamed(state, named);
    if (resource !== undefined) return resource.id;
    if (breaks("authorize_resource_unknown")) return state.resource.id;
    throw new OAuthError("invalid_target", "Unknown resource");
  }

  function scopesOf(query: URLSearchParams): readonly string[] {
    const wanted = [...new Set((query.get("scope") ?? "").split(" ").filter(Boolean))];
    const known = knownScopes(state);
    const dropped = unknownScopes(state);
    const scopes = wanted.filter((scope) => !dropped.includes(scope));
    const unknown = scopes.find((scope) => !known.includes(scope));
    if (unknown !== undefined && breaks("authorize_odd_scope")) throw new Error("crash");
    const refused = scopes.includes("mcp:notify") && breaks("authorize_scopes");
    if (unknown !== undefined || refused) {
      throw new OAuthError("invalid_scope", `The scope ${unknown ?? "mcp:notify"} is not allowed`);
    }
    return scopes.length > 0 ? scopes : FIRST_SCOPES;
  }

  function judge(
    query: URLSearchParams,
    client: AuditClient,
    redirectUri: string,
    site: Site,
  ): Request {
    checkOnce(query);
    checkNames(query);
    checkResponseType(query);
    const jkt = query.get("dpop_jkt");
    const nonce = query.get("nonce");
    return {
      client,
      redirectUri,
      ...challengeOf(query),
      scopes: scopesOf(query),
      resource: resourceOf(query),
      issuer: site.issuer,
      ...jkt !== null && { jkt },
      ...nonce !== null && { nonce },
    };
  }

  /** The parameters: of the query, or of the pushed request that it names. */
  function parametersOf(request: RecordedRequest): URLSearchParams {
    const query = new URLSearchParams(request.query);
    const reference = query.get("request_uri");
    const stored = reference === null ? undefined : pushed.get(reference);
    if (stored !== undefined && stored.get("client_id") === query.get("client_id")) return stored;
    // The endpoint's own parameter is dropped where the client names one too
    const resources = query.getAll("resource");
    if (resources.length > 1 && endpointHasResource(state)) {
      query.set("resource", resources.at(-1) ?? "");
    }
    return query;
  }

  /** The error page for a request without a valid redirect URI. */
  function unanswerable(query: URLSearchParams, client: AuditClient | undefined) {
    const id = query.get("client_id") ?? "";
    const redirectUri = query.get("redirect_uri");
    if (query.getAll("client_id").length > 1) return pages.error("Two values of client_id", id);
    if (client === undefined) {
      const redirects = redirectUri !== null && breaks("authorize_unknown_client");
      return redirects
        ? empty(302, [["location", `${redirectUri}?error=unauthorized_client`]])
        : pages.error("Unknown client", id);
    }
    if (query.getAll("redirect_uri").length !== 1 || redirectUri === null) {
      return pages.error("Exactly one redirect URI is needed", id);
    }
    return redirectAllowed(state, client, redirectUri)
      ? undefined
      : pages.error("The redirect URI is not registered", redirectUri);
  }

  /** The response of a broken server that issues no code. */
  function brokenAnswer(query: URLSearchParams, redirectUri: string): LabResponse | undefined {
    const type = query.get("response_type");
    if (type === "token" && breaks("authorize_implicit")) return responses.implicit(redirectUri);
    return type !== "code" && breaks("authorize_error_redirect")
      ? pages.error("Unsupported response type", String(type))
      : undefined;
  }

  async function respond(request: RecordedRequest, site: Site): Promise<LabResponse> {
    if (request.method !== "GET" && request.method !== "POST") return empty(405);
    const query = parametersOf(request);
    const id = query.get("client_id") ?? "";
    const client = await documents.find(id);
    const page = unanswerable(query, client);
    if (page !== undefined || client === undefined) return page ?? empty(400);
    const redirectUri = query.get("redirect_uri") ?? "";
    const target = { redirectUri, state: query.get("state"), site };
    const broken = brokenAnswer(query, redirectUri);
    if (broken !== undefined) return broken;
    try {
      const plain = !request.query.has("request_uri");
      if (plain && pushedRequests(state).enforced) {
        throw new OAuthError("invalid_request", "The request has to be pushed");
      }
      const judged = judge(query, client, redirectUri, site);
      const decision = consent.decide(request, client, judged.scopes);
      if (typeof decision === "object") return decision;
      if (decision === "denied") return responses.denied(target, pages);
      return responses.code(target, tokens.grantCode(judged), request.method);
    } catch (error) {
      if (error instanceof OAuthError) return responses.error(target, error);
      return json({ error: "Internal server error" }, 500);
    }
  }

  return async (request, site) => {
    const response = consent.withSession(request, await respond(request, site));
    return breaks("authorize_no_cors")
      ? withFields(response, { "access-control-allow-origin": "*" })
      : response;
  };
}

/** The pushed authorization request endpoint (RFC 9126). */
export function pushRequest(
  request: RecordedRequest,
  pushed: Map<string, URLSearchParams>,
): LabResponse {
  const reference = `urn:ietf:params:oauth:request_uri:${crypto.randomUUID()}`;
  const form = formOf(request);
  form.delete("client_secret");
  pushed.set(reference, form);
  return json({ request_uri: reference, expires_in: 60 }, 201, [["cache-control", "no-store"]]);
}
