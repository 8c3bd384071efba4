/**
 * Group H: authorization responses.
 *
 * @module
 */

import type { Pages } from "./pages.ts";
import { empty } from "./responses.ts";
import type { LabResponse, OAuthError } from "./responses.ts";
import { randomValue, switchesOf } from "./state.ts";
import type { AuditState, Site } from "./state.ts";

/** Switches of group H, and of group G about errors. */
export const RESPONSE_SWITCHES = [
  "authorize_error_state",
  "authorize_error_iss",
  "callback_state",
  "callback_code",
  "callback_exact",
  "callback_iss",
  "callback_no_tokens",
  "callback_redirect_status",
  "callback_denied",
] as const;

/** Where an authorization response is sent. */
export interface ResponseTarget {
  readonly redirectUri: string;
  readonly state: string | null;
  readonly site: Site;
}

/** Makes authorization responses. */
export interface AuthorizationResponses {
  /** A code; `method` of the request decides the status. */
  code(target: ResponseTarget, code: string, method: string): LabResponse;
  /** An error. */
  error(target: ResponseTarget, error: OAuthError): LabResponse;
  /** The person denied access. */
  denied(target: ResponseTarget, pages: Pages): LabResponse;
  /** A token in the fragment, from a broken server. */
  implicit(redirectUri: string): LabResponse;
}

type Parameters = readonly (readonly [string, string])[];

function location(redirectUri: string, parameters: Parameters): string {
  const joint = redirectUri.includes("?") ? "&" : "?";
  return redirectUri + joint + new URLSearchParams(parameters.map(([...pair]) => pair));
}

function redirect(status: number, to: string): LabResponse {
  return empty(status, [["location", to], ["cache-control", "no-store"]]);
}

export function openAuthorizationResponses(state: AuditState): AuthorizationResponses {
  const breaks = switchesOf(state, RESPONSE_SWITCHES);

  function errorParameters(target: ResponseTarget, code: string, description: string): Parameters {
    return [
      ["error", code],
      ["error_description", description],
      ...target.state === null || breaks("authorize_error_state")
        ? []
        : [["state", target.state] as const],
      ...breaks("authorize_error_iss") ? [] : [["iss", target.site.issuer] as const],
    ];
  }

  function codeParameters(target: ResponseTarget, code: string): Parameters {
    const value = target.state !== null && breaks("callback_state")
      ? target.state.replaceAll("+", " ")
      : target.state;
    const { issuer } = target.site;
    return [
      ["code", code],
      ...breaks("callback_code") ? [["code", code] as const] : [],
      ...value === null ? [] : [["state", value] as const],
      ["iss", breaks("callback_iss") ? `${issuer.replace(/\/$/, "")}/elsewhere` : issuer],
      ...breaks("callback_no_tokens") ? [["access_token", randomValue()] as const] : [],
    ];
  }

  return {
    code(target, code, method) {
      const base = breaks("callback_exact")
        ? target.redirectUri.replace(/\?.*$/, "")
        : target.redirectUri;
      const status = breaks("callback_redirect_status") ? 307 : method === "POST" ? 303 : 302;
      return redirect(status, location(base, codeParameters(target, code)));
    },
    error: (target, error) =>
      redirect(
        302,
        location(target.redirectUri, errorParameters(target, error.code, error.message)),
      ),
    denied(target, pages) {
      if (breaks("callback_denied")) return pages.error("Denied", "You denied the request");
      const parameters = errorParameters(target, "access_denied", "The person denied the request");
      return redirect(303, location(target.redirectUri, parameters));
    },
    implicit: (redirectUri) =>
      redirect(302, `${redirectUri}#access_token=${randomValue()}&token_type=Bearer`),
  };
}
