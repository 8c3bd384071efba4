/** The result of `oauth client-metadata check` as text. @module */

import { countedOrNo } from "../../../core/quantities.ts";
import { member } from "../../../core/json.ts";
import { shellWord } from "../../../core/text.ts";
import type { CheckDocument } from "./client_metadata_document.ts";
import { findingsText, shown, type View } from "../../terminal/finding_text.ts";
import { type Field, fields, wrap } from "../../terminal/layout.ts";

function valueOf(value: unknown): string {
  return Array.isArray(value) ? value.join(" ") : String(value ?? "");
}

function memberRows({ document }: CheckDocument, view: View): Field[] {
  const rows: readonly (readonly [string, string])[] = [
    ["Client name", "client_name"],
    ["Redirect URIs", "redirect_uris"],
    ["Authenticates by", "token_endpoint_auth_method"],
    ["Grants", "grant_types"],
  ];
  return rows.flatMap(([label, name]) => {
    const value = document === null ? undefined : member(document, name);
    return value === undefined ? [] : [[label, shown(valueOf(value), view)] as const];
  });
}

function serverRow({ server }: CheckDocument, view: View): Field[] {
  if (server === null) return [];
  const support = server.supported === null
    ? "no authorization server found"
    : `${server.issuer}, which ${
      server.supported ? "takes" : "does not announce that it takes"
    } such documents`;
  return [["Server", shown(support, view)]];
}

/** The text for standard output: the verdict, the document's members, the findings, the next command. */
export function checkText(result: CheckDocument, view: View): string {
  const { style, width } = view;
  const { source, clientId, document, findings } = result;
  const of = (severity: string) => findings.filter((it) => it.severity === severity).length;
  const counts = findings.length === 0 ? "nothing to remark" : [
    countedOrNo(of("error"), "error"),
    countedOrNo(of("warning"), "warning"),
    countedOrNo(of("info"), "remark"),
  ].join(", ");
  const verdict = document === null
    ? "no client ID metadata document"
    : result.valid
    ? "a sound client ID metadata document"
    : "a client ID metadata document that will be refused";
  const colour = result.valid ? style.green : style.red;
  const lines = [
    ...wrap(`${shown(source, view)}: ${verdict} (${counts})`, width).map(colour),
    "",
    ...fields(
      [
        ...clientId === null ? [] : [["Client id", shown(clientId, view), "exact"] as const],
        ...memberRows(result, view),
        ...serverRow(result, view),
      ],
      width,
    ),
  ];
  if (findings.length > 0) lines.push("", ...findingsText(findings, view, Infinity));
  if (result.valid && clientId !== null) {
    const server = result.server === null ? "<url>" : shellWord(result.server.url);
    lines.push(
      "",
      "Sign in with it:",
      `  mcpass oauth login --url ${server} --registration cimd \\`,
      `    --client-metadata-url ${shellWord(clientId)}`,
    );
  }
  return `${lines.join("\n")}\n`;
}
