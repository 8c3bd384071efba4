/**
 * What a check of a metadata document is, and what it sees.
 *
 * @module
 */

import type { Judgement, Severity } from "../../core/finding.ts";
import type { JsonObject } from "../../core/json.ts";
import type { Code } from "../../findings/mod.ts";
import type { Answer } from "../common/answer.ts";
import type { MetadataKind } from "./metadata_kind.ts";
import type { Revision } from "../mcp/revision.ts";
import type { ResourceMetadataCandidate } from "../mcp/well_known.ts";

/** A document with everything it is judged by. */
export interface MetadataSubject {
  /** What it is. */
  readonly kind: MetadataKind;
  /** URL that was asked; the answer knows the one that answered. */
  readonly url: string;
  /** What came back. */
  readonly answer: Answer;
  /** The document. */
  readonly document: JsonObject;
  /** What it has to be about: an issuer, or the URL of an MCP server. */
  readonly identifier: string;
  /** How its URL was come by. */
  readonly source: ResourceMetadataCandidate["source"];
  /** The URL whose scheme and host say which endpoints are acceptable. */
  readonly serverUrl: string;
  /** The resource that the authorization server should know of, where one is known. */
  readonly resource?: string | undefined;
  /** The revision whose checks hold. */
  readonly rules: Revision;
}

/** One check: a row of a table. */
export interface MetadataCheck {
  /** Code of its judgement. */
  readonly code: Code;
  /** How much it matters. */
  readonly severity: Severity;
  /** The kinds it is for. */
  readonly kinds: readonly MetadataKind[];
  /** True when the revision asks it; absent: each does. */
  readonly asked?: (rules: Revision) => boolean;
  /** The clause. */
  readonly reference: string;
  /** What to change, and by whom. */
  readonly remedy: string;
  /** What is to be said, one text a fault; empty when all is well. */
  find(subject: MetadataSubject): readonly string[];
}

/** Both kinds of authorization server documents. */
export const SERVER_KINDS: readonly MetadataKind[] = [
  "authorization_server",
  "openid_configuration",
];

/** Protected resource metadata. */
export const RESOURCE_KINDS: readonly MetadataKind[] = ["protected_resource"];

/** Every kind. */
export const ALL_KINDS: readonly MetadataKind[] = [...RESOURCE_KINDS, ...SERVER_KINDS];

/** The one text, when it holds. */
export function when(holds: boolean, text: string): readonly string[] {
  return holds ? [text] : [];
}

/** Runs the checks that a subject's kind and revision ask for. */
export function runChecks(
  checks: readonly MetadataCheck[],
  subject: MetadataSubject,
): Judgement[] {
  return checks
    .filter(({ kinds, asked }) => kinds.includes(subject.kind) && (asked?.(subject.rules) ?? true))
    .flatMap(({ code, severity, reference, remedy, find }) =>
      find(subject).map((message) => ({ code, severity, message, remedy, reference }))
    );
}
