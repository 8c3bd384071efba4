/** The four MCP revisions, each with what it changes. No other code branches on the name of a revision. @module */

export type RevisionId = "2025-03-26" | "2025-06-18" | "2025-11-25" | "2026-07-28";

/** The protocol of the MCP endpoint: the `initialize` handshake, or stateless requests. */
export type ProtocolEra = "initialize" | "stateless";

/** `none` is for grants without a client. */
export const REGISTRATION_APPROACHES = ["preregistered", "cimd", "dcr", "none"] as const;

export type RegistrationApproach = (typeof REGISTRATION_APPROACHES)[number];

export interface Revision {
  readonly id: RevisionId;
  readonly era: ProtocolEra;
  /** Protected resource metadata (RFC 9728) names the authorization server. */
  readonly resourceMetadata: boolean;
  readonly metadataDocuments: "oauth" | "oauth_and_openid";
  /** `/authorize`, `/token` and `/register` at the MCP origin replace missing metadata. */
  readonly defaultEndpoints: boolean;
  readonly versionHeaderOnMetadata: boolean;
  /** An `issuer` that differs from the expected one (RFC 8414 §3.3). */
  readonly issuerMismatch: "warn" | "refuse";
  /** `code_challenge_methods_supported` must list S256. */
  readonly pkceAdvertisement: "unchecked" | "required";
  readonly resourceParameter: boolean;
  /** 403 `insufficient_scope` leads to another authorization with the union of scopes. */
  readonly stepUp: boolean;
  readonly offlineAccess: boolean;
  readonly registrationOrder: readonly RegistrationApproach[];
}

/** The revision without protected resource metadata. */
export const ORIGIN_METADATA: Revision = {
  id: "2025-03-26",
  era: "initialize",
  resourceMetadata: false,
  metadataDocuments: "oauth",
  defaultEndpoints: true,
  versionHeaderOnMetadata: true,
  issuerMismatch: "warn",
  pkceAdvertisement: "unchecked",
  resourceParameter: false,
  stepUp: false,
  offlineAccess: false,
  registrationOrder: ["preregistered", "dcr"],
};

const RESOURCE_METADATA: Revision = {
  ...ORIGIN_METADATA,
  id: "2025-06-18",
  resourceMetadata: true,
  defaultEndpoints: false,
  versionHeaderOnMetadata: false,
  issuerMismatch: "refuse",
  resourceParameter: true,
};

export const LATEST_INITIALIZE: Revision = {
  ...RESOURCE_METADATA,
  id: "2025-11-25",
  metadataDocuments: "oauth_and_openid",
  pkceAdvertisement: "required",
  stepUp: true,
  registrationOrder: ["preregistered", "cimd", "dcr"],
};

/** The revision of `auto`: its checks apply even if an older request sequence is used. */
export const LATEST: Revision = {
  ...LATEST_INITIALIZE,
  id: "2026-07-28",
  era: "stateless",
  offlineAccess: true,
};

export const REVISIONS: readonly Revision[] = [
  ORIGIN_METADATA,
  RESOURCE_METADATA,
  LATEST_INITIALIZE,
  LATEST,
];

export const REVISION_IDS: readonly RevisionId[] = REVISIONS.map((revision) => revision.id);

export function revision(id: RevisionId): Revision {
  const row = REVISIONS.find((candidate) => candidate.id === id);
  if (row === undefined) throw new RangeError(`no MCP revision "${id}"`);
  return row;
}
