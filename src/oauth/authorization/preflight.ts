/** The response of the authorization endpoint to a request without a browser. @module */

import { Failure } from "../../core/failure.ts";
import { quoted } from "../../core/text.ts";
import type { EndpointResponse } from "../common/endpoint_response.ts";
import {
  type AuthorizationRecord,
  type CallbackParameters,
  callbackValues,
  errorRemedy,
  hasOurState,
  judgeIss,
} from "./authorization.ts";
import { visibleText } from "../common/visible_text.ts";

export type PreflightJudgement =
  | { readonly stop: Failure }
  | { readonly stop: undefined; readonly note: string | undefined };

const NAMES_CLIENT = /client[ _-]?id|invalid[ _-]client|unknown[ _-]client|redirect[ _-]?uri/i;

const PERSON_REQUIRED: readonly string[] = [
  "login_required",
  "consent_required",
  "interaction_required",
  "account_selection_required",
];

function hasRightIss(parameters: CallbackParameters, record: AuthorizationRecord): boolean {
  try {
    judgeIss(parameters, record);
    return callbackValues(parameters, "iss").length < 2;
  } catch {
    return false;
  }
}

/**
 * Only an `error` redirect to our redirect URI, or a 4xx that names the client or the redirect URI,
 * stops a login: every other response may be a page for browsers only. An error with a wrong `iss` is
 * ignored; the text of one with a wrong `state` is not shown.
 */
export function judgePreflight(
  response: EndpointResponse,
  record: AuthorizationRecord,
): PreflightJudgement {
  const { redirectUri } = record;
  const endpoint = response.url.replace(/\?.*$/s, "");
  const location = response.headers.get("location");
  const go = (note?: string) => ({ stop: undefined, note }) as const;
  const compare = `Compare the client id and the redirect URI "${redirectUri}" with what is ` +
    "registered there. A client of your own: --registration preregistered --client-id <id>";
  const stop = (said: string, remedy = compare) => ({
    stop: new Failure(
      "authorization_request_rejected",
      `the authorization endpoint ${
        quoted(endpoint)
      } rejects the request before any sign-in: ${said}`,
      { remedy, reference: "RFC 6749 §4.1.2.1" },
    ),
  });
  if (response.status >= 300 && response.status < 400 && location !== null) {
    const target = URL.parse(location, response.url);
    const own = URL.parse(redirectUri);
    if (target === null || own === null) return go();
    const ours = target.origin === own.origin && target.pathname === own.pathname;
    const error = target.searchParams.get("error");
    if (!ours || error === null) return go();
    const parameters = [...target.searchParams];
    if (!hasRightIss(parameters, record)) {
      return go(
        "the authorization endpoint answered a request without a browser with an error whose iss is " +
          "not right",
      );
    }
    if (PERSON_REQUIRED.includes(error)) return go();
    if (!hasOurState(parameters, record)) {
      return stop("with an error that lacks the state of the request, so its words are not shown");
    }
    const description = target.searchParams.get("error_description");
    return stop(
      `${quoted(error)}${description === null ? "" : `; it says ${quoted(description)}`}`,
      error === "invalid_client"
        ? compare
        : errorRemedy(error, record.resource !== null, description ?? ""),
    );
  }
  if (response.status >= 400 && response.status < 500) {
    const words = visibleText(response.body);
    if (NAMES_CLIENT.test(words)) {
      return stop(`HTTP ${response.status}; it says ${quoted(words, 200)}`);
    }
    return go(
      `the authorization endpoint answered HTTP ${response.status} to a request without a browser`,
    );
  }
  if (response.status >= 500) {
    return go(`the authorization endpoint answered HTTP ${response.status}`);
  }
  return go();
}
