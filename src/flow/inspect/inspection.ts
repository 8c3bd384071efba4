/**
 * What `oauth metadata` is asked, and what it found.
 *
 * @module
 */

import type { HeaderList } from "../../core/exchange.ts";
import type { Failure } from "../../core/failure.ts";
import type { Finding } from "../../core/finding.ts";
import type { JsonObject } from "../../core/json.ts";
import type { StepId } from "../../core/step.ts";
import type { MetadataKind } from "../../oauth/metadata/metadata_kind.ts";
import type { RevisionId } from "../../oauth/mcp/revision.ts";

/** What to look at. */
export interface InspectPlan {
  /** A metadata document, an MCP server, or an issuer. */
  readonly url: string;
  /** The revision whose checks hold; undefined: the newest one's, and a verdict of each. */
  readonly protocolVersion: RevisionId | undefined;
  /** Custom headers. */
  readonly headers: HeaderList;
  /** Milliseconds per request. */
  readonly stepTimeoutMs: number;
}

/** What the URL turned out to be. */
export type InspectedTarget = "document" | "mcp_server" | "issuer" | "unknown";

/** What clients of one revision make of what was found. */
export interface RevisionVerdict {
  /** The revision. */
  readonly protocolVersion: RevisionId;
  /** `not_read`: clients of this revision never look at it. */
  readonly verdict: "usable" | "refused" | "not_read";
  /** Why it is not read; null otherwise. */
  readonly reason: string | null;
  /** Codes of the errors. */
  readonly errors: readonly string[];
  /** Codes of the warnings. */
  readonly warnings: readonly string[];
}

/** One request of a discovery. */
export interface ChainLink {
  /** The step it belongs to. */
  readonly step: StepId;
  /** HTTP method. */
  readonly method: string;
  /** URL that was asked. */
  readonly url: string;
  /** URL that answered, after redirects; null when none did. */
  readonly finalUrl: string | null;
  /** Status; null without an answer. */
  readonly status: number | null;
  /** Content-Type as received; null when there is none. */
  readonly contentType: string | null;
  /** What a document there has to be about; null for requests to the MCP server. */
  readonly identifier: string | null;
  /** What became of the answer. */
  readonly outcome: "answer" | "used" | "passed_over" | "failed";
  /** Why. */
  readonly reason: string;
}

/** A document and where it stands. */
export interface InspectedDocument {
  /** URL that was asked. */
  readonly url: string;
  /** URL that answered. */
  readonly finalUrl: string;
  /** Status. */
  readonly status: number;
  /** The document. */
  readonly document: JsonObject;
}

/** The way from an MCP server or an issuer to the authorization server's metadata. */
export interface Chain {
  /** Every request in order. */
  readonly links: readonly ChainLink[];
  /** `WWW-Authenticate` of the answer to a request without a token; null when there was none. */
  readonly challenge: string | null;
  /** The protected resource metadata. */
  readonly resourceMetadata: InspectedDocument | null;
  /** The issuer that was chosen. */
  readonly issuer: string | null;
}

/** Everything that was found. */
export interface Inspection {
  /** What the URL is. */
  readonly target: InspectedTarget;
  /** Why it is taken for that. */
  readonly decision: string;
  /** The revision whose checks gave the findings. */
  readonly protocolVersion: RevisionId;
  /** Kind of the document; null without one. */
  readonly kind: MetadataKind | null;
  /** The document that was asked for, or the authorization server's at the end of a chain. */
  readonly document: JsonObject | null;
  /** URL that answered; null when none did. */
  readonly finalUrl: string | null;
  /** Its status; null when none came. */
  readonly status: number | null;
  /** One a revision, oldest first. */
  readonly revisions: readonly RevisionVerdict[];
  /** What is to be said, in the order of the checks. */
  readonly findings: readonly Finding[];
  /** How the document was come by; undefined when the URL was the document's own. */
  readonly chain: Chain | undefined;
  /** Why there is no document; null when there is one. */
  readonly failure: Failure | null;
}
