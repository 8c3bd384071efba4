/** The formats of audit reports. Each module is loaded with its first report. @module */

import type { AuditReport } from "./audit_report.ts";
import type { ComparisonReport } from "./comparison_report.ts";

type Write = (report: AuditReport) => string | Promise<string>;

const WRITERS = {
  junit: async (report) => (await import("./junit.ts")).junitText(report),
  sarif: async (report) => (await import("./sarif.ts")).sarifText(report),
  github: async (report) => (await import("./github.ts")).githubText(report),
  md: async (report) => (await import("./markdown.ts")).markdownText(report),
  html: async (report) => (await import("./html.ts")).htmlText(report),
  badge: async (report) => (await import("./badge.ts")).badgeText(report),
} as const satisfies Readonly<Record<string, Write>>;

const COMPARISON_WRITERS = {
  md: async (report) => (await import("./comparison_markdown.ts")).comparisonMarkdown(report),
  html: async (report) => (await import("./comparison_html.ts")).comparisonHtml(report),
} as const satisfies Readonly<Record<string, (report: ComparisonReport) => Promise<string>>>;

export type AuditFormat = keyof typeof WRITERS;

export const AUDIT_FORMATS = Object.keys(WRITERS) as readonly AuditFormat[];

export async function reportText(format: AuditFormat, report: AuditReport): Promise<string> {
  return await WRITERS[format](report);
}

export type ComparisonFormat = keyof typeof COMPARISON_WRITERS;

export const COMPARISON_FORMATS = Object.keys(COMPARISON_WRITERS) as readonly ComparisonFormat[];

export async function comparisonText(
  format: ComparisonFormat,
  report: ComparisonReport,
): Promise<string> {
  return await COMPARISON_WRITERS[format](report);
}
