/** Input and result of `oauth metadata`. @module */

import type { HeaderList } from "../../core/exchange.ts";
import type { Failure } from "../../core/failure.ts";
import type { Finding } from "../../core/finding.ts";
import type { JsonObject } from "../../core/json.ts";
import type { StepId } from "../../core/step.ts";
import type { MetadataKind } from "../../oauth/metadata/metadata_kind.ts";
import type { RevisionId } from "../../oauth/mcp/revision.ts";

export interface InspectPlan {
  /** A metadata document, an MCP server, or an issuer. */
  readonly url: string;
  /** The revision whose checks apply; undefined: the newest one, with a verdict for each. */
  readonly protocolVersion: RevisionId | undefined;
  readonly headers: HeaderList;
  readonly stepTimeoutMs: number;
}

export type InspectedTarget = "document" | "mcp_server" | "issuer" | "unknown";

/** What clients of one revision do with the metadata. */
export interface RevisionVerdict {
  readonly protocolVersion: RevisionId;
  /** `not_read`: clients of this revision do not read it. */
  readonly verdict: "usable" | "refused" | "not_read";
  /** Why it is not read. */
  readonly reason: string | null;
  readonly errors: readonly string[];
  readonly warnings: readonly string[];
}

export interface ChainLink {
  readonly step: StepId;
  readonly method: string;
  readonly url: string;
  /** After redirects; null without a response. */
  readonly finalUrl: string | null;
  readonly status: number | null;
  readonly contentType: string | null;
  /** The identifier that the document must have; null for requests to the MCP server. */
  readonly identifier: string | null;
  readonly outcome: "answer" | "used" | "passed_over" | "failed";
  readonly reason: string;
}

export interface InspectedDocument {
  readonly url: string;
  /** After redirects. */
  readonly finalUrl: string;
  readonly status: number;
  readonly document: JsonObject;
}

/** The requests from an MCP server or an issuer to the authorization server's metadata. */
export interface Chain {
  readonly links: readonly ChainLink[];
  /** `WWW-Authenticate` of the response to a request without a token. */
  readonly challenge: string | null;
  readonly resourceMetadata: InspectedDocument | null;
  readonly issuer: string | null;
}

export interface Inspection {
  readonly target: InspectedTarget;
  readonly decision: string;
  /** The revision whose checks gave the findings. */
  readonly protocolVersion: RevisionId;
  readonly kind: MetadataKind | null;
  /** The requested document, or the authorization server's at the end of a chain. */
  readonly document: JsonObject | null;
  /** After redirects. */
  readonly finalUrl: string | null;
  readonly status: number | null;
  /** One for each revision, oldest first. */
  readonly revisions: readonly RevisionVerdict[];
  readonly findings: readonly Finding[];
  /** Undefined if the URL is the document's own. */
  readonly chain: Chain | undefined;
  /** Why there is no document. */
  readonly failure: Failure | null;
}
