/**
 * Group A: the challenge, and what the MCP endpoint does without a token.
 *
 * @module
 */

import { challenge } from "../bearer.ts";
import type { ChallengeParameters } from "../bearer.ts";
import { headerOf, rpcMethodOf } from "../journal.ts";
import type { RecordedRequest } from "../journal.ts";
import { toolbox } from "../mcp_tools.ts";
import { empty, json } from "./responses.ts";
import type { LabResponse } from "./responses.ts";
import { metadataUrl } from "./resource_metadata.ts";
import { FIRST_SCOPES, hasResourceMetadata, namesScopes, switchesOf } from "./state.ts";
import type { AuditState, Resource } from "./state.ts";

/** Switches of group A. */
export const CHALLENGE_SWITCHES = [
  "challenge_status",
  "challenge_present",
  "challenge_scheme",
  "challenge_syntax",
  "challenge_no_error",
  "challenge_metadata_absolute",
  "challenge_metadata_live",
  "challenge_no_offline",
  "challenge_uniform",
  "methods_get",
  "methods_delete",
  "methods_removed",
  "endpoint_direct",
  "refusal_clean",
  "proxy_headers_ignored",
  "rs_challenge_again",
] as const;

const IDENTITY_HEADERS = [
  "x-forwarded-user",
  "x-remote-user",
  "x-auth-request-user",
  "x-auth-request-email",
  "x-forwarded-email",
];

/** The refusals of the MCP endpoint. */
export interface Refusals {
  /** No token was sent. */
  withoutToken(request: RecordedRequest, resource: Resource): LabResponse;
  /** The token is not accepted. */
  invalidToken(resource: Resource, why: string, status?: number): LabResponse;
  /** The `Authorization` field cannot be read. */
  malformed(resource: Resource, why: string): LabResponse;
  /** A scope is missing; `scope` undefined leaves the parameter out. */
  insufficientScope(resource: Resource, scope: string | undefined): LabResponse;
  /** The DPoP proof is not accepted. */
  invalidProof(resource: Resource, error: string, why: string): LabResponse;
  /** True for a broken server that accepts this request without a token. */
  trusts(request: RecordedRequest): boolean;
  /** Redirects an opening request. */
  redirect(request: RecordedRequest): LabResponse | undefined;
}

/** Makes the refusals. */
export function openRefusals(state: AuditState): Refusals {
  const breaks = switchesOf(state, CHALLENGE_SWITCHES);
  const { protocol = "both" } = state.options;

  function resourceMetadata(resource: Resource): string | undefined {
    const url = metadataUrl(state, resource);
    if (!hasResourceMetadata(state)) return undefined;
    if (breaks("challenge_metadata_live")) return `${url}/gone`;
    return breaks("challenge_metadata_absolute") ? new URL(url).pathname : url;
  }

  function firstScope(): string | undefined {
    if (!namesScopes(state)) return undefined;
    const scopes = breaks("challenge_no_offline")
      ? [...FIRST_SCOPES, "offline_access"]
      : FIRST_SCOPES;
    return scopes.join(" ");
  }

  function refuse(status: number, challenges: readonly string[], body: object): LabResponse {
    return json(body, status, [
      ...challenges.map((value) => ["www-authenticate", value] as const),
      ["cache-control", "no-store"],
    ]);
  }

  function bearer(resource: Resource, parameters: ChallengeParameters): string {
    return challenge("Bearer", { ...parameters, resource_metadata: resourceMetadata(resource) });
  }

  function openingChallenges(resource: Resource): string[] {
    if (breaks("challenge_present")) return [];
    const parameters = {
      ...breaks("challenge_no_error") && { error: "invalid_token" },
      scope: firstScope(),
    };
    const named = { ...parameters, resource_metadata: resourceMetadata(resource) };
    if (breaks("challenge_scheme")) return [challenge("Basic", { realm: "lab", ...named })];
    const written = bearer(resource, parameters);
    return breaks("challenge_syntax")
      ? [`${written}, resource_metadata="${metadataUrl(state, resource)}"`]
      : [written];
  }

  function body(): object {
    const said = { error: "unauthorized", error_description: "An access token is required" };
    return breaks("refusal_clean")
      ? { ...said, jsonrpc: "2.0", id: 1, result: { tools: toolbox().listed } }
      : said;
  }

  /** What a broken server does for GET and DELETE. */
  function methodWithoutToken(method: string): LabResponse | undefined {
    const stream = () => empty(200, [["content-type", "text/event-stream"]]);
    if (method === "POST") return undefined;
    if (protocol === "stateless") {
      return breaks("methods_removed") ? json({}) : undefined;
    }
    if (method === "DELETE") return breaks("methods_delete") ? empty(200) : undefined;
    return breaks("methods_get") ? { ...stream(), body: ": open\n\n" } : undefined;
  }

  return {
    withoutToken(request, resource) {
      const shown = methodWithoutToken(request.method);
      if (shown !== undefined) return shown;
      const method = rpcMethodOf(request);
      if (method === "tools/list" && breaks("challenge_uniform")) {
        return refuse(401, ["Bearer"], body());
      }
      const opens = method !== undefined && headerOf(request, "mcp-session-id") === undefined;
      const status = opens && breaks("challenge_status") ? 403 : 401;
      return refuse(status, openingChallenges(resource), body());
    },
    invalidToken(resource, why, status = 401) {
      const written = breaks("rs_challenge_again") ? "Bearer" : bearer(resource, {
        error: "invalid_token",
        error_description: why,
        scope: firstScope(),
      });
      return refuse(status, [written], { error: "invalid_token", error_description: why });
    },
    malformed: (resource, why) =>
      refuse(400, [bearer(resource, { error: "invalid_request", error_description: why })], {
        error: "invalid_request",
        error_description: why,
      }),
    insufficientScope: (resource, scope) =>
      refuse(403, [
        bearer(resource, {
          error: "insufficient_scope",
          error_description: "More scope is needed",
          scope,
        }),
      ], { error: "insufficient_scope", error_description: "More scope is needed" }),
    invalidProof: (resource, error, why) =>
      refuse(401, [
        challenge("DPoP", {
          error,
          error_description: why,
          algs: "ES256 RS256",
          resource_metadata: resourceMetadata(resource),
        }),
      ], { error, error_description: why }),
    trusts: (request) =>
      IDENTITY_HEADERS.some((name) => headerOf(request, name) !== undefined) &&
      breaks("proxy_headers_ignored"),
    redirect(request) {
      if (request.method !== "POST" || request.path.endsWith("/")) return undefined;
      return breaks("endpoint_direct")
        ? empty(307, [["location", `${state.mcpOrigin}${request.path}/`]])
        : undefined;
    },
  };
}
