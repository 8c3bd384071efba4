/** Results of audits for the tests of reports: real ones, and with an attack in every text. @module */

import type { CheckResult } from "../../../src/audit/context/verdict.ts";
import type { AuditResult } from "../../../src/audit/run/audit_result.ts";
import type { AuditReport, ReportedFlow } from "../../../src/report/audit/audit_report.ts";
import {
  type ComparedFlow,
  compareResults,
  flowPairs,
} from "../../../src/audit/suite/compare_results.ts";
import type { ComparisonReport } from "../../../src/report/audit/comparison_report.ts";
import { startAuditLab } from "../../lab/audit/audit_lab.ts";
import { audit } from "../../audit/conformance/audit_lab.ts";

const BROKEN = [
  "challenge_no_error",
  "prm_media_type",
  "asm_no_plain",
  "dcr_delete",
  "exchange_no_store",
  "refresh_rotates",
  "rs_signature",
  "rs_claims",
  "limits_shaped",
];

/** An audit of a lab with several faults of each severity. */
export async function brokenResult(): Promise<AuditResult> {
  await using lab = await startAuditLab({ broken: BROKEN });
  const { result } = await audit(lab.mcpUrl, { stepUp: lab.stepUp as never });
  return result;
}

const codes = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, at) => String.fromCharCode(from + at)).join("");

/** What parsers, terminals, workflows, trackers and browsers interpret. */
export const HOSTILE = [
  codes(0x00, 0x1f),
  codes(0x7f, 0x9f),
  "\u2028\u2029\u202e\ufeff\ufffe\uffff",
  "unpaired \ud800 and \udfff.",
  "]]> &amp; &#0; <![CDATA[ <?xml ?> <!DOCTYPE x>",
  "\"'></script></style></details><script>globalThis.owned=1</script><img src=x onerror=owned=1>",
  "\n::error::commanded\r\n  ::stop-commands::x\n##[error]commanded %0A::add-mask::a",
  "@ada #12 GH-7 !5 ~bug https://evil.example www.evil.example [x](javascript:x) ![i](https://e/i)",
  "| a | `b` ``c``` | d \\| e **f**\n# heading\n```\n</details>\n",
].join(" ");

/** A text of 1 MB with the longest fence. */
export const LONG = `${"`".repeat(1000)}${"long | text ".repeat(90_000)}`;

/** The result of a server that puts a text wherever it can. */
export function hostile(result: AuditResult, text: string): AuditResult {
  const received = text.slice(0, 20_000);
  const check = (it: CheckResult): CheckResult => {
    const isOpen = it.verdict === "passed" || it.verdict === "skipped";
    return isOpen && text.length > 10_000 ? it : {
      ...it,
      message: `HTTP 400, "${text}" ${text}`,
      remedy: it.remedy === null ? null : `${it.remedy}\nServer: ${text}`,
      reason: it.reason === null ? null : `${it.reason}(${text})`,
    };
  };
  return {
    ...result,
    checks: result.checks.map(check),
    exchanges: result.exchanges.map((it) => ({
      ...it,
      request: { ...it.request, url: `${it.request.url}?${received}` },
      response: it.response === null ? null : {
        ...it.response,
        statusText: received,
        headers: [...it.response.headers, ["x-attack", received], ["x-attack", "again"]],
        body: received,
      },
    })),
    removal: { ...result.removal, left: [{ what: text, why: text }] },
  };
}

export function reportOf(...flows: readonly ReportedFlow[]): AuditReport {
  return { name: "fleet", flows };
}

/** The results that each format is tested with. */
export async function reports(): Promise<readonly AuditReport[]> {
  const result = await brokenResult();
  const label = "notes / 2026-07-28 / dcr";
  const attacked = hostile(result, HOSTILE);
  return [
    reportOf({ label, result }),
    reportOf({ label, result: attacked }),
    reportOf({ label, result: hostile(result, LONG) }),
    reportOf(
      { label, result, place: { path: "ci/suite file.jsonc", line: 12 } },
      {
        label: "tasks / 2026-07-28 / dcr",
        result: attacked,
        expected: new Set(["refresh_rotates", "rs_signature", "prm_media_type"]),
      },
    ),
  ];
}

/** The result before the faults. */
export function unbroken(result: AuditResult): AuditResult {
  const checks = result.checks.map((it) =>
    it.verdict === "failed" || it.verdict === "warning"
      ? { ...it, verdict: "passed" as const, remedy: null }
      : it
  );
  return { ...result, checks };
}

export function comparisonOf(before: AuditResult, after: AuditResult): ComparisonReport {
  const [earlier, later] = [before, after].map((it): ComparedFlow[] => [["notes", it]]);
  const pairs = flowPairs(earlier ?? [], later ?? []);
  const comparison = compareResults(earlier ?? [], later ?? []);
  return { before: "before.json", after: "https://notes.example/mcp", pairs, comparison };
}
