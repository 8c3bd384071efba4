/** The JSON document of `oauth metadata`. @module */

import type { Failure } from "../../../core/failure.ts";
import type { Finding } from "../../../core/finding.ts";
import type { JsonObject } from "../../../core/json.ts";
import type {
  ChainLink,
  InspectedDocument,
  InspectedTarget,
  Inspection,
  RevisionVerdict,
} from "../../../flow/inspect/inspection.ts";
import type { MetadataKind } from "../../../oauth/metadata/metadata_kind.ts";
import { type ErrorMember, errorMember } from "../../terminal/error_document.ts";
import { worstFirst } from "../../terminal/finding_text.ts";

export interface MetadataDocument {
  /** The requested document, or the authorization server's metadata at the end of a chain. */
  readonly document: JsonObject | null;
  readonly url: string;
  readonly finalUrl: string | null;
  readonly status: number | null;
  /** Worst first. */
  readonly findings: readonly Finding[];
  readonly kind: MetadataKind | null;
  readonly target: InspectedTarget;
  readonly decision: string;
  /** The revision whose checks gave the findings. */
  readonly protocolVersion: string;
  readonly revisions: readonly RevisionVerdict[];
  readonly chain?: readonly ChainLink[];
  /** `WWW-Authenticate` of the response to a request without a token. */
  readonly challenge?: string | null;
  readonly resourceMetadata?: InspectedDocument | null;
  readonly issuer?: string | null;
  /** Why the exit status is not 0. */
  readonly error?: ErrorMember;
}

export function metadataDocument(url: string, inspection: Inspection): MetadataDocument {
  const { document, finalUrl, status, kind, target, decision, protocolVersion, revisions } =
    inspection;
  const { chain, failure } = inspection;
  const findings = worstFirst(inspection.findings);
  const fault = failure ?? findings.find((finding) => finding.severity === "error");
  return {
    document,
    url,
    finalUrl,
    status,
    findings,
    kind,
    target,
    decision,
    protocolVersion,
    revisions,
    ...chain === undefined ? {} : {
      chain: chain.links,
      challenge: chain.challenge,
      resourceMetadata: chain.resourceMetadata,
      issuer: chain.issuer,
    },
    ...fault === undefined ? {} : { error: errorMember(fault) },
  };
}

/** The document of a command that failed before its first request. */
export function failedMetadataDocument(
  failure: Failure,
  url: string | undefined,
): MetadataDocument {
  return {
    document: null,
    url: url ?? "",
    finalUrl: null,
    status: null,
    findings: [],
    kind: null,
    target: "unknown",
    decision: "nothing was asked",
    protocolVersion: "",
    revisions: [],
    error: errorMember(failure),
  };
}
