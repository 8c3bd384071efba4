/** Pushed authorization requests (RFC 9126). */

import { Failure } from "../../core/failure.ts";
import { isObject, parseJson, stringMember } from "../../core/json.ts";
import { quoted } from "../../core/text.ts";
import { type Answer, describeAnswer } from "../common/answer.ts";
import { TokenEndpointError } from "../common/token_answer.ts";

/**
 * Judges the answer of the pushed authorization request endpoint (RFC 9126 §2.2, §2.3).
 *
 * @returns The `request_uri`, good for one authorization.
 * @throws Failure `pushed_request_refused` (its cause is a `TokenEndpointError` when the answer names
 * an error).
 */
export function judgePushedRequest(answer: Answer): string {
  const document = parseJson(answer.body);
  const members = isObject(document) ? document : {};
  const requestUri = stringMember(members, "request_uri");
  const good = answer.status >= 200 && answer.status <= 299;
  if (good && requestUri !== undefined) return requestUri;
  const error = stringMember(members, "error");
  const description = stringMember(members, "error_description");
  const said = error === undefined
    ? `HTTP ${describeAnswer(answer)}` + (good ? ', without "request_uri"' : "")
    : `HTTP ${answer.status}, ${quoted(error, Infinity)}` +
      (description === undefined ? "" : `; it says ${quoted(description, Infinity)}`);
  throw new Failure(
    "pushed_request_refused",
    `the endpoint ${quoted(answer.url)} did not take the authorization request: ${said}`,
    {
      remedy: error === "invalid_client"
        ? "The client id, its secret or key, or the way of sending it is wrong here: check them"
        : "The server dislikes a parameter of the authorization request; --debug-out shows all",
      reference: "RFC 9126 §2.3",
      ...(error === undefined ? {} : { cause: new TokenEndpointError(error) }),
    },
  );
}
