/** Report files of an audit, and report formats on standard output. @module */

import type { AuditResult } from "../../../audit/run/audit_server.ts";
import type { AuditReport } from "../../../report/audit/audit_report.ts";
import { AUDIT_FORMATS, reportText } from "../../../report/audit/formats.ts";
import { openOutputFile, type OutputFile } from "../../../trace/output_file.ts";
import { jsonText } from "../../terminal/json_text.ts";
import type { ReportFile } from "./conformance_flags.ts";

export function reportOf(result: AuditResult): AuditReport {
  const { host, pathname } = new URL(result.serverUrl);
  const label = `${host}${pathname} / ${result.revision}`;
  return { name: "conformance", flows: [{ label, result }] };
}

export interface OpenReports {
  /** Both are masked. @throws Failure `output_not_written`. */
  write(document: object, report: AuditReport): Promise<void>;
}

/** Opens the files before the first request. @throws Failure `unwritable_output` (usage). */
export async function openReports(files: readonly ReportFile[]): Promise<OpenReports> {
  const open: { readonly format: ReportFile["format"]; readonly file: OutputFile }[] = [];
  for (const { format, path } of files) open.push({ format, file: await openOutputFile(path) });
  return {
    async write(document, report) {
      for (const { format, file } of open) {
        await file.write(
          format === "json" ? jsonText(document) : await reportText(format, report),
        );
      }
    },
  };
}

/** What standard output gets for a format of reports; nothing for human and json. */
export async function renderedReport(
  format: string | undefined,
  report: AuditReport,
): Promise<{ readonly rendered?: string }> {
  const known = AUDIT_FORMATS.find((it) => it === format);
  return known === undefined ? {} : { rendered: await reportText(known, report) };
}
