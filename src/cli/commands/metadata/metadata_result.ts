import type { PrintedCommand } from "../../../core/command_text.ts";
import type { Failure } from "../../../core/failure.ts";
import type { Chain, Inspection, RevisionVerdict } from "../../../flow/inspect/inspection.ts";
import { METADATA_KINDS } from "../../../oauth/metadata/metadata_kind.ts";
import {
  countsText,
  findingsText,
  nextLines,
  type Row,
  rowsText,
  safeText,
  type View,
  worstFirst,
} from "../../terminal/finding_text.ts";
import { type FailureParts, failureText } from "../../terminal/failure_text.ts";
import { type ErrorMember, errorMember } from "../../terminal/error_document.ts";
import { jsonText } from "../../terminal/json_text.ts";
import { type Field, fields, wrap } from "../../terminal/layout.ts";

type Inspected = Omit<Inspection, "chain" | "failure" | "loginFlags" | "protocolVersion">;

export interface MetadataDocument extends Inspected, Partial<Omit<Chain, "links">> {
  readonly url: string;
  /** The revision whose checks made the findings; empty without a request. */
  readonly protocolVersion: string;
  readonly chain?: Chain["links"];
  readonly error?: ErrorMember;
}

const NOTHING_REQUESTED: MetadataDocument = {
  document: null,
  url: "",
  finalUrl: null,
  status: null,
  findings: [],
  kind: null,
  target: "unknown",
  decision: "no request was sent",
  protocolVersion: "",
  revisions: [],
};

export function metadataDocument(url: string, inspection: Inspection): MetadataDocument {
  const { chain, failure, loginFlags: _, ...inspected } = inspection;
  const { links, ...origin } = chain ?? {};
  const findings = worstFirst(inspected.findings);
  const fault = failure ?? findings.find((finding) => finding.severity === "error");
  return {
    ...NOTHING_REQUESTED,
    ...inspected,
    url,
    findings,
    ...links === undefined ? {} : { chain: links },
    ...origin,
    ...fault === undefined ? {} : { error: errorMember(fault) },
  };
}

export function failedMetadataDocument(failure: Failure, url = ""): MetadataDocument {
  return { ...NOTHING_REQUESTED, url, error: errorMember(failure) };
}

const TARGETS: Readonly<Record<MetadataDocument["target"], string>> = {
  document: " is a metadata document",
  mcp_server: " is an MCP server",
  issuer: " is an issuer",
  unknown: "",
};

function chainLines({ chain = [] }: MetadataDocument, view: MetadataText): string[] {
  const { style, width, fault } = view;
  const colour = {
    used: style.green,
    passed_over: style.dim,
    failed: style.red,
    answer: style.dim,
  };
  return chain.flatMap(({ method, url, finalUrl, status, contentType, outcome, reason }, at) => {
    const moved = finalUrl === null || finalUrl === url ? "" : `redirected to ${finalUrl}, `;
    const skipped = reason === fault?.message
      ? `refused: ${fault.code}, see above`
      : `skipped: ${reason}`;
    const outcomeText = {
      used: `${status} ${contentType ?? "without content type"}; used: ${reason}`,
      passed_over: skipped,
      failed: reason,
      answer: reason,
    }[outcome];
    return [
      `${String(at + 1).padStart(2)}  ${method} ${safeText(url, view)}`,
      ...wrap(safeText(moved + outcomeText, view), width, "    ").map(colour[outcome]),
    ];
  });
}

const codes = (list: readonly string[]) => list.join(", ");

function verdictRow(row: RevisionVerdict, { style }: View): Field {
  const { protocolVersion, verdict, reason, errors, warnings } = row;
  const texts: Readonly<Record<RevisionVerdict["verdict"], string>> = {
    usable: style.green("usable") +
      (warnings.length === 0 ? "" : `, with warnings: ${codes(warnings)}`),
    refused: `${style.red("refused")}: ${codes(errors)}`,
    not_read: style.dim(`not read: ${reason}`),
    not_tried: style.dim(`not tried: ${reason}`),
  };
  return [protocolVersion, texts[verdict]];
}

function joinList(value: unknown): string | undefined {
  return Array.isArray(value) && value.length > 0 ? value.map(String).join(" ") : undefined;
}

function factRows({ document, resourceMetadata }: MetadataDocument): Row[] {
  const resource = resourceMetadata?.document;
  const servers = joinList(
    resource?.["authorization_servers"] ?? document?.["authorization_servers"],
  );
  const text = (value: unknown) => typeof value === "string" ? value : undefined;
  return [
    ["Resource", text(resource?.["resource"] ?? document?.["resource"])],
    ["Servers listed", servers === document?.["issuer"] ? undefined : servers],
    ["Issuer", text(document?.["issuer"])],
    ["Authorization", text(document?.["authorization_endpoint"])],
    ["Token", text(document?.["token_endpoint"])],
    ["Registration", text(document?.["registration_endpoint"])],
    ["Client methods", joinList(document?.["token_endpoint_auth_methods_supported"])],
    ["PKCE", joinList(document?.["code_challenge_methods_supported"])],
    ["Scopes", joinList(resource?.["scopes_supported"] ?? document?.["scopes_supported"])],
  ];
}

function completeDocuments(
  { document, resourceMetadata, finalUrl, status, kind }: MetadataDocument,
  view: View,
): string[] {
  const resource = resourceMetadata?.document ?? null;
  const documents = [
    [`${METADATA_KINDS.protected_resource}, ${resourceMetadata?.finalUrl}`, resource],
    [`${kind === null ? "JSON" : METADATA_KINDS[kind]}, ${finalUrl} (${status})`, document],
  ] as const;
  return documents.flatMap(([heading, content]) =>
    content === null ? [] : [
      ...wrap(safeText(heading, view), view.width).map(view.style.bold),
      jsonText(content).trimEnd(),
      "",
    ]
  );
}

/** The headline: the first error, or the revisions whose clients can use the server. */
function headLines(result: MetadataDocument, { fault, ...view }: MetadataText): string[] {
  const { style, width } = view;
  const { revisions, url, decision } = result;
  const about = `${url}${TARGETS[result.target]}: ${decision}`;
  if (fault !== undefined) {
    return [...wrap(safeText(about, view), width), "", ...failureText(fault, view)];
  }
  const best = revisions.findLast((row) => row.verdict === "usable");
  const newest = best && best.protocolVersion +
      (best.warnings.length === 0 ? "" : ", with warnings");
  return [
    ...newest === undefined
      ? []
      : wrap(`Usable by clients of ${newest}`, width).map((line) => style.green(style.bold(line))),
    ...wrap(safeText(about, view), width, newest === undefined ? "" : "  "),
  ];
}

interface MetadataText extends View {
  readonly everything: boolean;
  readonly fault: FailureParts | undefined;
  readonly signIn: PrintedCommand;
}

/** Without errors it fits a screen of 24 lines. */
export function metadataText(result: MetadataDocument, view: MetadataText): string {
  const { findings, chain = [], target, error } = result;
  const { width, everything, fault } = view;
  const shownFindings = findings.filter((it) =>
    (everything || it.severity !== "info") && it.message !== fault?.message
  );
  const isQuiet = !everything && fault === undefined && shownFindings.length === 0;
  const notes = findings.filter((it) => it.severity === "info").map((it) => it.code);
  const noteCodes = notes.length === 0 ? undefined : `notes: ${codes(notes)}`;
  // The short text does not list documents that were at the first URL.
  const atFirstUrl = chain.every(({ outcome }) => outcome === "used" || outcome === "answer");
  const counts = `${countsText(findings)} by the checks of ${result.protocolVersion}`;
  const conclusion = isQuiet
    ? `no errors, no warnings; ${noteCodes ?? "no notes"}; --verbose shows all`
    : `${counts}${everything ? "" : "; --verbose shows all"}`;
  const block = (lines: readonly string[]) => lines.length === 0 ? [] : [...lines, ""];
  const lines = [
    ...block(headLines(result, view)),
    ...block(fields(result.revisions.map((row) => verdictRow(row, view)), width)),
    ...block(findingsText(shownFindings, view, Infinity)),
    ...block(everything || isQuiet ? [] : wrap(noteCodes ?? "", width, "", "  ")),
    ...block(isQuiet && atFirstUrl ? [] : chainLines(result, view)),
    ...everything ? completeDocuments(result, view) : block(rowsText(factRows(result), view)),
    ...wrap(conclusion, width),
    ...target === "mcp_server" && error === undefined
      ? ["", ...nextLines(["Sign in", view.signIn], view)]
      : [],
  ];
  return `${lines.join("\n")}\n`;
}
