/** The pages of the checks of `oauth conformance`: the texts of the audit. @module */

import type { Page, Pages } from "../page.ts";
import { AUTHORIZATION_CHECK_PAGES } from "./authorization_pages.ts";
import { CALLBACK_CHECK_PAGES } from "./callback_pages.ts";
import { CHALLENGE_CHECK_PAGES } from "./challenge_pages.ts";
import { CLIENT_DOCUMENT_CHECK_PAGES } from "./client_document_pages.ts";
import { CORS_CHECK_PAGES } from "./cors_pages.ts";
import { JWKS_CHECK_PAGES } from "./jwks_pages.ts";
import { REFRESH_CHECK_PAGES } from "./refresh_pages.ts";
import { REGISTRATION_CHECK_PAGES } from "./registration_pages.ts";
import { RESOURCE_METADATA_CHECK_PAGES } from "./resource_metadata_pages.ts";
import { REVOCATION_CHECK_PAGES } from "./revocation_pages.ts";
import { PROOF_CHECK_PAGES } from "./proof_pages.ts";
import { PROTOCOL_CHECK_PAGES } from "./protocol_pages.ts";
import { SCOPE_CHECK_PAGES } from "./scope_pages.ts";
import { SERVER_METADATA_CHECK_PAGES } from "./server_metadata_pages.ts";
import { TOKEN_ENDPOINT_CHECK_PAGES } from "./token_endpoint_pages.ts";
import { TRANSPORT_CHECK_PAGES } from "./transport_pages.ts";
import { TOKEN_VALIDATION_CHECK_PAGES } from "./token_validation_pages.ts";

/** By group, in the order of a run. */
export const AUDIT_TOPICS = [
  ["Checks of mcpass oauth conformance: challenge and methods", CHALLENGE_CHECK_PAGES],
  ["Checks of mcpass oauth conformance: resource metadata", RESOURCE_METADATA_CHECK_PAGES],
  ["Checks of mcpass oauth conformance: server metadata", SERVER_METADATA_CHECK_PAGES],
  ["Checks of mcpass oauth conformance: client registration", REGISTRATION_CHECK_PAGES],
  ["Checks of mcpass oauth conformance: key set", JWKS_CHECK_PAGES],
  ["Checks of mcpass oauth conformance: browsers", CORS_CHECK_PAGES],
  ["Checks of mcpass oauth conformance: transport", TRANSPORT_CHECK_PAGES],
  ["Checks of mcpass oauth conformance: client documents", CLIENT_DOCUMENT_CHECK_PAGES],
  ["Checks of mcpass oauth conformance: authorization endpoint", AUTHORIZATION_CHECK_PAGES],
  ["Checks of mcpass oauth conformance: authorization response", CALLBACK_CHECK_PAGES],
  ["Checks of mcpass oauth conformance: token endpoint", TOKEN_ENDPOINT_CHECK_PAGES],
  ["Checks of mcpass oauth conformance: refresh", REFRESH_CHECK_PAGES],
  ["Checks of mcpass oauth conformance: revocation", REVOCATION_CHECK_PAGES],
  ["Checks of mcpass oauth conformance: token validation", TOKEN_VALIDATION_CHECK_PAGES],
  ["Checks of mcpass oauth conformance: protocol revisions", PROTOCOL_CHECK_PAGES],
  ["Checks of mcpass oauth conformance: scopes", SCOPE_CHECK_PAGES],
  ["Checks of mcpass oauth conformance: bound tokens", PROOF_CHECK_PAGES],
] as const satisfies readonly (readonly [title: string, pages: Pages])[];

/** The page of each check by its id. */
export const AUDIT_PAGES_BY_ID: ReadonlyMap<string, Page> = new Map(
  AUDIT_TOPICS.flatMap(([, pages]) => Object.entries<Page>(pages)),
);
