/**
 * Group B: the protected resource metadata (RFC 9728).
 *
 * @module
 */

import { headerOf } from "../journal.ts";
import type { RecordedRequest } from "../journal.ts";
import { ALGORITHMS } from "./keys.ts";
import { empty, fieldOf, json, NOT_FOUND, withFields } from "./responses.ts";
import type { LabResponse } from "./responses.ts";
import {
  demandsBinding,
  FIRST_SCOPES,
  hasResourceMetadata,
  namesScopes,
  omnibusScopes,
  supports,
  switchesOf,
  unknownScopes,
} from "./state.ts";
import type { AuditState, Resource } from "./state.ts";

/** Switches of group B. */
export const RESOURCE_METADATA_SWITCHES = [
  "prm_found",
  "prm_public",
  "prm_direct",
  "prm_media_type",
  "prm_resource",
  "prm_servers",
  "prm_servers_form",
  "prm_header_method",
  "prm_types",
  "prm_no_offline",
  "prm_copies_agree",
  "version_header_tolerated",
  "limits_shaped",
] as const;

const WELL_KNOWN = "/.well-known/oauth-protected-resource";
const MOVED = "/resource-metadata";

/** The path of a resource's metadata document. */
export function metadataUrl({ mcpOrigin }: AuditState, { path }: Resource): string {
  return mcpOrigin + WELL_KNOWN + path;
}

/** Whether the request has a protocol version that no server knows. */
function hasStrangeVersion(request: RecordedRequest): boolean {
  const version = headerOf(request, "mcp-protocol-version");
  return version !== undefined &&
    !/^20(24-11-05|25-03-26|25-06-18|25-11-25|26-07-28)$/.test(version);
}

/** The response of a broken server to a document request with an unknown version. */
export function strangeVersionResponse(
  state: AuditState,
  request: RecordedRequest,
): LabResponse | undefined {
  const breaks = switchesOf(state, RESOURCE_METADATA_SWITCHES);
  if (!hasStrangeVersion(request)) return undefined;
  if (breaks("limits_shaped")) return empty(429);
  return breaks("version_header_tolerated")
    ? json({ error: "unsupported protocol version" }, 400)
    : undefined;
}

/** Responds to requests for the metadata of resources; undefined for other paths. */
export function openResourceMetadata(
  state: AuditState,
): (request: RecordedRequest) => LabResponse | undefined {
  const breaks = switchesOf(state, RESOURCE_METADATA_SWITCHES);
  const issuer = state.authorizationServer.identifier;

  function servers(root: boolean): string[] {
    if (breaks("prm_servers")) return [];
    if (root && breaks("prm_copies_agree")) return ["https://other-issuer.invalid"];
    return breaks("prm_servers_form")
      ? [issuer, `${state.authorizationServer.origin}/.well-known/oauth-authorization-server`]
      : [issuer];
  }

  function scopes(): string | readonly string[] | undefined {
    if (!namesScopes(state)) return undefined;
    if (breaks("prm_types")) return FIRST_SCOPES.join(" ");
    return [
      ...FIRST_SCOPES,
      ...unknownScopes(state),
      ...omnibusScopes(state),
      ...breaks("prm_no_offline") ? ["offline_access"] : [],
    ];
  }

  function document(resource: Resource, root: boolean): object {
    const main = resource === state.resource;
    return {
      resource: main && breaks("prm_resource") ? undefined : resource.id,
      authorization_servers: servers(root),
      scopes_supported: scopes(),
      bearer_methods_supported: breaks("prm_header_method") ? ["body"] : ["header"],
      resource_name: main ? "Audit lab" : "The other resource of the audit lab",
      ...demandsBinding(state)
        ? { dpop_bound_access_tokens_required: true }
        : supports(state, "dpop") && { dpop_signing_alg_values_supported: ALGORITHMS },
    };
  }

  return (request) => {
    if (request.method !== "GET" && request.method !== "HEAD") return undefined;
    const prefix = [WELL_KNOWN, MOVED].find((it) => request.path.startsWith(it));
    if (prefix === undefined) return undefined;
    const rest = request.path.slice(prefix.length);
    const resource = [state.resource, state.otherResource].find(({ path }) => path === rest) ??
      (rest === "" ? state.resource : undefined);
    const exists = resource !== undefined && hasResourceMetadata(state) && !breaks("prm_found");
    if (!exists) return NOT_FOUND;
    const strange = strangeVersionResponse(state, request);
    if (strange !== undefined) return strange;
    if (breaks("prm_public")) return json({ error: "unauthorized" }, 401);
    if (prefix === WELL_KNOWN && breaks("prm_direct")) {
      return empty(302, [["location", `${state.mcpOrigin}${MOVED}${rest}`]]);
    }
    const response = json(document(resource, rest === ""));
    return withFields(response, {
      "content-type": breaks("prm_media_type") ? "text/plain" : fieldOf(response, "content-type"),
    });
  };
}
