/**
 * The document that `oauth metadata` puts on stdout in format json.
 *
 * @module
 */

import type { Failure } from "../../../core/failure.ts";
import type { Finding } from "../../../core/finding.ts";
import type { JsonObject } from "../../../core/json.ts";
import type { Code } from "../../../findings/mod.ts";
import type {
  ChainLink,
  InspectedDocument,
  InspectedTarget,
  Inspection,
  RevisionVerdict,
} from "../../../flow/inspect/inspection.ts";
import type { MetadataKind } from "../../../oauth/metadata/metadata_kind.ts";
import { worstFirst } from "../../terminal/finding_text.ts";

/** The document. */
export interface MetadataDocument {
  /** What was asked for, or the authorization server's metadata at the end of a chain. */
  readonly document: JsonObject | null;
  /** The URL that was given. */
  readonly url: string;
  /** URL that the document came from. */
  readonly finalUrl: string | null;
  /** HTTP status of that answer. */
  readonly status: number | null;
  /** Worst first. */
  readonly findings: readonly Finding[];
  /** What the document is. */
  readonly kind: MetadataKind | null;
  /** What the URL turned out to be. */
  readonly target: InspectedTarget;
  /** Why it is taken for that. */
  readonly decision: string;
  /** The revision whose checks gave the findings. */
  readonly protocolVersion: string;
  /** What clients of each revision make of it. */
  readonly revisions: readonly RevisionVerdict[];
  /** Every request of the discovery, in order. */
  readonly chain?: readonly ChainLink[];
  /** `WWW-Authenticate` of the answer to a request without a token. */
  readonly challenge?: string | null;
  /** The protected resource metadata. */
  readonly resourceMetadata?: InspectedDocument | null;
  /** The issuer that was chosen. */
  readonly issuer?: string | null;
  /** Why the exit status is not 0. */
  readonly error?: {
    readonly code: Code;
    readonly message: string;
    readonly remedy?: string;
  };
}

type ErrorMember = NonNullable<MetadataDocument["error"]>;

function errorMember({ code, message, remedy }: Failure | Finding): ErrorMember {
  return { code, message, ...remedy === undefined ? {} : { remedy } };
}

/** The document of an inspection. */
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

/** The document of a command that ended before it began. */
export function unstartedMetadata(failure: Failure, url: string | undefined): MetadataDocument {
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
