/** The result of `oauth metadata` as text. @module */

import { countedOrNo } from "../../../core/quantities.ts";
import { shellWord } from "../../../core/text.ts";
import type { Finding } from "../../../core/finding.ts";
import type { RevisionVerdict } from "../../../flow/inspect/inspection.ts";
import { METADATA_KINDS } from "../../../oauth/metadata/metadata_kind.ts";
import {
  type FailureParts,
  failureText,
  findingsText,
  shown,
  type View,
} from "../../terminal/finding_text.ts";
import { jsonText } from "../../terminal/json_text.ts";
import { type Field, fields, wrap } from "../../terminal/layout.ts";
import type { MetadataDocument } from "./metadata_document.ts";

const TARGETS: Readonly<Record<MetadataDocument["target"], string>> = {
  document: " is a metadata document",
  mcp_server: " is an MCP server",
  issuer: " is an issuer",
  unknown: "",
};

function documentLines(heading: string, document: unknown, view: View): string[] {
  return [
    ...wrap(shown(heading, view), view.width).map(view.style.bold),
    jsonText(document).trimEnd(),
    "",
  ];
}

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
    const outcomeText = outcome === "used"
      ? `${status} ${contentType ?? "without content type"}; used: ${reason}`
      : (outcome === "passed_over" ? "passed over: " : "") +
        (reason === fault?.message ? "see above" : reason);
    const [first = "", ...rest] = wrap(shown(`${moved}${outcomeText}`, view), width, "    ");
    return [
      `${String(at + 1).padStart(2)}  ${method} ${shown(url, view)}`,
      ...[first, ...rest].map(colour[outcome]),
    ];
  });
}

const codes = (list: readonly string[]) => list.join(", ");

function verdictRow(row: RevisionVerdict, { style }: View): Field {
  const { protocolVersion, verdict, reason, errors, warnings } = row;
  const words: Readonly<Record<RevisionVerdict["verdict"], string>> = {
    usable: style.green("usable") +
      (warnings.length === 0 ? "" : `, with warnings: ${codes(warnings)}`),
    refused: `${style.red("refused")}: ${codes(errors)}`,
    not_read: style.dim(`not read: ${reason}`),
  };
  return [protocolVersion, words[verdict]];
}

const notesOf = (findings: readonly Finding[]) =>
  findings.filter((it) => it.severity === "info").map((it) => it.code);

function summary({ findings, protocolVersion }: MetadataDocument): string {
  const of = (severity: string) => findings.filter((it) => it.severity === severity).length;
  const counts = [
    countedOrNo(of("error"), "error"),
    countedOrNo(of("warning"), "warning"),
    countedOrNo(of("info"), "remark"),
  ];
  return `${counts.join(", ")} by the checks of ${protocolVersion}`;
}

/** The texts of a list, joined; undefined for an empty list or another value. */
function listed(value: unknown): string | undefined {
  return Array.isArray(value) && value.length > 0 ? value.map(String).join(" ") : undefined;
}

/** The members that the summary shows; the JSON document has all. */
function factRows({ document, resourceMetadata }: MetadataDocument): Field[] {
  const resource = resourceMetadata?.document;
  const servers = listed(
    resource?.["authorization_servers"] ?? document?.["authorization_servers"],
  );
  const rows: readonly (readonly [label: string, value: unknown])[] = [
    ["Resource", resource?.["resource"] ?? document?.["resource"]],
    ["Servers listed", servers === document?.["issuer"] ? undefined : servers],
    ["Issuer", document?.["issuer"]],
    ["Authorization", document?.["authorization_endpoint"]],
    ["Token", document?.["token_endpoint"]],
    ["Registration", document?.["registration_endpoint"]],
    ["Client methods", listed(document?.["token_endpoint_auth_methods_supported"])],
    ["PKCE", listed(document?.["code_challenge_methods_supported"])],
    ["Scopes", listed(resource?.["scopes_supported"] ?? document?.["scopes_supported"])],
  ];
  return rows.flatMap(([label, value]) =>
    typeof value === "string" ? [[label, value] as const] : []
  );
}

function completeDocuments(
  { document, resourceMetadata, finalUrl, status, kind }: MetadataDocument,
  view: View,
): string[] {
  const lines: string[] = [];
  if (resourceMetadata) {
    const heading = `${METADATA_KINDS.protected_resource}, ${resourceMetadata.finalUrl}`;
    lines.push(...documentLines(heading, resourceMetadata.document, view));
  }
  if (document !== null) {
    const what = kind === null ? "JSON" : METADATA_KINDS[kind];
    lines.push(...documentLines(`${what}, ${finalUrl} (${status})`, document, view));
  }
  return lines;
}

/** The summary if all findings are notes. */
function notesSummary(findings: readonly Finding[]): string {
  const remarks = notesOf(findings);
  const named = remarks.length === 0 ? "no remarks" : `remarks: ${codes(remarks)}`;
  return `no errors, no warnings; ${named}; --verbose shows all`;
}

/** True if every document was found at the first URL, which the short text does not mention. */
function isFirstAttemptFound({ chain = [] }: MetadataDocument): boolean {
  return chain.every(({ outcome }) => outcome === "used" || outcome === "answer");
}

/** Notes, with one line for each code instead of three for each note. */
function noteLines(findings: readonly Finding[], { width }: View): string[] {
  const remarks = notesOf(findings);
  return remarks.length === 0 ? [] : wrap(`remarks: ${codes(remarks)}`, width, "", "  ");
}

/** The headline: the first error, or the revisions whose clients can use the server. */
function headLines(result: MetadataDocument, { fault, ...view }: MetadataText): string[] {
  const { style, width } = view;
  const { revisions, url, decision } = result;
  const about = `${url}${TARGETS[result.target]}: ${decision}`;
  if (fault !== undefined) return failureText(about, fault, view);
  const best = revisions.findLast((row) => row.verdict === "usable");
  const newest = best && best.protocolVersion +
      (best.warnings.length === 0 ? "" : ", with warnings");
  return [
    ...newest === undefined
      ? []
      : wrap(`Usable by clients of ${newest}`, width).map((line) => style.green(style.bold(line))),
    ...wrap(shown(about, view), width, newest === undefined ? "" : "  "),
  ];
}

function nextLines({ target, url, error }: MetadataDocument): string[] {
  return target === "mcp_server" && error === undefined
    ? ["", "Sign in:", `  mcpass login --url ${shellWord(url)}`]
    : [];
}

export interface MetadataText extends View {
  readonly everything: boolean;
  readonly fault: FailureParts | undefined;
}

/**
 * The text for standard output: the headline, the verdict of each revision, the findings, and the
 * documents. Without errors it fits a screen of 24 lines.
 */
export function metadataText(result: MetadataDocument, view: MetadataText): string {
  const { findings } = result;
  const { width, everything, fault } = view;
  const loud = findings.filter((it) =>
    (everything || it.severity !== "info") && it.message !== fault?.message
  );
  const isQuiet = !everything && fault === undefined && loud.length === 0;
  const whole = everything ? "" : "; --verbose shows the whole";
  const block = (lines: readonly string[]) => lines.length === 0 ? [] : [...lines, ""];
  const facts = factRows(result).map(([label, value]): Field => [label, shown(value, view)]);
  const lines = [
    ...block(headLines(result, view)),
    ...block(fields(result.revisions.map((row) => verdictRow(row, view)), width)),
    ...block(findingsText(loud, view, Infinity)),
    ...block(everything || isQuiet ? [] : noteLines(findings, view)),
    ...block(isQuiet && isFirstAttemptFound(result) ? [] : chainLines(result, view)),
    ...everything ? completeDocuments(result, view) : block(fields(facts, width)),
    ...wrap(isQuiet ? notesSummary(findings) : `${summary(result)}${whole}`, width),
    ...nextLines(result),
  ];
  return `${lines.join("\n")}\n`;
}
