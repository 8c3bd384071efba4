/**
 * An authorization request of the code grant, plain or as one signed object.
 *
 * @module
 */

import type { Consent } from "../../consent/consent.ts";
import {
  authorizationParameters,
  type AuthorizationRecord,
} from "../../oauth/authorization/authorization.ts";
import type { ServerMetadata } from "../../oauth/metadata/server_metadata.ts";
import type { TokenClient } from "./post_as_client.ts";

/** What a code is asked for. */
export interface CodeRequest {
  /** The authorization server. */
  readonly server: ServerMetadata;
  /** The client there. */
  readonly client: TokenClient;
  /** The way to consent. */
  readonly consent: Consent;
  /** `resource`, or null. */
  readonly resource: string | null;
  /** Scope to ask for; undefined leaves the parameter out. */
  readonly scopes: readonly string[] | undefined;
  /** Redirect URI of the client; absent: the consent's own. */
  readonly redirectUri?: string | undefined;
  /** `nonce` of an OpenID Connect sign-in. */
  readonly nonce?: string;
}

/** Query parameters of an authorization request. */
export type RequestParameters = readonly (readonly [name: string, value: string])[];

/** What is sent of a request: itself, or as one signed object where the server demands that. */
export async function requestParameters(
  { server, client }: CodeRequest,
  record: AuthorizationRecord,
): Promise<RequestParameters> {
  const parameters = authorizationParameters(record);
  if (server.signedRequestsRequired !== true) return parameters;
  const { signedRequest } = await import("../../oauth/authorization/request_object.ts");
  return await signedRequest(parameters, {
    clientId: client.clientId,
    issuer: server.issuer,
    key: client.privateKey,
    algorithms: server.requestObjectAlgorithms,
  });
}
