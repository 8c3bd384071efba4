/**
 * What `oauth metadata` found, as text for people.
 *
 * @module
 */

import type { RevisionVerdict } from "../flow/inspection.ts";
import { METADATA_KINDS } from "../oauth/metadata_kind.ts";
import { findingsText, shown, type View } from "./finding_text.ts";
import { jsonText } from "./json_text.ts";
import { type Field, fields, wrap } from "./layout.ts";
import type { MetadataDocument } from "./metadata_document.ts";

const TARGETS: Readonly<Record<MetadataDocument["target"], string>> = {
  document: " is a metadata document",
  mcp_server: " is an MCP server",
  issuer: " is an issuer",
  unknown: "",
};

/** A heading, and a document below it. */
function documentLines(heading: string, document: unknown, view: View): string[] {
  return [
    ...wrap(shown(heading, view), view.width).map(view.style.bold),
    jsonText(document).trimEnd(),
    "",
  ];
}

function chainLines({ chain = [] }: MetadataDocument, view: View): string[] {
  const { style, width } = view;
  const colour = {
    used: style.green,
    passed_over: style.dim,
    failed: style.red,
    answer: style.dim,
  };
  return chain.flatMap(({ method, url, finalUrl, status, contentType, outcome, reason }, at) => {
    const moved = finalUrl === null || finalUrl === url ? "" : `redirected to ${finalUrl}, `;
    const said = outcome === "used"
      ? `${status} ${contentType ?? "without content type"}; used: ${reason}`
      : outcome === "passed_over"
      ? `passed over: ${reason}`
      : reason;
    const [first = "", ...rest] = wrap(shown(`${moved}${said}`, view), width, "    ");
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

function count(number: number, what: string): string {
  return `${number === 0 ? "no" : number} ${what}${number === 1 ? "" : "s"}`;
}

function summary({ findings, protocolVersion, revisions }: MetadataDocument): string {
  const of = (severity: string) => findings.filter((it) => it.severity === severity).length;
  const counts = [
    count(of("error"), "error"),
    count(of("warning"), "warning"),
    count(of("info"), "remark"),
  ];
  const others = revisions.length > 1 ? "; the table shows the other revisions" : "";
  return `${counts.join(", ")} by the checks of ${protocolVersion}${others}`;
}

/** What goes to stdout: the chain where there is one, the documents, the verdicts, the findings. */
export function metadataText(result: MetadataDocument, view: View): string {
  const { document, url, finalUrl, status, kind, chain, resourceMetadata } = result;
  const { width } = view;
  const lines: string[] = [];
  if (chain !== undefined) {
    const head = `${url}${TARGETS[result.target]}: ${result.decision}`;
    lines.push(...wrap(shown(head, view), width), "", ...chainLines(result, view), "");
  }
  if (resourceMetadata) {
    const heading = `${METADATA_KINDS.protected_resource}, ${resourceMetadata.finalUrl}`;
    lines.push(...documentLines(heading, resourceMetadata.document, view));
  }
  if (document !== null) {
    const what = kind === null ? "JSON" : METADATA_KINDS[kind];
    const heading = `${what}, ${finalUrl} (${status})`;
    lines.push(...documentLines(heading, document, view));
  }
  const verdicts = result.revisions.map((row) => verdictRow(row, view));
  if (verdicts.length > 0) lines.push(...fields(verdicts, width), "");
  const { findings } = result;
  lines.push(...findingsText(findings, view, Infinity), ...findings.length > 0 ? [""] : []);
  lines.push(...wrap(summary(result), width));
  return `${lines.join("\n")}\n`;
}
