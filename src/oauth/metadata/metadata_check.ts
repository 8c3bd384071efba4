import type { Judgement, Severity } from "../../core/finding.ts";
import type { JsonObject } from "../../core/json.ts";
import type { Code } from "../../findings/mod.ts";
import type { EndpointResponse } from "../common/endpoint_response.ts";
import type { MetadataKind } from "./metadata_kind.ts";
import type { Revision } from "../mcp/revision.ts";
import type { ResourceMetadataCandidate } from "../mcp/well_known.ts";

export interface MetadataSubject {
  readonly kind: MetadataKind;
  /** The requested URL; the response has the one after redirects. */
  readonly url: string;
  readonly response: EndpointResponse;
  readonly document: JsonObject;
  /** The expected issuer, or the URL of the MCP server. */
  readonly identifier: string;
  readonly source: ResourceMetadataCandidate["source"];
  /** The URL whose scheme and host say which endpoints are acceptable. */
  readonly serverUrl: string;
  /** The resource that the authorization server should know. */
  readonly resource?: string | undefined;
  readonly rules: Revision;
}

export interface MetadataCheck {
  readonly severity: Severity;
  /** Whether the revision has this check; absent: each has it. */
  readonly asked?: (rules: Revision) => boolean;
  readonly reference: string;
  readonly remedy: string;
  find(subject: MetadataSubject): string | false | readonly (string | false)[];
}

export type MetadataChecks = Readonly<Partial<Record<Code, MetadataCheck>>>;

/** Runs the checks that the subject's revision asks for. */
export function runMetadataChecks(checks: MetadataChecks, subject: MetadataSubject): Judgement[] {
  return (Object.entries(checks) as [Code, MetadataCheck][])
    .filter(([, { asked }]) => asked?.(subject.rules) ?? true)
    .flatMap(([code, { severity, reference, remedy, find }]) => {
      const messages = [find(subject)].flat().filter((it) => it !== false);
      return messages.map((message) => ({ code, severity, message, remedy, reference }));
    });
}
