/**
 * Group O: CORS.
 *
 * @module
 */

import { headerOf } from "../journal.ts";
import type { RecordedRequest } from "../journal.ts";
import { empty, withFields } from "./responses.ts";
import type { LabResponse } from "./responses.ts";
import { switchesOf } from "./state.ts";
import type { AuditState } from "./state.ts";

/** Switches of group O. */
export const CORS_SWITCHES = [
  "cors_documents",
  "cors_preflight",
  "cors_expose",
  "cors_token",
  "cors_no_credentials",
] as const;

/** Kinds of endpoints with their own CORS rules. */
export type EndpointKind = "document" | "token" | "mcp" | "page";

const ALLOWED = [
  "authorization",
  "content-type",
  "dpop",
  "last-event-id",
  "mcp-method",
  "mcp-name",
  "mcp-protocol-version",
  "mcp-session-id",
];

/** The CORS rules of an endpoint. */
export interface Cors {
  /** The response to a preflight request. */
  preflight(request: RecordedRequest, kind: EndpointKind): LabResponse | undefined;
  /** Adds the fields that let scripts read a response. */
  readable(request: RecordedRequest, kind: EndpointKind, response: LabResponse): LabResponse;
}

export function openCors(state: AuditState): Cors {
  const breaks = switchesOf(state, CORS_SWITCHES);

  function open(kind: EndpointKind): boolean {
    if (kind === "document") return !breaks("cors_documents");
    return kind === "mcp" || (kind === "token" && !breaks("cors_token"));
  }

  function origins(request: RecordedRequest, kind: EndpointKind): Record<string, string> {
    const origin = headerOf(request, "origin");
    return kind !== "document" && origin !== undefined && breaks("cors_no_credentials")
      ? { "access-control-allow-origin": origin, "access-control-allow-credentials": "true" }
      : { "access-control-allow-origin": "*" };
  }

  return {
    preflight(request, kind) {
      if (request.method !== "OPTIONS") return undefined;
      if (!open(kind)) return empty(405, [["allow", "GET, POST"]]);
      if (kind === "mcp" && breaks("cors_preflight")) return empty(401);
      return withFields(empty(204), {
        ...origins(request, kind),
        "access-control-allow-methods": "GET, POST, DELETE, OPTIONS",
        "access-control-allow-headers": ALLOWED.join(", "),
        "access-control-max-age": "600",
      });
    },
    readable(request, kind, response) {
      if (!open(kind)) return response;
      const exposed = kind === "mcp" && !breaks("cors_expose")
        ? { "access-control-expose-headers": "WWW-Authenticate, Mcp-Session-Id, DPoP-Nonce" }
        : {};
      return withFields(response, { ...origins(request, kind), ...exposed });
    },
  };
}
