/** Pushed authorization requests (RFC 9126). @module */

import { remedyOf } from "../../core/command_text.ts";
import { Failure } from "../../core/failure.ts";
import { member, stringMember } from "../../core/json.ts";
import { quoted } from "../../core/text.ts";
import { type EndpointResponse, isSuccess } from "../common/endpoint_response.ts";
import { INVALID_CLIENT } from "../common/error_remedies.ts";
import { errorResponse, retryRemedy } from "../common/error_response.ts";
import { TokenEndpointError } from "../common/issued_token.ts";
import {
  authorizationRemedy,
  isAboutRedirect,
  redirectRemedy,
} from "../authorization/authorization_refusal.ts";

export interface PushedRequest {
  readonly requestUri: string;
  /** Seconds for which a browser can use it; null if the server does not say. */
  readonly expiresIn: number | null;
}

/** @param sent Of the request, for words of the server about it. */
export function judgePushedRequest(
  response: EndpointResponse,
  sent: { readonly redirectUri: string; readonly resourceSent: boolean },
): PushedRequest {
  const { members, error, hasError, summary, description = "" } = errorResponse(response);
  const requestUri = stringMember(members, "request_uri");
  if (isSuccess(response) && requestUri !== undefined) {
    const seconds = Number(member(members, "expires_in"));
    return { requestUri, expiresIn: seconds > 0 ? seconds : null };
  }
  const missing = isSuccess(response) && !hasError ? ', without "request_uri"' : "";
  const remedy = error === "invalid_client" ? INVALID_CLIENT : retryRemedy(response) ??
    (isAboutRedirect(description)
      ? redirectRemedy(sent.redirectUri)
      : authorizationRemedy(error ?? "invalid_request", sent.resourceSent, description));
  throw new Failure(
    "pushed_request_refused",
    `the endpoint ${quoted(response.url)} did not accept the authorization request: ` +
      summary + missing,
    { ...remedyOf(remedy), reference: "RFC 9126 §2.3", cause: new TokenEndpointError(response) },
  );
}
