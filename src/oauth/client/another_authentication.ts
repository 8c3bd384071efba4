/** The one other way to authenticate a client after a refusal. @module */

import type { EndpointResponse } from "../common/endpoint_response.ts";
import { errorResponse } from "../common/error_response.ts";
import { type ClientAuthMethod, type ClientCredentials, nextAuthMethod } from "./client_auth.ts";

export interface MethodChoice {
  /** Who chose the method: another one is tried only if it was not the user. */
  readonly chosenBy: "user" | "registration" | "mcpass";
  /** `token_endpoint_auth_methods_supported`. */
  readonly supported?: readonly string[] | undefined;
}

export type AuthenticationChange =
  & Pick<ClientCredentials, "clientIdInForm" | "hasEmptySecret">
  & { readonly method: ClientAuthMethod };

/** The change of a client after a refusal; undefined if there is no other way. */
export function anotherAuthentication(
  client: ClientCredentials,
  method: ClientAuthMethod,
  { chosenBy, supported }: MethodChoice,
  response: EndpointResponse,
): AuthenticationChange | undefined {
  const { description = "" } = errorResponse(response);
  const isPublic = method === "none" && client.clientSecret === undefined;
  // Words about a missing member of the form mean that the method itself is right.
  const keepsMethod = isPublic || method === "client_secret_basic" && chosenBy !== "mcpass";
  const isIdMissing = !isPublic && client.clientIdInForm !== true &&
    /\bclient_id\b/.test(description);
  if (keepsMethod && isIdMissing) return { method, clientIdInForm: true };
  if (keepsMethod && /\bclient_secret\b/.test(description)) return { method, hasEmptySecret: true };
  if (chosenBy === "user") return undefined;
  const next = nextAuthMethod(client, method, supported);
  return next && { method: next };
}
