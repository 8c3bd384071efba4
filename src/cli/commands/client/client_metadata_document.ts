/** The document that `oauth client-metadata check` puts on stdout in format json. @module */

import type { Failure } from "../../../core/failure.ts";
import type { Finding, Judgement } from "../../../core/finding.ts";
import type { JsonObject } from "../../../core/json.ts";
import { type ErrorMember, errorMember } from "../../terminal/error_document.ts";
import { worstFirst } from "../../terminal/finding_text.ts";

/** The authorization server of the MCP server of `--url`. */
export interface CheckedServer {
  readonly url: string;
  /** Issuer; null if none was found. */
  readonly issuer: string | null;
  /** Whether its metadata announces support for CIMD; null without metadata. */
  readonly supported: boolean | null;
}

export interface CheckDocument {
  /** True when no error was found. */
  readonly valid: boolean;
  /** Path of the file, or URL. */
  readonly source: string;
  /** The client identifier that the document must have; null if nothing names one. */
  readonly clientId: string | null;
  /** HTTP status; null for a file, and without an answer. */
  readonly status: number | null;
  /** The document; null when there is none. */
  readonly document: JsonObject | null;
  /** The login's redirect URI; null for the default one. */
  readonly redirectUrl: string | null;
  /** Null without `--url`. */
  readonly server: CheckedServer | null;
  /** Worst first. */
  readonly findings: readonly Finding[];
  /** Why the exit status is not 0. */
  readonly error?: ErrorMember;
}

export function findingsOf(judgements: readonly Judgement[]): Finding[] {
  return worstFirst(judgements.map((judgement) => ({ ...judgement, step: "registration" })));
}

export function checkDocument(
  found: Omit<CheckDocument, "valid" | "error">,
  failure: Failure | undefined,
): CheckDocument {
  const fault = failure ?? found.findings.find(({ severity }) => severity === "error");
  const error = fault === undefined ? {} : {
    error: { ...errorMember(fault as Failure) },
  };
  return { valid: fault === undefined, ...found, ...error };
}

/** The document of a check that failed before it began. */
export function failedCheckDocument(failure: Failure, source: string | undefined): CheckDocument {
  const nothing = { clientId: null, status: null, document: null, redirectUrl: null, server: null };
  return checkDocument({ source: source ?? "", ...nothing, findings: [] }, failure);
}
