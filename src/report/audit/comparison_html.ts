/** Two audits as one HTML file: what changed, with the exchanges of both. @module */

import type { CheckChange } from "../../audit/suite/compare_results.ts";
import { escapeHtml } from "../../core/escape_html.ts";
import { counted } from "../../core/quantities.ts";
import { mapWork, runWithPauses, type Work } from "../../core/work.ts";
import { messagesHtml } from "../exchange_html.ts";
import { cell, section, shortCell, table } from "../html_parts.ts";
import { escapeHtmlLines, pill } from "../html_text.ts";
import { LOADS_NOTHING, pageHtml, type PageParts } from "../page.ts";
import { cut, evidenceLines, ofVerdict } from "./audit_report.ts";
import { checkFilters, VERDICT_KINDS } from "./check_parts.ts";
import {
  type ComparedSide,
  type ComparisonReport,
  comparisonWords,
  DOCUMENTS,
  sidesOf,
  sortedChanges,
  valueText,
} from "./comparison_report.ts";

const CHANGE_KINDS: Readonly<Record<CheckChange["change"], string>> = {
  worse: "error",
  better: "good",
  changed: "",
};

/** Characters of all bodies together: more would make browsers slow. */
const BODY_BUDGET = 8 * 1024 * 1024;
const MAX_BODY = 16 * 1024;

const verdictPill = (verdict: CheckChange["before"]): string =>
  verdict === null ? pill("absent", "") : pill(verdict, VERDICT_KINDS[verdict]);

/** Requests of the evidence, and the exchange that decided the verdict. */
function evidenceHtml({ result, check }: ComparedSide, limit: number): string {
  if (check === undefined) return "";
  const lines = evidenceLines(check, result);
  const deciding = result.exchanges.findLast(({ id }) => check.evidence.includes(id));
  if (deciding === undefined) return "";
  return `<ul class="notes">${
    lines.map((line) => `<li class="mono">${escapeHtml(line)}</li>`).join("")
  }</ul>${messagesHtml(deciding, limit)}`;
}

function sideHtml(title: string, side: ComparedSide, limit: number): string {
  const { check } = side;
  if (check === undefined) {
    return `<div><h3>${title}</h3><p>The audit does not have the check.</p></div>`;
  }
  const { verdict, reason, remedy } = check;
  const why = reason === null ? "" : ` (${reason})`;
  return `<div><h3>${title}</h3><p>${verdictPill(verdict)} ` +
    `<strong>${escapeHtml(cut(check.message) + why)}</strong></p>` +
    (remedy === null ? "" : `<p>${escapeHtmlLines(cut(remedy)).replaceAll("\n", "<br>")}</p>`) +
    evidenceHtml(side, limit) + "</div>";
}

function changeHtml(
  one: CheckChange,
  at: number,
  { pairs }: ComparisonReport,
  limit: number,
): string {
  const { flow, id, change, before, after } = one;
  const sides = sidesOf(one, pairs);
  if (sides === undefined) return "";
  const { title, group, clause } = sides.after.check ?? sides.before.check ?? {};
  const where = pairs.length > 1 ? `<span class="sub">${escapeHtml(flow)}</span>` : "";
  return `<details class="check" id="change-${at + 1}" data-check="${escapeHtml(id)}" ` +
    `data-change="${change}" data-group="${escapeHtml(group ?? "")}" ` +
    `data-flow="${escapeHtml(flow)}"><summary>${pill(change, CHANGE_KINDS[change])}` +
    `<span class="mono">${escapeHtml(id)}</span><span>${verdictPill(before)} → ${
      verdictPill(after)
    }</span>${where}<span class="what">${escapeHtml(title ?? "")}</span></summary>` +
    `<div class="inside"><div class="columns">${sideHtml("Before", sides.before, limit)}${
      sideHtml("After", sides.after, limit)
    }</div>` + (clause ? `<p><small>${escapeHtml(clause)}</small></p>` : "") + "</div></details>";
}

function* checksHtml(report: ComparisonReport): Work<string> {
  const changes = sortedChanges(report.comparison);
  if (changes.length === 0) return "";
  const groups = report.pairs.flatMap(({ before, after }) =>
    [...before.checks, ...after.checks].filter(({ id }) => changes.some((it) => it.id === id))
      .map(({ group }) => group)
  );
  const limit = Math.min(MAX_BODY, Math.floor(BODY_BUDGET / changes.length / 4));
  const texts = yield* mapWork(
    changes.entries(),
    ([at, change]) => changeHtml(change, at, report, limit),
  );
  const filters = checkFilters([
    ["Change", "change", [...new Set(changes.map(({ change }) => change))]],
    ["Group", "group", [...new Set(groups)]],
    ...report.pairs.length > 1
      ? [["Flow", "flow", [...new Set(changes.map(({ flow }) => flow))]] as const]
      : [],
  ]);
  return filters + texts.join("");
}

function documentsHtml({ comparison, pairs }: ComparisonReport): string {
  const hasFlows = pairs.length > 1;
  const rows = comparison.facts.map(({ flow, document, member, before, after }) =>
    (hasFlows ? cell(escapeHtml(flow)) : "") + cell(DOCUMENTS[document]) +
    cell(`<span class="mono">${escapeHtml(member ?? "WWW-Authenticate")}</span>`) +
    [before, after].map((it) => cell(escapeHtml(cut(valueText(it))))).join("")
  );
  return table([...hasFlows ? ["Flow"] : [], "Document", "Member", "Before", "After"], rows);
}

function auditsHtml({ pairs }: ComparisonReport): string {
  const rows = pairs.flatMap(({ flow, before, after }) =>
    ([["Before", before], ["After", after]] as const).map(([side, result]) =>
      cell(escapeHtml(flow)) + shortCell(side) + cell(escapeHtml(result.serverUrl)) +
      shortCell(escapeHtml(result.revision)) +
      shortCell(String(ofVerdict(result.checks, "failed").length)) +
      shortCell(String(ofVerdict(result.checks, "warning").length)) +
      shortCell(escapeHtml(result.startedAt.slice(0, 16).replace("T", " ")))
    )
  );
  return table(["Flow", "Audit", "Server", "Revision", "Failed", "Warnings", "Started"], rows);
}

function* pageWork(report: ComparisonReport): Work<PageParts> {
  const { before, after, comparison } = report;
  const { checks, facts, unmatched } = comparison;
  const isWorse = checks.some(({ change }) => change === "worse");
  const others = unmatched.map((flow) => `<li>${escapeHtml(flow)}</li>`).join("");
  const nothing = checks.length + facts.length + unmatched.length === 0
    ? "<p>The checks and the metadata of both audits are equal.</p>"
    : "";
  return {
    title: `Two audits: ${before}, ${after}`,
    header: `${pill(comparisonWords(comparison), isWorse ? "error" : "good")}` +
      `<h1>Two audits compared</h1><p class="sub">${escapeHtml(before)} → ${escapeHtml(after)}</p>`,
    main: nothing +
      section(`Checks (${counted(checks.length, "change")})`, yield* checksHtml(report), "checks") +
      section(`Metadata (${counted(facts.length, "change")})`, documentsHtml(report), "metadata") +
      section("Only on one side", others && `<ul class="notes">${others}</ul>`) +
      section("Audits", auditsHtml(report), "audits"),
    footer: LOADS_NOTHING,
  };
}

/** One HTML file that loads nothing from the network. */
export async function comparisonHtml(report: ComparisonReport): Promise<string> {
  return await pageHtml(await runWithPauses(pageWork(report)));
}
