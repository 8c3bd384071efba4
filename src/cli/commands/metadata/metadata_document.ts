import type { Failure } from "../../../core/failure.ts";
import type { Chain, Inspection } from "../../../flow/inspect/inspection.ts";
import { type ErrorMember, errorMember } from "../../terminal/error_document.ts";
import { worstFirst } from "../../terminal/finding_text.ts";

type Inspected = Omit<Inspection, "chain" | "failure" | "protocolVersion">;

export interface MetadataDocument extends Inspected, Partial<Omit<Chain, "links">> {
  readonly url: string;
  /** The revision whose checks gave the findings; empty if nothing was asked. */
  readonly protocolVersion: string;
  readonly chain?: Chain["links"];
  readonly error?: ErrorMember;
}

const NOTHING_ASKED: MetadataDocument = {
  document: null,
  url: "",
  finalUrl: null,
  status: null,
  findings: [],
  kind: null,
  target: "unknown",
  decision: "nothing was asked",
  protocolVersion: "",
  revisions: [],
};

export function metadataDocument(url: string, inspection: Inspection): MetadataDocument {
  const { chain, failure, ...inspected } = inspection;
  const { links, ...origin } = chain ?? {};
  const findings = worstFirst(inspected.findings);
  const fault = failure ?? findings.find((finding) => finding.severity === "error");
  return {
    ...NOTHING_ASKED,
    ...inspected,
    url,
    findings,
    ...links === undefined ? {} : { chain: links },
    ...origin,
    ...fault === undefined ? {} : { error: errorMember(fault) },
  };
}

/** The document of a command that failed before its first request. */
export function failedMetadataDocument(failure: Failure, url = ""): MetadataDocument {
  return { ...NOTHING_ASKED, url, error: errorMember(failure) };
}
