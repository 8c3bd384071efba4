/**
 * The places where discovery looked for a document, for whoever wants an account of it.
 *
 * @module
 */

import type { JsonObject } from "../../core/json.ts";
import type { HttpResponse } from "../../http/http_client.ts";
import type { SoughtDocument } from "../../oauth/metadata/metadata_answer.ts";
import type { ResourceMetadataCandidate } from "../../oauth/mcp/well_known.ts";

/** One place, and what stood there. */
export interface MetadataAttempt {
  /** What was looked for. */
  readonly kind: SoughtDocument;
  /** The identifier that the document has to be about: the MCP URL, or an issuer. */
  readonly identifier: string;
  /** How the URL was come by. */
  readonly source: ResourceMetadataCandidate["source"] | "issuer";
  /** URL that was asked. */
  readonly url: string;
  /** What came back. */
  readonly answer: HttpResponse;
  /** The document; undefined when there was none. */
  readonly document: JsonObject | undefined;
  /** Why it is not used; undefined when it is. */
  readonly objection: string | undefined;
}
