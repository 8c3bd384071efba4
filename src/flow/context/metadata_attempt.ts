/** The URLs where discovery expected a metadata document. @module */

import type { JsonObject } from "../../core/json.ts";
import type { HttpResponse } from "../../http/http_client.ts";
import type { SoughtDocument } from "../../oauth/metadata/metadata_response.ts";
import type { ResourceMetadataCandidate } from "../../oauth/mcp/well_known.ts";

/** A URL where a metadata document was expected, and what was there. */
export interface MetadataAttempt {
  readonly kind: SoughtDocument;
  /** The identifier that the document must have: the MCP server URL, or an issuer. */
  readonly identifier: string;
  /** Where the URL comes from. */
  readonly source: ResourceMetadataCandidate["source"] | "issuer";
  readonly url: string;
  readonly answer: HttpResponse;
  readonly document: JsonObject | undefined;
  /** Why the document is not used. */
  readonly objection: string | undefined;
}
