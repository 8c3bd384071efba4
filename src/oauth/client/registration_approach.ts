/** Choosing how to obtain a client ID (MCP authorization, *Client Registration Approaches*). @module */

import { Failure } from "../../core/failure.ts";
import { quoted } from "../../core/text.ts";
import { ownClientFlags, redirectUriToRegister } from "../common/redirect_uri.ts";
import type { RegistrationApproach, Revision } from "../mcp/revision.ts";
import type { ServerMetadata } from "../metadata/server_metadata.ts";

export interface RegistrationSources {
  readonly wanted: RegistrationApproach | "auto";
  readonly hasClientId: boolean;
  readonly clientMetadataUrl: string | undefined;
  /** False for a client that has to authenticate and has no key. */
  readonly mayUseMetadataDocument: boolean;
}

type Obstacle = (sources: RegistrationSources, metadata: ServerMetadata) => string | undefined;

const OBSTACLES: Readonly<Record<RegistrationApproach, Obstacle>> = {
  preregistered: (sources) => sources.hasClientId ? undefined : "no client ID was given",
  cimd: (sources, metadata) => {
    if (!sources.mayUseMetadataDocument) return "this grant needs a client with a secret";
    if (!metadata.clientIdMetadataDocument) {
      return "the authorization server does not announce client_id_metadata_document_supported";
    }
    return sources.clientMetadataUrl === undefined
      ? "no client metadata document was given (--client-metadata-url)"
      : undefined;
  },
  none: () => undefined,
  dcr: (_sources, metadata) =>
    metadata.registrationEndpoint === undefined
      ? "the authorization server has no registration endpoint"
      : undefined,
};

/** The wanted approach, or the first possible one in the revision's order. */
export function chooseRegistration(
  sources: RegistrationSources,
  metadata: ServerMetadata,
  rules: Revision,
  redirectUri: string | null,
): RegistrationApproach {
  const order = sources.wanted === "auto" ? rules.registrationOrder : [sources.wanted];
  const obstacles: string[] = [];
  for (const approach of order) {
    const obstacle = OBSTACLES[approach](sources, metadata);
    if (obstacle === undefined) return approach;
    obstacles.push(`${approach}: ${obstacle}`);
  }
  const loginFlags = ownClientFlags(redirectUri);
  const redirect = redirectUri === null
    ? ""
    : ` with the redirect URI ${quoted(redirectUriToRegister(redirectUri))}`;
  const remedy = `Ask the operator of ${
    quoted(metadata.issuer)
  } for a client${redirect}, and use it`;
  throw new Failure(
    "registration_unavailable",
    `no client ID can be obtained at ${quoted(metadata.issuer)} (${obstacles.join("; ")})`,
    { remedy, loginFlags, reference: "MCP authorization, Client Registration Approaches" },
  );
}
