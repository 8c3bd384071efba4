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

/** The change of a client after a refusal; undefined if there is no other way. */
export function anotherAuthentication(
  client: ClientCredentials,
  method: ClientAuthMethod,
  { chosenBy, supported }: MethodChoice,
  response: EndpointResponse,
): { readonly method: ClientAuthMethod; readonly clientIdInForm?: true } | undefined {
  const { description = "" } = errorResponse(response);
  const isIdMissing = method === "client_secret_basic" && /client_id/.test(description);
  if (isIdMissing && chosenBy !== "mcpass") return { method, clientIdInForm: true };
  if (chosenBy === "user") return undefined;
  const next = nextAuthMethod(client, method, supported);
  return next && { method: next };
}
