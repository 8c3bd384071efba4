/**
 * The authorization server: its endpoints at a site.
 *
 * @module
 */

import { formOf } from "../journal.ts";
import type { RecordedRequest } from "../journal.ts";
import { openAuthorize, pushRequest } from "./authorize.ts";
import { openAuthentication } from "./client_authentication.ts";
import { openClientDocuments } from "./client_documents.ts";
import type { EndpointKind } from "./cors.ts";
import { keySet } from "./jwks.ts";
import { openRegistration } from "./registration.ts";
import type { Registration } from "./registration.ts";
import { empty, errorResponse, NOT_FOUND, OAuthError } from "./responses.ts";
import type { LabResponse } from "./responses.ts";
import { openRevocation } from "./revocation.ts";
import { openServerMetadata } from "./server_metadata.ts";
import { pushedRequests, supports } from "./state.ts";
import type { AuditState, Site } from "./state.ts";
import { openTokenEndpoint } from "./token_endpoint.ts";
import { openTokens } from "./tokens.ts";

export interface Endpoint {
  readonly kind: EndpointKind;
  answer(request: RecordedRequest, site: Site): LabResponse | Promise<LabResponse>;
}

/** The endpoint of a path that has none. */
export const NO_ENDPOINT: Endpoint = { kind: "page", answer: () => NOT_FOUND };

const REGISTER = "/register";

/** The endpoints that the server offers, by path. */
function openEndpoints(
  state: AuditState,
  { register }: Registration,
): ReadonlyMap<string, Endpoint> {
  const tokens = openTokens(state);
  const pushed = new Map<string, URLSearchParams>();
  const documents = openClientDocuments(state);
  const authenticate = openAuthentication(state);
  const { revoke, introspect } = openRevocation(state);
  const token: Endpoint = { kind: "token", answer: openTokenEndpoint(state, tokens) };

  async function push(request: RecordedRequest, site: Site): Promise<LabResponse> {
    if (request.method !== "POST") return empty(405, [["allow", "POST"]]);
    try {
      await documents.find(formOf(request).get("client_id") ?? "");
      await authenticate(request, formOf(request), site, "push");
      return pushRequest(request, pushed);
    } catch (error) {
      if (error instanceof OAuthError) return errorResponse(error);
      throw error;
    }
  }

  const all: [path: string, endpoint: Endpoint, offered: boolean][] = [
    ["/jwks", { kind: "document", answer: () => keySet(state) }, true],
    ["/authorize", { kind: "page", answer: openAuthorize(state, tokens, documents, pushed) }, true],
    ["/token", token, true],
    ["/token2", token, true],
    [REGISTER, { kind: "token", answer: register }, supports(state, "registration")],
    ["/revoke", { kind: "token", answer: revoke }, supports(state, "revocation")],
    ["/introspect", { kind: "page", answer: introspect }, supports(state, "introspection")],
    ["/par", { kind: "token", answer: push }, pushedRequests(state).offered],
  ];
  return new Map(all.filter(([, , offered]) => offered).map(([path, it]) => [path, it]));
}

/** Finds the endpoint of a request; undefined for other paths. */
export function openAuthorizationServer(
  state: AuditState,
): (request: RecordedRequest, site: Site) => Endpoint | undefined {
  const documents = openServerMetadata(state);
  const registration = openRegistration(state);
  const endpoints = openEndpoints(state, registration);

  return (request, site) => {
    const document = documents(request, site);
    if (document !== undefined) return { kind: "document", answer: () => document };
    const prefix = new URL(site.base).pathname.replace(/\/$/, "");
    if (!request.path.startsWith(prefix)) return undefined;
    const path = request.path.slice(prefix.length);
    if (path.startsWith(`${REGISTER}/`) && supports(state, "management")) {
      return {
        kind: "page",
        answer: () => registration.manage(request, path.slice(REGISTER.length + 1)),
      };
    }
    return endpoints.get(path);
  };
}
