/** The result of `oauth client-metadata check` as a document and as text. @module */

import type { Failure } from "../../../core/failure.ts";
import type { Finding } from "../../../core/finding.ts";
import { type JsonObject, member } from "../../../core/json.ts";
import { shellWord } from "../../../core/text.ts";
import { type ErrorMember, errorMember } from "../../terminal/error_document.ts";
import {
  countsText,
  findingsText,
  type Row,
  rowsText,
  safeText,
  type View,
  worstFirst,
} from "../../terminal/finding_text.ts";
import { wrap } from "../../terminal/layout.ts";

export interface CheckDocument {
  readonly valid: boolean;
  readonly source: string;
  /** The client identifier that the document must have; null if nothing names one. */
  readonly clientId: string | null;
  /** HTTP status; null for a file, and without a response. */
  readonly status: number | null;
  readonly document: JsonObject | null;
  /** The login's redirect URI; null for the default one. */
  readonly redirectUrl: string | null;
  /** The MCP server of `--url`, and its authorization server. */
  readonly server: {
    readonly url: string;
    readonly issuer: string | null;
    /** Whether the metadata announces support for CIMD; null without metadata. */
    readonly supported: boolean | null;
  } | null;
  readonly findings: readonly Finding[];
  readonly error?: ErrorMember;
}

export function checkDocument(
  found: Partial<Omit<CheckDocument, "valid" | "error">>,
  failure: Failure | undefined,
): CheckDocument {
  const findings = worstFirst(found.findings ?? []);
  const fault = failure ?? findings.find(({ severity }) => severity === "error");
  return {
    valid: fault === undefined,
    source: "",
    clientId: null,
    status: null,
    document: null,
    redirectUrl: null,
    server: null,
    ...found,
    findings,
    ...(fault === undefined ? {} : { error: errorMember(fault) }),
  };
}

const MEMBERS = [
  ["Client name", "client_name"],
  ["Redirect URIs", "redirect_uris"],
  ["Authenticates by", "token_endpoint_auth_method"],
  ["Grants", "grant_types"],
] as const;

function rows({ clientId, document, server }: CheckDocument): Row[] {
  const memberText = (name: string) => {
    const value = document === null ? undefined : member(document, name);
    if (value === undefined) return undefined;
    return Array.isArray(value) ? value.join(" ") : String(value ?? "");
  };
  const supports = server?.supported ? "takes" : "does not announce that it takes";
  const support = server?.supported === null
    ? "no authorization server found"
    : `${server?.issuer}, which ${supports} such documents`;
  return [
    ["Client id", clientId, "exact"],
    ...MEMBERS.map(([label, name]): Row => [label, memberText(name)]),
    ["Server", server && support],
  ];
}

export function checkText(result: CheckDocument, view: View): string {
  const { style, width } = view;
  const { valid, source, clientId, document, findings, server } = result;
  const counts = findings.length === 0 ? "nothing to remark" : countsText(findings);
  const verdict = document === null
    ? "no client ID metadata document"
    : valid
    ? "a sound client ID metadata document"
    : "a client ID metadata document that will be refused";
  const lines = [
    ...wrap(`${safeText(source, view)}: ${verdict} (${counts})`, width)
      .map(valid ? style.green : style.red),
    "",
    ...rowsText(rows(result), view),
  ];
  if (findings.length > 0) lines.push("", ...findingsText(findings, view, Infinity));
  if (valid && clientId !== null) {
    const url = server === null ? "<url>" : shellWord(server.url);
    lines.push(
      "",
      "Sign in with it:",
      `  mcpass oauth login --url ${url} --registration cimd \\`,
      `    --client-metadata-url ${shellWord(clientId)}`,
    );
  }
  return `${lines.join("\n")}\n`;
}
