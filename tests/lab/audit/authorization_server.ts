/**
 * The authorization server: its endpoints at a site.
 *
 * @module
 */

import type { RecordedRequest } from "../journal.ts";
import type { EndpointKind } from "./cors.ts";
import { keySet } from "./jwks.ts";
import { NOT_FOUND } from "./responses.ts";
import type { LabResponse } from "./responses.ts";
import { openServerMetadata } from "./server_metadata.ts";
import type { AuditState, Site } from "./state.ts";

/** An endpoint. */
export interface Endpoint {
  readonly kind: EndpointKind;
  answer(request: RecordedRequest, site: Site): LabResponse | Promise<LabResponse>;
}

/** Finds the endpoint of a request; undefined for other paths. */
export function openAuthorizationServer(
  state: AuditState,
): (request: RecordedRequest, site: Site) => Endpoint | undefined {
  const documents = openServerMetadata(state);
  const endpoints: ReadonlyMap<string, Endpoint> = new Map([
    ["/jwks", { kind: "document", answer: () => keySet(state) }],
  ]);

  return (request, site) => {
    const document = documents(request, site);
    if (document !== undefined) return { kind: "document", answer: () => document };
    const prefix = new URL(site.base).pathname.replace(/\/$/, "");
    if (!request.path.startsWith(prefix)) return undefined;
    return endpoints.get(request.path.slice(prefix.length));
  };
}

/** The endpoint of a path that has none. */
export const NO_ENDPOINT: Endpoint = { kind: "page", answer: () => NOT_FOUND };
