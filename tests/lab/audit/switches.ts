/**
 * All switches of the audit lab: one for each check of `oauth conformance`.
 *
 * @module
 */

import { CHALLENGE_SWITCHES } from "./challenge.ts";
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

/** Their ids. */
export const SWITCHES: readonly string[] = [
  ...CHALLENGE_SWITCHES,
  ...RESOURCE_METADATA_SWITCHES,
  ...SERVER_METADATA_SWITCHES,
  ...JWKS_SWITCHES,
  ...CORS_SWITCHES,
  ...TRANSPORT_SWITCHES,
  ...VALIDATION_SWITCHES,
  ...PROTOCOL_SWITCHES,
  ...ENDPOINT_SWITCHES,
  ...DPOP_SWITCHES,
  ...NAME_SWITCHES,
  ...SHARED_SWITCHES,
];
