/**
 * An audit as JUnit XML: what the schemas of Ant and of Jenkins both accept, which is a subset of
 * each. @module
 */

import type { CheckResult } from "../../audit/context/verdict.ts";
import { CATALOGUE_VERSION } from "../../audit/checks/groups.ts";
import {
  type AuditReport,
  cut,
  evidenceLines,
  ofVerdict,
  type ReportedFlow,
} from "./audit_report.ts";

const ENTITIES = new Map([["&", "&amp;"], ["<", "&lt;"], [">", "&gt;"], ['"', "&quot;"]]);

/** Characters that XML 1.0 forbids become U+FFFD; whitespace in an attribute stays. */
function xml(text: string): string {
  // deno-lint-ignore no-control-regex
  const forbidden = /[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]|\p{Cs}/gu;
  return text.replace(forbidden, "\ufffd")
    .replace(/[&<>"]/g, (character) => ENTITIES.get(character) ?? character);
}

const attribute = (text: string): string => xml(text).replace(/[\t\r\n]+/g, " ");

/** The message is both an attribute and text: some readers show only one of them. */
function outcome(name: string, type: string | undefined, message: string, text: string): string {
  const kind = type === undefined ? "" : ` type="${attribute(type)}"`;
  return `<${name}${kind} message="${attribute(message)}">${xml(text)}</${name}>`;
}

function bodyOf(check: CheckResult, { result, expected }: ReportedFlow): string {
  const { verdict, severity, remedy, clause, reason } = check;
  const message = cut(check.message);
  const why = reason === null ? message : `${reason}: ${message}`;
  switch (verdict) {
    case "failed": {
      if (expected?.has(check.id)) {
        return outcome("skipped", undefined, "expected failure", `expected failure: ${message}`);
      }
      const lines = [message, ...evidenceLines(check, result), cut(remedy ?? ""), clause];
      return outcome("failure", severity, message, lines.filter(Boolean).join("\n"));
    }
    case "inconclusive":
      return outcome("error", "inconclusive", why, why);
    case "skipped":
      return outcome("skipped", undefined, why, why);
    default:
      return "";
  }
}

const seconds = (ms: number): string => (ms / 1000).toFixed(3);

/** No zone and no fraction: the schema of Ant forbids both. */
const timestamp = (iso: string): string => iso.slice(0, 19);

function suite(flow: ReportedFlow, at: number, { name }: AuditReport): string {
  const { label, result } = flow;
  const { checks, serverUrl, startedAt } = result;
  const classname = label.replaceAll(/[^\w-]+/g, ".");
  const cases = checks.map((check) => {
    const body = bodyOf(check, flow);
    const head = `    <testcase classname="${attribute(classname)}" name="${check.id}" ` +
      `time="${seconds(check.durationMs)}"`;
    return body === "" ? `${head}/>` : `${head}>${body}</testcase>`;
  });
  const count = (element: string) => cases.filter((it) => it.includes(`><${element} `)).length;
  const warnings = ofVerdict(checks, "warning");
  const properties = [
    ["mcpass.catalogue", String(CATALOGUE_VERSION)],
    ["mcpass.server", serverUrl],
    ...warnings.map(({ id, message }) => [`warning.${id}`, cut(message)] as const),
  ] as const;
  const time = seconds(checks.reduce((sum, { durationMs }) => sum + durationMs, 0));
  return [
    `  <testsuite id="${at}" package="${attribute(name)}" name="${attribute(label)}" ` +
    `hostname="localhost" timestamp="${timestamp(startedAt)}" tests="${checks.length}" ` +
    `failures="${count("failure")}" errors="${count("error")}" ` +
    `skipped="${count("skipped")}" time="${time}">`,
    "    <properties>",
    ...properties.map(([key, value]) =>
      `      <property name="${attribute(key)}" value="${attribute(value)}"/>`
    ),
    "    </properties>",
    ...cases,
    `    <system-out>${
      xml(warnings.map(({ id, message }) => `warning ${id}: ${cut(message)}`).join("\n"))
    }</system-out>`,
    "    <system-err/>",
    "  </testsuite>",
  ].join("\n");
}

export function junitText(report: AuditReport): string {
  const suites = report.flows.map((flow, at) => suite(flow, at, report));
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    "<testsuites>",
    ...suites,
    "</testsuites>",
    "",
  ].join("\n");
}
