import { Failure } from "../../core/failure.ts";
import { quoted } from "../../core/text.ts";
import type { EndpointResponse } from "../common/endpoint_response.ts";
import { errorResponse } from "../common/error_response.ts";
import {
  type AuthorizationRecord,
  type CallbackParameters,
  callbackValues,
  hasOurState,
  judgeIss,
} from "./authorization.ts";
import {
  authorizationRemedy,
  clientRemedy,
  errorPageOutcome,
  isAboutClient,
  isAboutRedirect,
  isAboutRequest,
  refusalRemedy,
} from "./authorization_refusal.ts";

const PERSON_REQUIRED = /^(login|consent|interaction|account_selection)_required$/;

function hasRightIss(parameters: CallbackParameters, record: AuthorizationRecord): boolean {
  try {
    judgeIss(parameters, record);
    return callbackValues(parameters, "iss").length < 2;
  } catch {
    return false;
  }
}

/**
 * Only an `error` redirect to our redirect URI, a 4xx about the client, its redirect URI, the scope or
 * the resource, or an error page about the client or its redirect URI stops a login: every other
 * response may be a page for browsers only. An error with a wrong `iss` is
 * ignored; the text of one with a wrong `state` is not shown. Returns a note, if there is one.
 *
 * @throws Failure `authorization_request_rejected`.
 */
export function judgePreflight(
  response: EndpointResponse,
  record: AuthorizationRecord,
): string | undefined {
  const { redirectUri, resource } = record;
  const { status } = response;
  const endpoint = quoted(response.url.replace(/\?.*$/s, ""));
  const rejected = (said: string, remedy = clientRemedy(redirectUri)) =>
    new Failure(
      "authorization_request_rejected",
      `the authorization endpoint ${endpoint} rejects the request before any sign-in: ${said}`,
      { ...remedy, reference: "RFC 6749 §4.1.2.1" },
    );
  if (status >= 500) return `the authorization endpoint returned HTTP ${status}`;
  if (status >= 400) {
    const { error, words, said } = errorResponse(response);
    if (isAboutClient(words) || isAboutRequest(error)) {
      throw rejected(
        `HTTP ${status}${said}`,
        refusalRemedy({ error, words }, redirectUri, resource !== null),
      );
    }
    const hint = resource === null ? "" : ". If the browser shows an error: --resource none";
    return `the authorization endpoint returned HTTP ${status} to a request without a browser` +
      `${said}${status === 400 ? hint : ""}`;
  }
  const location = response.headers.get("location");
  const target = status < 300 || location === null ? null : URL.parse(location, response.url);
  const own = URL.parse(redirectUri);
  const error = target?.searchParams.get("error") ?? null;
  if (target === null || error === null) return undefined;
  if (target.origin !== own?.origin || target.pathname !== own.pathname) {
    const refusal = errorPageOutcome(target);
    if (refusal === undefined) return undefined;
    throw rejected(`it ${refusal.outcome}`, clientRemedy(redirectUri, refusal.words));
  }
  const parameters = [...target.searchParams];
  if (!hasRightIss(parameters, record)) {
    return "the authorization endpoint returned an error with a wrong iss to a request without a " +
      "browser";
  }
  if (PERSON_REQUIRED.test(error)) return undefined;
  if (!hasOurState(parameters, record)) {
    throw rejected("with an error without the state of the request, so its text is not shown");
  }
  const description = target.searchParams.get("error_description") ?? undefined;
  throw rejected(
    quoted(error) + (description === undefined ? "" : `; it says ${quoted(description)}`),
    error === "invalid_client" || isAboutRedirect(description ?? "")
      ? clientRemedy(redirectUri, description)
      : authorizationRemedy(error, resource !== null, description),
  );
}
