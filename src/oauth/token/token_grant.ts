/** Parameters of the token request, one function a grant (RFC 6749 §4.1.3, §4.4.2, §6). */

import type { AuthorizationRecord } from "../authorization/authorization.ts";

export function codeGrant(record: AuthorizationRecord, code: string): URLSearchParams {
  const body = new URLSearchParams({
    grant_type: "authorization_code",
    code,
    redirect_uri: record.redirectUri,
    code_verifier: record.codeVerifier,
  });
  if (record.resource !== null) body.set("resource", record.resource);
  return body;
}

export function clientCredentialsGrant(
  scopes: readonly string[] | undefined,
  resource: string | null,
): URLSearchParams {
  const body = new URLSearchParams({ grant_type: "client_credentials" });
  if (scopes?.length) body.set("scope", scopes.join(" "));
  if (resource !== null) body.set("resource", resource);
  return body;
}

/** Parameters of a refresh; `scope` is left out, so the scope is neither widened nor narrowed. */
export function refreshGrant(refreshToken: string, resource: string | null): URLSearchParams {
  const body = new URLSearchParams({ grant_type: "refresh_token", refresh_token: refreshToken });
  if (resource !== null) body.set("resource", resource);
  return body;
}
