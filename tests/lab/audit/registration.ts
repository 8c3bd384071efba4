/**
 * Group E: dynamic client registration (RFC 7591) and its management (RFC 7592).
 *
 * @module
 */

import type { JWK } from "jose";
import { headerOf } from "../journal.ts";
import type { RecordedRequest } from "../journal.ts";
import { isLoopbackUri, redirectRefusal } from "./redirect_uris.ts";
import { empty, errorResponse, json, OAuthError, withFields } from "./responses.ts";
import type { LabResponse } from "./responses.ts";
import { endTokens, randomValue, supports, switchesOf } from "./state.ts";
import type { AuditClient, AuditState, ClientMethod, Site } from "./state.ts";

/** Switches of group E; those about redirect URIs are in `redirect_uris.ts`. */
export const REGISTRATION_SWITCHES = [
  "dcr_native",
  "dcr_status",
  "dcr_answer",
  "dcr_no_store",
  "dcr_needless_secret",
  "dcr_unknown_members",
  "dcr_web_client",
  "dcr_redirect_needed",
  "dcr_error_shape",
  "dcr_manage_protected",
  "dcr_manage_foreign",
  "dcr_delete",
  "dcr_deleted_dead",
] as const;

const METHODS: readonly ClientMethod[] = [
  "none",
  "client_secret_basic",
  "client_secret_post",
  "private_key_jwt",
];
const GRANT_TYPES = ["authorization_code", "refresh_token", "client_credentials"];
const CERTIFICATE_BOUND = "tls_client_certificate_bound_access_tokens";
const NO_STORE = [["cache-control", "no-store"]] as const;

type Members = Readonly<Record<string, unknown>>;

function strings(members: Members, name: string, fallback: readonly string[]): readonly string[] {
  const value = members[name];
  if (value === undefined) return fallback;
  if (Array.isArray(value) && value.every((it) => typeof it === "string")) return value;
  throw new OAuthError("invalid_client_metadata", `${name} is not a list of strings`);
}

function metadataOf(request: RecordedRequest): Members {
  const type = headerOf(request, "content-type") ?? "";
  try {
    const members = JSON.parse(request.body);
    if (type.startsWith("application/json") && typeof members === "object" && members !== null) {
      return members;
    }
  } catch {
    // The response names it below.
  }
  throw new OAuthError("invalid_client_metadata", "The registration is not a JSON object");
}

/** Registration and management. */
export interface Registration {
  /** The registration endpoint. */
  register(request: RecordedRequest, site: Site): LabResponse;
  /** The configuration endpoint of a client. */
  manage(request: RecordedRequest, id: string): LabResponse;
}

export function openRegistration(state: AuditState): Registration {
  const breaks = switchesOf(state, REGISTRATION_SWITCHES);
  const arrivals: number[] = [];

  function methodOf(members: Members): ClientMethod {
    const name = members["token_endpoint_auth_method"] ?? "client_secret_basic";
    const method = METHODS.find((it) => it === name);
    if (method === undefined) {
      throw new OAuthError("invalid_client_metadata", "Unknown token_endpoint_auth_method");
    }
    if (method === "private_key_jwt" && members["jwks"] === undefined) {
      throw new OAuthError("invalid_client_metadata", "private_key_jwt needs jwks");
    }
    return method;
  }

  function checkRedirects(uris: readonly string[], grantTypes: readonly string[]): void {
    if (uris.length === 0 && grantTypes.includes("authorization_code")) {
      if (breaks("dcr_redirect_needed")) return;
      throw new OAuthError("invalid_redirect_uri", "redirect_uris is missing");
    }
    for (const uri of uris) {
      const why = redirectRefusal(state, uri);
      if (why !== undefined) {
        throw new OAuthError("invalid_redirect_uri", `The redirect URI "${uri}" ${why}`);
      }
    }
  }

  function applicationType(members: Members, uris: readonly string[]): "native" | "web" {
    const loopback = uris.some(isLoopbackUri);
    const type = members["application_type"] ?? (loopback ? "native" : "web");
    if (type !== "native" && type !== "web") {
      throw new OAuthError("invalid_client_metadata", "Unknown application_type");
    }
    if (type === "web" && loopback) {
      throw new OAuthError("invalid_redirect_uri", "A web client cannot use loopback");
    }
    return breaks("dcr_web_client") ? "web" : type;
  }

  function clientOf(members: Members): AuditClient {
    const strange = Object.keys(members).find((name) => name.startsWith("mcpass_"));
    if (strange !== undefined && breaks("dcr_unknown_members")) {
      throw new OAuthError("invalid_client_metadata", `Unknown member ${strange}`);
    }
    const grantTypes = strings(members, "grant_types", ["authorization_code"]);
    const unknown = grantTypes.find((type) => !GRANT_TYPES.includes(type));
    if (unknown !== undefined) {
      throw new OAuthError("invalid_client_metadata", `Unknown grant type ${unknown}`);
    }
    const redirectUris = strings(members, "redirect_uris", []);
    checkRedirects(redirectUris, grantTypes);
    const method = methodOf(members);
    const type = applicationType(members, redirectUris);
    const isNative = method === "none" && redirectUris.some(isLoopbackUri);
    if (isNative && breaks("dcr_native")) {
      throw new OAuthError("invalid_redirect_uri", "Loopback redirect URIs are not allowed");
    }
    const needsSecret = method.startsWith("client_secret");
    return {
      id: crypto.randomUUID(),
      method,
      redirectUris,
      applicationType: type,
      grantTypes,
      dpopBound: members["dpop_bound_access_tokens"] === true,
      certificateBound: members[CERTIFICATE_BOUND] === true && state.options.tls === true,
      ...(needsSecret || breaks("dcr_needless_secret")) && { secret: randomValue() },
      ...members["jwks"] !== undefined && { jwks: members["jwks"] as { keys: JWK[] } },
      source: "registered",
      metadata: {
        ...typeof members["client_name"] === "string" && { client_name: members["client_name"] },
        redirect_uris: redirectUris,
        grant_types: grantTypes,
        response_types: grantTypes.includes("authorization_code") ? ["code"] : [],
        token_endpoint_auth_method: method,
        application_type: type,
        ...members["dpop_bound_access_tokens"] === true && { dpop_bound_access_tokens: true },
        ...members[CERTIFICATE_BOUND] === true &&
          { [CERTIFICATE_BOUND]: state.options.tls === true },
      },
      ...supports(state, "management") && { managementToken: randomValue() },
    };
  }

  function information(client: AuditClient, uri: string): object {
    const { redirect_uris, ...others } = client.metadata;
    return {
      client_id: client.id,
      client_id_issued_at: Math.floor(state.now() / 1000),
      ...client.secret !== undefined &&
        { client_secret: client.secret, client_secret_expires_at: 0 },
      ...others,
      ...!breaks("dcr_answer") && { redirect_uris },
      ...client.managementToken !== undefined && {
        registration_client_uri: uri,
        registration_access_token: client.managementToken,
      },
    };
  }

  function limitRefusal(): LabResponse | undefined {
    const { registrationsPerMinute: limit } = state.options;
    const now = state.now();
    const recent = arrivals.filter((at) => at > now - 60_000);
    if (limit === undefined || recent.length < limit) {
      arrivals.push(now);
      return undefined;
    }
    const wait = Math.ceil(((recent[0] ?? now) + 60_000 - now) / 1000);
    return json({ error: "too_many_requests" }, 429, [["retry-after", String(wait)], ...NO_STORE]);
  }

  function refusal(error: unknown): LabResponse {
    if (!(error instanceof OAuthError)) throw error;
    if (!breaks("dcr_error_shape")) return errorResponse(error);
    return { status: 400, headers: [["content-type", "text/plain"]], body: error.message };
  }

  /** Whether a management request has the registration token of its client. */
  function mayManage(request: RecordedRequest, client: AuditClient): boolean {
    const [scheme, token] = (headerOf(request, "authorization") ?? "").split(" ");
    const given = scheme?.toLowerCase() === "bearer" ? token : undefined;
    if (given !== undefined && given === client.managementToken) return true;
    const isForeign = given !== undefined &&
      [...state.clients.values()].some(({ managementToken }) => managementToken === given);
    return isForeign ? breaks("dcr_manage_foreign") : breaks("dcr_manage_protected");
  }

  function remove(client: AuditClient): LabResponse {
    if (breaks("dcr_delete")) return empty(405, [["allow", "GET"]]);
    state.deleted.add(client.id);
    if (!breaks("dcr_deleted_dead")) {
      state.clients.delete(client.id);
      endTokens(state, (grant) => grant.client.id === client.id);
    }
    return empty(204, NO_STORE);
  }

  return {
    register(request, site) {
      if (request.method !== "POST") return empty(405, [["allow", "POST"]]);
      const limited = limitRefusal();
      if (limited !== undefined) return limited;
      try {
        const client = clientOf(metadataOf(request));
        state.clients.set(client.id, client);
        const status = breaks("dcr_status") ? 200 : 201;
        const body = information(client, `${site.base}/register/${client.id}`);
        return withFields(json(body, status), {
          "cache-control": breaks("dcr_no_store") ? undefined : "no-store",
        });
      } catch (error) {
        return refusal(error);
      }
    },
    manage(request, id) {
      const client = state.deleted.has(id) ? undefined : state.clients.get(id);
      const known = client?.source === "registered" && client.managementToken !== undefined;
      if (client === undefined || !known || !mayManage(request, client)) {
        return json({ error: "invalid_token" }, 401, [
          ["www-authenticate", 'Bearer error="invalid_token"'],
          ...NO_STORE,
        ]);
      }
      if (request.method === "DELETE") return remove(client);
      if (request.method !== "GET") return empty(405, [["allow", "GET, DELETE"]]);
      const scheme = state.options.tls ? "https" : "http";
      const { origin } = new URL(`${scheme}://${headerOf(request, "host")}`);
      return json(information(client, origin + request.path), 200, NO_STORE);
    },
  };
}
