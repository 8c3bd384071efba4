/** Remedies for the error codes of OAuth endpoints (RFC 6749 §4.1.2.1, §5.2). @module */

import { type Remedy, type RemedyEntry, remedyOf } from "../../core/command_text.ts";

export type Remedies = ReadonlyMap<string, RemedyEntry>;

export const INVALID_REQUEST =
  "The server refused a parameter of the request. See all parameters with --debug-out <path>";

export const INVALID_CLIENT =
  "Check the client ID and its secret or key, or try another --token-auth-method";

/** In a printed command, where a person has to choose scopes. */
export const CHOSEN_SCOPES = "<a b>";

/** The remedy at every endpoint, unless the endpoint has its own. */
const COMMON_REMEDIES = {
  invalid_request: INVALID_REQUEST,
  invalid_client: INVALID_CLIENT,
  invalid_scope: {
    remedy:
      "The server does not know a requested scope, or does not grant it to this client. Request " +
      "other scopes",
    loginFlags: { scopes: CHOSEN_SCOPES },
  },
  invalid_target: {
    remedy: "Authorization server: register the resource of the MCP server\n" +
      "Leave the parameter resource out",
    loginFlags: { resource: "none" },
  },
};

/** If the response does not say when to try again. */
const SERVER_REMEDIES: Remedies = new Map(Object.entries({
  server_error: "The authorization server failed; try again later",
  temporarily_unavailable: "The authorization server is busy; try again later",
}));

export function remediesWith(own: Readonly<Record<string, RemedyEntry>>): Remedies {
  return new Map<string, RemedyEntry>(Object.entries({ ...COMMON_REMEDIES, ...own }));
}

export function errorRemedy(
  remedies: Remedies,
  error: string,
  resourceSent: boolean,
  description = "",
): Remedy {
  if (error === "invalid_target" && !resourceSent) {
    return {
      remedy: "The authorization server requires a resource. Name it",
      loginFlags: { resource: "<url>" },
    };
  }
  if (error === "invalid_request" && resourceSent && /\bresource\b/.test(description)) {
    return {
      remedy:
        'Authorization server: ignore unknown parameters, or support "resource" (RFC 8707)\n' +
        "Leave the parameter out",
      loginFlags: { resource: "none" },
    };
  }
  return remedyOf(
    remedies.get(error) ?? SERVER_REMEDIES.get(error) ??
      "Look up this error in the server's documentation",
  );
}
