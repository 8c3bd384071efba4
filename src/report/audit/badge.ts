/** The badge of an audit: an endpoint document of shields.io. @module */

import { CATALOGUE_VERSION } from "../../audit/checks/groups.ts";
import { counted } from "../../core/quantities.ts";
import type { AuditReport } from "./audit_report.ts";

/** Counts instead of a grade, which would hide that checks were skipped. */
export function badgeText({ flows }: AuditReport): string {
  const checks = flows.flatMap(({ result }) => result.checks);
  const ran = checks.filter(({ verdict }) => verdict !== "skipped");
  const failed = ran.filter(({ verdict }) => verdict === "failed").length;
  const revisions = [...new Set(flows.map(({ result }) => result.revision))].join(", ");
  const usesToken = ran.some(({ group, severity }) =>
    group === "token_validation" && severity === "error"
  );
  const isOpen = flows.length > 0 &&
    flows.every(({ result }) => result.verdict === "not_applicable");
  const isIncomplete = flows.some(({ result }) => result.verdict === "incomplete");
  const [message, color] = failed > 0
    ? [`${failed} failed of ${ran.length}`, "red"]
    : isIncomplete
    ? ["incomplete", "yellow"]
    : isOpen
    ? ["no authorization", "lightgrey"]
    : usesToken
    ? [`conformant, ${counted(ran.length, "check")}`, "brightgreen"]
    : [`metadata only, ${counted(ran.length, "check")}`, "blue"];
  const document = {
    schemaVersion: 1,
    label: `MCP OAuth ${revisions}`,
    message,
    color,
    catalogueVersion: CATALOGUE_VERSION,
    date: flows[0]?.result.startedAt.slice(0, 10) ?? null,
  };
  return `${JSON.stringify(document, undefined, 2)}\n`;
}
