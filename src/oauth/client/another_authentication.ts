/** Another way to authenticate a client after a refusal. @module */

import type { EndpointResponse } from "../common/endpoint_response.ts";
import { errorResponse } from "../common/error_response.ts";
import {
  type ClientAuthMethod,
  type ClientCredentials,
  isAssertion,
  nextAuthMethod,
} from "./client_auth.ts";

export interface MethodChoice {
  /** Who chose the method; the server if it registered the client with it, or accepted it before. */
  readonly chosenBy: "user" | "server" | "mcpass";
  /** `token_endpoint_auth_methods_supported`. */
  readonly supported?: readonly string[] | undefined;
  /** True if the token endpoint accepted the client with this method before. */
  readonly isProven?: boolean;
}

/** Words about a client that the server does not know. */
const UNKNOWN_CLIENT =
  /\b(invalid|unknown) client[_ ]?id\b|\bclient\b[^.]{0,30}\b(not found|not exist|not known)\b/i;

export type AuthenticationChange =
  & Pick<ClientCredentials, "audienceIsEndpoint" | "clientIdInForm" | "hasEmptySecret">
  & { readonly method: ClientAuthMethod };

/**
 * Metadata of an attacker could name the token endpoint of another authorization server that knows the
 * client. That server must not receive an assertion that it accepts.
 */
function isAtIssuer(endpoint: string, { issuer = "" }: ClientCredentials): boolean {
  return URL.parse(endpoint)?.origin === URL.parse(issuer)?.origin;
}

/**
 * The change of a client after a refusal: what is missing in the form, else another method, once.
 * Undefined if there is no other way.
 *
 * @param first The method of the first request.
 * @param client As the server refused it.
 */
export function anotherAuthentication(
  first: ClientAuthMethod,
  client: ClientCredentials & { readonly method: ClientAuthMethod },
  { chosenBy, supported, isProven = false }: MethodChoice,
  response: EndpointResponse,
): AuthenticationChange | undefined {
  const { description = "" } = errorResponse(response);
  if (isProven && UNKNOWN_CLIENT.test(description)) return undefined;
  const { method, audienceIsEndpoint, clientIdInForm, hasEmptySecret } = client;
  const isPublic = method === "none" && client.clientSecret === undefined;
  if (method === "client_secret_basic" && !clientIdInForm && /\bclient_id\b/.test(description)) {
    return { method, clientIdInForm: true };
  }
  if (isAssertion(method) && !audienceIsEndpoint && isAtIssuer(response.url, client)) {
    return { method, audienceIsEndpoint: true };
  }
  // Words about the secret mean that the method is right, if mcpass did not choose it.
  const keepsMethod = isPublic || method === "client_secret_basic" && chosenBy !== "mcpass";
  if (keepsMethod && !hasEmptySecret && /\bclient_secret\b/.test(description)) {
    return { method, clientIdInForm, hasEmptySecret: true };
  }
  if (chosenBy === "user" || method !== first) return undefined;
  const next = nextAuthMethod(client, method, supported);
  const complete = { audienceIsEndpoint: undefined, hasEmptySecret: undefined };
  return next && { method: next, clientIdInForm: undefined, ...complete };
}
