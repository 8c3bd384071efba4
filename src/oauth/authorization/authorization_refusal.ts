/** Refusals of the authorization endpoint: what they are about, and the remedy. @module */

import type { Remedy } from "../../core/command_text.ts";
import { quoted } from "../../core/text.ts";
import { randomBase64url } from "../common/base64url.ts";
import { errorRemedy, type Remedies, remediesWith } from "../common/error_remedies.ts";
import {
  FIXED_REDIRECT_URI,
  ownClientFlags,
  redirectUriToRegister,
} from "../common/redirect_uri.ts";

const withPerson = (wanted: string): Remedy => (
  {
    remedy: `The server requires a person ${wanted}. Sign in with a browser`,
    loginFlags: { authMode: "interactive" },
  }
);

const AUTHORIZATION_REMEDIES: Remedies = remediesWith({
  access_denied: "Ask the person who denied it, or the operator for the policy",
  invalid_request: "The server refused a parameter of the request (see all with --debug-out " +
    "<path>), or requires another one (--authorize-param <name>=<value>)",
  unauthorized_client: "Authorization server: allow the authorization code grant for this client",
  unsupported_response_type: "Authorization server: support response_type=code",
  invalid_client:
    "The server does not know the client. Register again, or check that the server can read the " +
    "client metadata document",
  login_required: withPerson("to sign in"),
  consent_required: withPerson("to consent"),
  interaction_required: withPerson("to answer a page"),
  account_selection_required: withPerson("to choose an account"),
});

/** What to do about an error of the authorization endpoint. */
export function authorizationRemedy(
  error: string,
  resourceSent: boolean,
  description = "",
): Remedy {
  if (error === "invalid_request" && /\bnonce\b/.test(description)) {
    return {
      remedy: 'The server requires the parameter "nonce". Send it',
      loginFlags: { authorizeParam: `nonce=${randomBase64url(12)}` },
    };
  }
  return errorRemedy(AUTHORIZATION_REMEDIES, error, resourceSent, description);
}

/** True for words of a server about the redirect URI of a request. */
export function isAboutRedirect(words: string): boolean {
  return /redirect[ _-]?(uri|url|mismatch)|callback[ _-]?ur[il]|reply (url|address)/i.test(words);
}

/** True for words of a server about the client or the redirect URI of a request. */
export function isAboutClient(words: string): boolean {
  return /client[ _-]?id|(invalid|unauthorized|unknown)[ _-]client/i.test(words) ||
    isAboutRedirect(words);
}

/**
 * The outcome of a request that is redirected to an error page of the server, because the client or
 * its redirect URI is not accepted. `target` is not the redirect URI.
 */
export function errorPageOutcome(
  target: URL,
): { readonly outcome: string; readonly words: string } | undefined {
  const parameters = ["error", "error_description"].map((name) => target.searchParams.get(name));
  const words = parameters.filter((it) => it !== null).join(": ");
  if (parameters[0] === null || !isAboutClient(words)) return undefined;
  const page = quoted(target.origin + target.pathname, 200);
  return {
    outcome: `redirects to the error page ${page}; the server says ${quoted(words)}`,
    words,
  };
}

export function redirectRemedy(redirectUri: string): Remedy {
  const redirectUrl = redirectUriToRegister(redirectUri);
  const other =
    "If another redirect URI is registered for this client, give it with --redirect-url";
  const register = `register exactly ${quoted(redirectUrl)}`;
  if (redirectUrl !== redirectUri) {
    const text = `${other} (--redirect-url http://localhost: any free port under that name). ` +
      `Otherwise ${register}, and use it`;
    return { remedy: text, loginFlags: { redirectUrl } };
  }
  return redirectUrl === FIXED_REDIRECT_URI
    ? {
      remedy: `${other}, or ${register}, and run the login again. If http://localhost is ` +
        "registered for any port, use it",
      loginFlags: { redirectUrl: "http://localhost" },
    }
    : { remedy: `${other}, or ${register}, and run the login again` };
}

export function clientRemedy(redirectUri: string, words = ""): Remedy {
  return isAboutRedirect(words) ? redirectRemedy(redirectUri) : {
    remedy: `Compare the client ID and the redirect URI "${redirectUri}" with the registration. ` +
      "Use a preregistered client",
    loginFlags: ownClientFlags(redirectUri),
  };
}

/** Errors about other parts of the request: the server knows the client. */
const REQUEST_ERROR = /^(?:invalid_scope|invalid_target|unsupported_response_type|access_denied)$/;

export function isAboutRequest(error: string | undefined): error is string {
  return error !== undefined && REQUEST_ERROR.test(error);
}

/** What to do about a refusal without a redirect (RFC 6749 §4.1.2.1), if its code or words say it. */
export function refusalRemedy(
  { error, words }: { readonly error?: string | undefined; readonly words: string },
  redirectUri: string,
  resourceSent: boolean,
): Remedy | undefined {
  if (isAboutClient(words)) return clientRemedy(redirectUri, words);
  return isAboutRequest(error) ? authorizationRemedy(error, resourceSent, words) : undefined;
}
