/** An audit as one HTML file: checks with their evidence, pinned to the exchanges. @module */

import type { CheckResult } from "../../audit/context/verdict.ts";
import { VERDICTS } from "../../audit/context/verdict.ts";
import type { AuditResult } from "../../audit/run/audit_result.ts";
import type { Exchange } from "../../core/exchange.ts";
import type { Finding } from "../../core/finding.ts";
import { escapeHtml } from "../../core/escape_html.ts";
import { counted } from "../../core/quantities.ts";
import { runWithPauses, type Work } from "../../core/work.ts";
import { exchangesHtml, section, table } from "../html_parts.ts";
import { escapeHtmlLines, exchangeLink, pill } from "../html_text.ts";
import { LOADS_NOTHING, pageHtml, type PageParts } from "../page.ts";
import { buildExchangeModel } from "../report_model.ts";
import {
  type AuditReport,
  byFault,
  cut,
  faultTitle,
  ofVerdict,
  type ReportedFlow,
  verdictWords,
} from "./audit_report.ts";
import { checkFilters, VERDICT_KINDS } from "./check_parts.ts";

/** Deviations as findings, for the exchanges of their evidence. */
function findingsAt(result: AuditResult): (exchange: number) => readonly Finding[] {
  const pinned = new Map<number, Finding[]>();
  const stepOf = new Map(result.exchanges.map((it): [number, Exchange] => [it.id, it]));
  for (
    const check of [...ofVerdict(result.checks, "failed"), ...ofVerdict(result.checks, "warning")]
  ) {
    for (const id of check.evidence) {
      const step = stepOf.get(id)?.step;
      if (step === undefined) continue;
      const finding: Finding = {
        code: check.id,
        severity: check.verdict === "failed" ? "error" : "warning",
        step,
        message: check.message,
        remedy: check.remedy ?? "",
        reference: check.clause ?? "",
      };
      pinned.set(id, [...pinned.get(id) ?? [], finding]);
    }
  }
  return (id) => pinned.get(id) ?? [];
}

/** Where the checks and exchanges of a flow are on the page. */
interface PagePart {
  readonly flow: ReportedFlow;
  /** Begins the ids of its elements. */
  readonly prefix: string;
  /** Ids of the exchanges that are on the page. */
  readonly shown: ReadonlySet<number>;
}

function checkHtml(
  check: CheckResult,
  others: readonly CheckResult[],
  { flow: { expected }, prefix, shown }: PagePart,
): string {
  const { id, group, verdict, reason, remedy, clause, attacker, evidence } = check;
  const message = cut(check.message);
  const isExpected = expected?.has(id) === true;
  const title = faultTitle(check, others);
  const links = evidence.map((it) => shown.has(it) ? exchangeLink(it) : `exchange ${it}`).join(" ");
  const also = others.map((it) =>
    `<p><span class="mono">${escapeHtml(it.id)}</span> ${escapeHtml(cut(it.message))}</p>`
  ).join("");
  const why = reason === null ? "" : ` (${reason})`;
  const about = [clause, attacker === null ? null : `attacker ${attacker} (RFC 9700 §3)`]
    .filter((it) => it !== null).join(" · ");
  return `<details class="check" id="${prefix}check-${id}" data-check="${id}" data-verdict="${verdict}" ` +
    `data-group="${group}"><summary>${pill(verdict, VERDICT_KINDS[verdict])}` +
    `${isExpected ? pill("expected", "") : ""}<span class="mono">${escapeHtml(id)}</span>` +
    `<span class="what">${escapeHtml(title)}</span></summary><div class="inside">` +
    `<p><strong>${escapeHtml(message + why)}</strong></p>` +
    (also === "" ? "" : `<h3>Same fault</h3>${also}`) +
    (remedy === null ? "" : `<p>${escapeHtmlLines(cut(remedy)).replaceAll("\n", "<br>")}</p>`) +
    (links === "" ? "" : `<p>Exchanges: ${links}</p>`) +
    (about === "" ? "" : `<p><small>${escapeHtml(about)}</small></p>`) + "</div></details>";
}

/** Failed checks with one fault are one entry. */
function checksHtml(part: PagePart): string {
  const { checks } = part.flow.result;
  const sorted = VERDICTS.flatMap((verdict) => ofVerdict(checks, verdict));
  const filters = checkFilters([
    ["Verdict", "verdict", [...new Set(sorted.map(({ verdict }) => verdict))]],
    ["Group", "group", [...new Set(checks.map(({ group }) => group))]],
  ]);
  return filters +
    byFault(sorted).map(([first, ...others]) => checkHtml(first, others, part)).join("");
}

function factsHtml({ result }: ReportedFlow): string {
  const { serverUrl, revision, counts, requests, removal, startedAt, catalogueVersion } = result;
  const facts = {
    "Server": serverUrl,
    "Revision": revision,
    ...Object.fromEntries(VERDICTS.map((verdict) => [verdict, String(counts[verdict])])),
    "Requests": String(requests),
    "Clients registered": `${removal.clients.registered}, ${removal.clients.removed} removed`,
    "Catalogue": String(catalogueVersion),
    "Started": startedAt.replace(/T(\d\d:\d\d:\d\d)\.\d+Z$/, " $1 UTC"),
  };
  return `<dl class="facts">${
    Object.entries(facts).map(([name, value]) =>
      `<div><dt>${escapeHtml(name)}</dt><dd>${escapeHtml(value)}</dd></div>`
    ).join("")
  }</dl>`;
}

function leftHtml({ result: { removal } }: ReportedFlow): string {
  const rows = removal.left.map(({ what, why }) =>
    `<td>${escapeHtml(what)}</td><td>${escapeHtml(why)}</td>`
  );
  return table(["Client or token", "Reason"], rows);
}

function* flowHtml(flow: ReportedFlow, at: number, isOnly: boolean): Work<string> {
  const { label, result } = flow;
  // With several flows the numbers of exchanges would repeat.
  const shown = new Set(isOnly ? result.exchanges.map(({ id }) => id) : []);
  const part = { flow, prefix: isOnly ? "" : `flow-${at + 1}-`, shown };
  const model = yield* buildExchangeModel(result.exchanges, findingsAt(result));
  const heading = isOnly ? "" : `<h2>${escapeHtml(label)}: ${verdictWords(result)}</h2>`;
  return heading + factsHtml(flow) +
    section("Checks", checksHtml(part), isOnly ? "checks" : undefined) +
    section("Not removed", leftHtml(flow)) +
    (isOnly ? section("Exchanges", yield* exchangesHtml(model), "exchanges") : "");
}

function* pageWork({ name, flows }: AuditReport): Work<PageParts> {
  const [first] = flows;
  const isOnly = flows.length === 1;
  const failed = flows.filter(({ result }) => result.verdict === "not_conformant").length;
  const incomplete = flows.some(({ result }) => result.verdict === "incomplete");
  const kind = failed > 0 ? "error" : incomplete ? "warning" : "good";
  const words = isOnly && first !== undefined
    ? verdictWords(first.result)
    : `${counted(failed, "server")} of ${flows.length} not conformant`;
  const title = `OAuth conformance: ${isOnly && first !== undefined ? first.label : name}`;
  const parts: string[] = [];
  for (const [at, flow] of flows.entries()) parts.push(yield* flowHtml(flow, at, isOnly));
  return {
    title,
    header: `${pill(words, kind)}<h1>${escapeHtml(title)}</h1>`,
    main: parts.join(""),
    footer: LOADS_NOTHING,
  };
}

/** One HTML file that loads nothing from the network. */
export async function htmlText(report: AuditReport): Promise<string> {
  return await pageHtml(await runWithPauses(pageWork(report)));
}
