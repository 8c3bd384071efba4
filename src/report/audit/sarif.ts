/**
 * An audit as SARIF 2.1.0, as GitHub code scanning accepts it: one run, a physical location for each
 * result, and a fingerprint that does not change with the line. @module
 */

import type { CheckResult } from "../../audit/context/verdict.ts";
import type { Exchange, HeaderList } from "../../core/exchange.ts";
import { printable } from "../../core/text.ts";
import { VERSION } from "../../core/version.ts";
import { AUDIT_PAGES_BY_ID } from "../../findings/audit/topics.ts";
import { specLinks } from "../../findings/spec_links.ts";
import { sha256Hex } from "../../trace/fingerprint.ts";
import {
  type AuditReport,
  cut,
  type ReportedFlow,
  type SourcePlace,
  unexpected,
} from "./audit_report.ts";

const LEVELS = { error: "error", warning: "warning", info: "note" } as const;

/** `security-severity` by attacker: with it, GitHub treats an alert as one about security. */
const SECURITY_SEVERITY = { A1: "8.1", A2: "7.5", A3: "7.5", A4: "5.3", A5: "8.1" } as const;

/** The number of characters of a description that GitHub shows. */
const MAX_DESCRIPTION = 1024;

/** GitHub reads 10 MB (compressed), and so many results of a run. */
const MAX_BODY = 16 * 1024;
const MAX_RESULTS = 25_000;

function ruleOf({ id, title, severity, attacker, clause, group }: CheckResult): object {
  const page = AUDIT_PAGES_BY_ID.get(id);
  const fix = page?.serverFix ?? page?.fix ?? "";
  const [link] = clause === null ? [] : specLinks(clause);
  return {
    id,
    shortDescription: { text: cut(title, MAX_DESCRIPTION) },
    fullDescription: { text: cut(page?.meaning ?? title, MAX_DESCRIPTION) },
    help: { text: [fix, clause].filter(Boolean).join("\n") },
    ...link === undefined ? {} : { helpUri: link.url },
    defaultConfiguration: { level: LEVELS[severity] },
    properties: {
      tags: ["security", "oauth", "mcp", group],
      precision: "very-high",
      ...attacker === null ? {} : { "security-severity": SECURITY_SEVERITY[attacker] },
    },
  };
}

/** A relative URI: GitHub rejects a file in which a location has a scheme. */
function placeOf({ place, result }: ReportedFlow): SourcePlace {
  if (place !== undefined) {
    const path = place.path.replaceAll("\\", "/").split("/").map(encodeURIComponent).join("/");
    return { path, line: place.line };
  }
  const { host, pathname } = new URL(result.serverUrl);
  return { path: (host + pathname).replace(/[^\w.~%/-]/g, "_").replace(/\/$/, ""), line: 1 };
}

/** Without characters that no database stores. */
const storable = (text: string): string =>
  cut(text, MAX_BODY).toWellFormed().replaceAll("\0", "\ufffd");

const lines = (...texts: readonly (string | null)[]): string =>
  texts.filter((it) => it !== null).join("\n").split("\n").map((it) => printable(it)).join("\n");

const headersOf = (headers: HeaderList): Readonly<Record<string, string>> =>
  Object.fromEntries(headers.map(([name, value]) => [name.toLowerCase(), storable(value)]));

function exchangeMembers({ request, response }: Exchange): object {
  const { method, url, headers, body } = request;
  return {
    webRequest: {
      protocol: "HTTP",
      version: "1.1",
      target: storable(url),
      method,
      headers: headersOf(headers),
      ...body === null ? {} : { body: { text: storable(body) } },
    },
    ...response === null ? {} : {
      webResponse: {
        protocol: "HTTP",
        version: "1.1",
        statusCode: response.status,
        reasonPhrase: storable(response.statusText),
        headers: headersOf(response.headers),
        body: { text: storable(response.body) },
      },
    },
  };
}

function resultOf(check: CheckResult, flow: ReportedFlow, rules: readonly string[]): object {
  const { id, message, remedy, title, severity } = check;
  const { label, result } = flow;
  const { path, line } = placeOf(flow);
  const deciding = result.exchanges.find((it) => it.id === check.evidence.at(-1));
  const endpoint = deciding === undefined
    ? result.serverUrl
    : storable(`${deciding.request.method} ${deciding.request.url}`);
  return {
    ruleId: id,
    ruleIndex: rules.indexOf(id),
    kind: "fail",
    level: LEVELS[severity],
    message: {
      text: lines(`${label}: ${title}: ${cut(message)}`, remedy === null ? null : cut(remedy)),
    },
    locations: [{
      physicalLocation: {
        artifactLocation: { uri: path },
        region: { startLine: line, startColumn: 1, endLine: line, endColumn: 1 },
      },
      logicalLocations: [{ kind: "resource", name: endpoint, fullyQualifiedName: endpoint }],
    }],
    partialFingerprints: {
      primaryLocationLineHash: `${
        sha256Hex(`${id}|${result.serverUrl}|${result.revision}`).slice(0, 16)
      }:1`,
    },
    ...deciding === undefined ? {} : exchangeMembers(deciding),
  };
}

/** Only deviations are results: GitHub would show a passed check as an alert. */
export function sarifText({ name, flows }: AuditReport): string {
  const found = flows.flatMap((flow) => unexpected(flow).map((check) => ({ check, flow })))
    .slice(0, MAX_RESULTS);
  const rules = [...new Map(found.map(({ check }) => [check.id as string, check])).values()]
    .sort((a, b) => a.id < b.id ? -1 : 1);
  const ids = rules.map(({ id }) => id as string);
  const document = {
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    version: "2.1.0",
    runs: [{
      tool: { driver: { name: "mcpass", semanticVersion: VERSION, rules: rules.map(ruleOf) } },
      automationDetails: { id: `mcpass/${name}/` },
      results: found.map(({ check, flow }) => resultOf(check, flow, ids)),
    }],
  };
  return `${JSON.stringify(document, undefined, 2)}\n`;
}
