/** Pushed authorization requests (RFC 9126). @module */

import { Failure } from "../../core/failure.ts";
import { stringMember } from "../../core/json.ts";
import { quoted } from "../../core/text.ts";
import { type EndpointResponse, isSuccess, responseMembers } from "../common/endpoint_response.ts";
import { errorCause } from "../common/issued_token.ts";

export function judgePushedRequest(response: EndpointResponse): string {
  const { members, error, summary } = responseMembers(response);
  const requestUri = stringMember(members, "request_uri");
  if (isSuccess(response) && requestUri !== undefined) return requestUri;
  const missing = isSuccess(response) && error === undefined ? ', without "request_uri"' : "";
  const remedy = error === "invalid_client"
    ? "The client id, its secret or key, or the way of sending it is wrong here: check them"
    : "The server dislikes a parameter of the authorization request; --debug-out shows all";
  throw new Failure(
    "pushed_request_refused",
    `the endpoint ${quoted(response.url)} did not take the authorization request: ` +
      summary + missing,
    { remedy, reference: "RFC 9126 §2.3", cause: errorCause(error) },
  );
}
