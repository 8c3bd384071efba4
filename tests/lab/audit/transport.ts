/**
 * Group P: HSTS and caching.
 *
 * @module
 */

import { withFields } from "./responses.ts";
import type { LabResponse } from "./responses.ts";
import { switchesOf } from "./state.ts";
import type { AuditState } from "./state.ts";

/** Switches of group P; `limits_shaped` is in `resource_metadata.ts`, others are in `lab_servers.ts`. */
export const TRANSPORT_SWITCHES = ["tls_hsts", "documents_cacheable"] as const;

/** Lets caches store a document for an hour. */
export function cacheable(state: AuditState, response: LabResponse): LabResponse {
  const breaks = switchesOf(state, TRANSPORT_SWITCHES);
  const seconds = breaks("documents_cacheable") ? 365 * 24 * 3600 : 3600;
  return response.status === 200
    ? withFields(response, { "cache-control": `public, max-age=${seconds}` })
    : response;
}

/** Adds the header fields of every response over TLS. */
export function secured(state: AuditState, response: LabResponse): LabResponse {
  const breaks = switchesOf(state, TRANSPORT_SWITCHES);
  if (state.options.tls !== true || breaks("tls_hsts")) return response;
  return withFields(response, { "strict-transport-security": "max-age=31536000" });
}
