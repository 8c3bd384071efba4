/** The one rule about what counts as a refusal, for every check that sends something wrong. @module */

import { printable, quoted } from "../../core/text.ts";
import type { HttpResponse } from "../../http/http_client.ts";
import { locationOf } from "../../http/request_url.ts";
import { isSuccess } from "../../oauth/common/endpoint_response.ts";
import { errorResponse } from "../../oauth/common/error_response.ts";
import type { Outcome } from "../context/verdict.ts";
import { deviates, inconclusive, passed } from "../context/outcome.ts";

/** The parameters of an error that was sent to the redirect URI (RFC 6749 §4.1.2.1). */
export function redirectedError(response: HttpResponse): URLSearchParams | undefined {
  const target = locationOf(response, response.url);
  const parameters = target?.searchParams;
  return parameters?.has("error") === true ? parameters : undefined;
}

/** Why a response says nothing about the request: limits, outages and sign-in pages. */
export function noJudgement(response: HttpResponse): Outcome | undefined {
  const { status, headers } = response;
  if (status === 429) {
    return inconclusive("rate_limited", "HTTP 429: the server limits requests");
  }
  if (status === 503) return inconclusive("unavailable", "HTTP 503: the server is not available");
  const isFirewall = status === 403 && /text\/html/i.test(headers.get("content-type") ?? "") &&
    /\b(cloudflare|captcha|access denied|request blocked|web application firewall)\b/i
      .test(response.body.slice(0, 4096));
  return isFirewall
    ? inconclusive("unavailable", "HTTP 403 with the web page of a firewall or proxy")
    : undefined;
}

/** True for a success status without an OAuth error in the body. */
export function succeeds(response: HttpResponse): boolean {
  return isSuccess(response) && !errorResponse(response).hasError;
}

/** The response in a few words: status, and what the server says. */
export function observed(response: HttpResponse): string {
  const { status } = response;
  const error = redirectedError(response);
  if (error !== undefined) {
    const description = error.get("error_description");
    return `HTTP ${status}, redirected with the error ${quoted(error.get("error") ?? "")}` +
      (description === null ? "" : `; it says ${quoted(printable(description, 300))}`);
  }
  const target = locationOf(response, response.url);
  if (target !== undefined && target !== null) {
    return `HTTP ${status}, redirected to ${quoted(target.origin + target.pathname)}`;
  }
  return errorResponse(response).summary;
}

/** RFC 6749, 6750, 7009, 7591, 8628, 8707, 9126, 9449, and OpenID Connect. */
const REGISTERED_ERRORS: readonly string[] = [
  ...["invalid_request", "invalid_client", "invalid_grant", "unauthorized_client", "invalid_scope"],
  ...["unsupported_grant_type", "unsupported_response_type", "access_denied", "server_error"],
  ...["temporarily_unavailable", "invalid_token", "insufficient_scope", "unsupported_token_type"],
  ...["invalid_redirect_uri", "invalid_client_metadata", "invalid_software_statement"],
  ...["unapproved_software_statement", "authorization_pending", "slow_down", "expired_token"],
  ...["invalid_target", "invalid_dpop_proof", "use_dpop_nonce", "login_required"],
  ...["interaction_required", "consent_required", "account_selection_required"],
  ...["request_not_supported", "request_uri_not_supported", "registration_not_supported"],
  ...["invalid_request_uri", "invalid_request_object"],
];

/** After a valid request, a server that sends one of these refuses the one value that differs. */
const GENERAL_ERRORS: readonly string[] = [
  ...["invalid_request", "invalid_client", "invalid_grant", "unauthorized_client"],
  ...["access_denied", "invalid_token"],
];

/** True for a code that an RFC defines: any other code may mean anything. */
export function isRegisteredError(code: string): boolean {
  return REGISTERED_ERRORS.includes(code);
}

export interface Refusal {
  /** What was sent, as the subject of a sentence: "an invented token". */
  readonly what: string;
  /** True if the response accepts the wrong value; by default any status below 400. */
  readonly accepts?: (response: HttpResponse) => boolean;
  /** Registered error codes of a refusal for the tested reason, in addition to general ones. */
  readonly codes?: readonly string[];
  /** False if no valid request has succeeded: only one of `codes` shows that the value was tested. */
  readonly hasControl?: boolean;
  /** True if another check judges status and form of the refusals. */
  readonly anyForm?: boolean;
  /** Statuses of a refusal that clients understand; by default any 4xx. */
  readonly statuses?: readonly number[];
}

/**
 * Judges a response to a request with one wrong value. A refusal is a 4xx, or an error sent to the
 * redirect URI. A 5xx is never a pass, and what was refused for another reason proves nothing.
 */
export function judgeRefusal(response: HttpResponse, refusal: Refusal): Outcome {
  const { what, accepts, codes, statuses, hasControl = true, anyForm = false } = refusal;
  const { status } = response;
  const nothing = noJudgement(response);
  if (nothing !== undefined) return nothing;
  const redirected = redirectedError(response);
  const { error, hasError } = errorResponse(response);
  const code = redirected?.get("error") ?? error;
  const saw = observed(response);
  if (status >= 500) {
    return deviates(`${what} causes a server error: ${saw}`, { severity: "warning" });
  }
  const isRefused = status >= 400 || redirected !== undefined || anyForm && hasError;
  if (!isRefused) {
    if (accepts?.(response) ?? !hasError) return deviates(`${what} is accepted: ${saw}`);
    return hasError
      ? deviates(`${what} is refused with a success status: ${saw}`, { severity: "warning" })
      : inconclusive("other_refusal", `${what} gets ${saw}, neither a refusal nor a success`);
  }
  const isExpected = code !== undefined && codes?.includes(code) === true;
  const isOther = codes !== undefined && code !== undefined && isRegisteredError(code) &&
    !isExpected && !(hasControl && GENERAL_ERRORS.includes(code));
  if (isOther) {
    return inconclusive("other_refusal", `${what} is refused for another reason: ${saw}`);
  }
  if (!hasControl && !isExpected) {
    const why = "the reason is unknown, because no valid request has succeeded";
    return inconclusive("other_refusal", `${what} is refused: ${saw}; ${why}`);
  }
  if (statuses !== undefined && redirected === undefined && !statuses.includes(status)) {
    return deviates(`${what} is refused with HTTP ${status}, expected ${statuses.join(" or ")}`);
  }
  return passed(`${what} is refused: ${saw}`);
}
