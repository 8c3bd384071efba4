import type { Consent } from "../../consent/consent.ts";
import {
  authorizationParameters,
  type AuthorizationRecord,
} from "../../oauth/authorization/authorization.ts";
import type { ServerMetadata } from "../../oauth/metadata/server_metadata.ts";
import type { TokenClient } from "./post_as_client.ts";

export interface CodeRequest {
  readonly server: ServerMetadata;
  readonly client: TokenClient;
  readonly consent: Consent;
  readonly resource: string | null;
  readonly scopes: readonly string[] | undefined;
  /** Absent: the redirect URI of the consent. */
  readonly redirectUri?: string | undefined;
  /** For an OpenID Connect sign-in. */
  readonly nonce?: string;
}

export type RequestParameters = readonly (readonly [name: string, value: string])[];

/** The parameters to send; as one signed object if the server requires that. */
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
