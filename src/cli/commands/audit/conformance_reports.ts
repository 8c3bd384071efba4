/** Report files of an audit, and report formats on standard output. @module */

import type { AuditResult } from "../../../audit/run/audit_result.ts";
import type { AuditReport } from "../../../report/audit/audit_report.ts";
import { openOutputFile, type OutputFile } from "../../../trace/output_file.ts";
import { jsonText } from "../../terminal/json_text.ts";
import type { ReportFile } from "./conformance_flags.ts";

export function reportOf(result: AuditResult): AuditReport {
  const { host, pathname } = new URL(result.serverUrl);
  const label = `${host}${pathname} / ${result.revision}`;
  return { name: "conformance", flows: [{ label, result }] };
}

export interface OpenReports<F extends string> {
  /** @param document Masked, like the texts. @throws Failure `output_not_written`. */
  write(document: object, textOf: (format: F) => Promise<string>): Promise<void>;
}

/** Opens the files before the first request. @throws Failure `unwritable_output` (usage). */
export async function openReports<F extends string>(
  files: readonly ReportFile<F>[],
): Promise<OpenReports<F>> {
  const open: { readonly format: F | "json"; readonly file: OutputFile }[] = [];
  for (const { format, path } of files) open.push({ format, file: await openOutputFile(path) });
  return {
    async write(document, textOf) {
      for (const { format, file } of open) {
        await file.write(format === "json" ? jsonText(document) : await textOf(format));
      }
    },
  };
}

/** What standard output gets for a format of reports; nothing for human and json. */
export async function renderedReport<F extends string>(
  format: string | undefined,
  formats: readonly F[],
  textOf: (format: F) => Promise<string>,
): Promise<{ readonly rendered?: string }> {
  const known = formats.find((it) => it === format);
  return known === undefined ? {} : { rendered: await textOf(known) };
}
