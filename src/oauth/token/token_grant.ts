/** Parameters of the token request, one function a grant (RFC 6749 §4.1.3, §4.4.2, §6). @module */

import type { AuthorizationRecord } from "../authorization/authorization.ts";

export function tokenRequest(
  parameters: Record<string, string>,
  resource: string | null,
  scopes?: readonly string[] | undefined,
): URLSearchParams {
  return new URLSearchParams({
    ...parameters,
    ...(scopes?.length ? { scope: scopes.join(" ") } : {}),
    ...(resource === null ? {} : { resource }),
  });
}

export function codeGrant(record: AuthorizationRecord, code: string): URLSearchParams {
  const { redirectUri: redirect_uri, codeVerifier: code_verifier, resource } = record;
  return tokenRequest(
    { grant_type: "authorization_code", code, redirect_uri, code_verifier },
    resource,
  );
}

export function clientCredentialsGrant(
  scopes: readonly string[] | undefined,
  resource: string | null,
): URLSearchParams {
  return tokenRequest({ grant_type: "client_credentials" }, resource, scopes);
}

/**
 * Parameters of a refresh. `scope` is left out unless the server requires it, so the scope is neither
 * widened nor narrowed.
 */
export function refreshGrant(
  refreshToken: string,
  resource: string | null,
  scopes?: readonly string[],
): URLSearchParams {
  return tokenRequest(
    { grant_type: "refresh_token", refresh_token: refreshToken },
    resource,
    scopes,
  );
}
