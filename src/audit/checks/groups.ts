/** Every check of `oauth conformance`, by group. @module */

import type { CheckGroup } from "../context/check.ts";
import { GROUP_IDS } from "../context/verdict.ts";
import { AUTHORIZATION_GROUP } from "./authorization/group.ts";
import { CALLBACK_GROUP } from "./callback.ts";
import { CHALLENGE_GROUP } from "./challenge/group.ts";
import { CLIENT_DOCUMENT_GROUP } from "./client_document/group.ts";
import { CORS_GROUP } from "./cors.ts";
import { JWKS_GROUP } from "./jwks.ts";
import { REFRESH_GROUP } from "./refresh/group.ts";
import { REGISTRATION_GROUP } from "./registration/group.ts";
import { RESOURCE_METADATA_GROUP } from "./resource_metadata/group.ts";
import { REVOCATION_GROUP } from "./revocation.ts";
import { SERVER_METADATA_GROUP } from "./server_metadata/group.ts";
import { TOKEN_ENDPOINT_GROUP } from "./token_endpoint/group.ts";
import { TRANSPORT_GROUP } from "./transport.ts";
import { PROOF_GROUP } from "./proof/group.ts";
import { PROTOCOL_GROUP } from "./protocol.ts";
import { SCOPE_GROUP } from "./scope.ts";
import { TOKEN_VALIDATION_GROUP } from "./token_validation/group.ts";

const ALL: readonly CheckGroup[] = [
  CHALLENGE_GROUP,
  RESOURCE_METADATA_GROUP,
  SERVER_METADATA_GROUP,
  REGISTRATION_GROUP,
  CLIENT_DOCUMENT_GROUP,
  JWKS_GROUP,
  CORS_GROUP,
  TRANSPORT_GROUP,
  AUTHORIZATION_GROUP,
  CALLBACK_GROUP,
  TOKEN_ENDPOINT_GROUP,
  REFRESH_GROUP,
  REVOCATION_GROUP,
  TOKEN_VALIDATION_GROUP,
  PROTOCOL_GROUP,
  SCOPE_GROUP,
  PROOF_GROUP,
];

/**
 * Increased when checks are added or judge more strictly: results of different versions are not
 * comparable.
 */
export const CATALOGUE_VERSION = 1;

/** In the order of a run. */
export const GROUPS: readonly CheckGroup[] = GROUP_IDS.flatMap((id) =>
  ALL.filter((group) => group.id === id)
);
