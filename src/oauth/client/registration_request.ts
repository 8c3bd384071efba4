/** The request of a dynamic client registration (RFC 7591 §3.1). @module */

import type { ClientAuthMethod } from "./client_auth.ts";

export interface RegistrationRequest {
  readonly clientName: string;
  readonly redirectUri: string | null;
  readonly grantTypes: readonly string[];
  readonly dpop?: boolean;
  readonly method: ClientAuthMethod;
  readonly scopes: readonly string[] | undefined;
  /** Members that describe the client certificate (RFC 8705 §2.1.2, §2.2.2, §3.4). */
  readonly certificateMembers?: Readonly<Record<string, unknown>> | undefined;
  readonly softwareStatement?: string | undefined;
  /** True when the request carries an initial access token (RFC 7591 §3). */
  readonly withToken?: boolean;
}

export function registrationBody(request: RegistrationRequest): Record<string, unknown> {
  const { clientName, redirectUri, grantTypes, method, scopes, dpop, softwareStatement } = request;
  return {
    client_name: clientName,
    redirect_uris: redirectUri === null ? [] : [redirectUri],
    grant_types: grantTypes,
    response_types: redirectUri === null ? [] : ["code"],
    token_endpoint_auth_method: method,
    application_type: "native",
    ...(scopes?.length ? { scope: scopes.join(" ") } : {}),
    ...(dpop === true ? { dpop_bound_access_tokens: true } : {}),
    ...request.certificateMembers,
    ...(softwareStatement === undefined ? {} : { software_statement: softwareStatement }),
  };
}
