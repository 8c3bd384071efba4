/**
 * All switches of the audit lab: one for each check of `oauth conformance`.
 *
 * @module
 */

import { AUTHENTICATION_SWITCHES } from "./client_authentication.ts";
import { AUTHORIZE_SWITCHES } from "./authorize.ts";
import { RESPONSE_SWITCHES } from "./authorization_response.ts";
import { CONSENT_SWITCHES } from "./consent.ts";
import { PAGE_SWITCHES } from "./pages.ts";
import { REDIRECT_SWITCHES } from "./redirect_uris.ts";
import { REGISTRATION_SWITCHES } from "./registration.ts";
import { DOCUMENT_SWITCHES } from "./client_documents.ts";
import { ISSUE_SWITCHES } from "./tokens.ts";
import { TOKEN_SWITCHES } from "./token_endpoint.ts";
import { CODE_SWITCHES } from "./code_grant.ts";
import { REFRESH_SWITCHES } from "./refresh_grant.ts";
import { REVOCATION_SWITCHES } from "./revocation.ts";
import { CHALLENGE_SWITCHES } from "./challenge.ts";
import { CONNECTION_SWITCHES } from "./lab_servers.ts";
import { CORS_SWITCHES } from "./cors.ts";
import { DPOP_SWITCHES } from "./dpop.ts";
import { JWKS_SWITCHES } from "./jwks.ts";
import { ENDPOINT_SWITCHES } from "./mcp_endpoint.ts";
import { PROTOCOL_SWITCHES } from "./mcp_protocol.ts";
import { NAME_SWITCHES } from "./names.ts";
import { RESOURCE_METADATA_SWITCHES } from "./resource_metadata.ts";
import { SERVER_METADATA_SWITCHES } from "./server_metadata.ts";
import { SHARED_SWITCHES } from "./state.ts";
import { TRANSPORT_SWITCHES } from "./transport.ts";
import { VALIDATION_SWITCHES } from "./validation.ts";

export const SWITCHES: readonly string[] = [
  ...CHALLENGE_SWITCHES,
  ...RESOURCE_METADATA_SWITCHES,
  ...SERVER_METADATA_SWITCHES,
  ...JWKS_SWITCHES,
  ...CONNECTION_SWITCHES,
  ...CORS_SWITCHES,
  ...TRANSPORT_SWITCHES,
  ...VALIDATION_SWITCHES,
  ...PROTOCOL_SWITCHES,
  ...ENDPOINT_SWITCHES,
  ...DPOP_SWITCHES,
  ...NAME_SWITCHES,
  ...SHARED_SWITCHES,
  ...AUTHENTICATION_SWITCHES,
  ...AUTHORIZE_SWITCHES,
  ...RESPONSE_SWITCHES,
  ...CONSENT_SWITCHES,
  ...PAGE_SWITCHES,
  ...REDIRECT_SWITCHES,
  ...REGISTRATION_SWITCHES,
  ...DOCUMENT_SWITCHES,
  ...ISSUE_SWITCHES,
  ...TOKEN_SWITCHES,
  ...CODE_SWITCHES,
  ...REFRESH_SWITCHES,
  ...REVOCATION_SWITCHES,
];
