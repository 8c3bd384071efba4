/**
 * The report as Markdown, for a bug tracker: the answer first, and no longer than an issue may be.
 * @module
 */

import { countedOrNo, formatDuration } from "../core/quantities.ts";
import { mapPieces, type Pieces } from "../core/pieces.ts";
import type { HeaderList } from "../core/exchange.ts";
import type { Finding } from "../core/finding.ts";
import type { Artifact } from "../trace/artifact.ts";
import { buildReportModel, type ReportEntry, type ReportModel } from "./report_model.ts";
import { compareWithRevision, revisionOf } from "./expectations.ts";
import { headline } from "./headline.ts";
import { escapeHtml, readableBody } from "./html_text.ts";
import { cell, codeBlock, plain } from "./markdown_text.ts";
import { stepName } from "./format.ts";

/** Characters that an issue may have, with room for what a person adds: GitHub takes 65536. */
const BUDGET = 58_000;

/** Characters of a body that are shown: the most with which everything fits. */
const BODIES = [4000, 1500, 500, 150, 0];

function shortened(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most)}… (${text.length - most} more)`;
}

function findingText({ severity, code, message, remedy, reference }: Finding): string {
  return `- **${severity}: ${plain(code)}** ${plain(message)}\n` +
    `  Fix: ${plain(remedy.replaceAll("\n", " "))} (${plain(reference)})`;
}

function headerLines(headers: HeaderList): string[] {
  return headers.map(([name, value]) => shortened(`${name}: ${value}`, 400));
}

function bodyLines(body: string, most: number, truncated = false): string[] {
  if (body === "") return [];
  if (most === 0) return ["", `(a body of ${body.length} characters, left out)`];
  return [
    "",
    shortened(readableBody(body), most),
    ...truncated ? ["… (more was sent)"] : [],
  ];
}

function exchangeText(
  { exchange, findings, expected, received }: ReportEntry,
  most: number,
): string {
  const { id, step, request, response, fault, durationMs } = exchange;
  const url = shortened(request.url, 1000);
  const sent = [
    `${request.method} ${url}`,
    ...headerLines(request.headers),
    ...bodyLines(request.body ?? "", most),
  ];
  const answer = response === null
    ? [fault === null ? "no answer" : `no answer: ${fault.code}: ${fault.message}`]
    : [
      `HTTP ${response.status} ${response.statusText}`.trim(),
      ...headerLines(response.headers),
      ...bodyLines(response.body, most, response.truncated),
    ];
  return [
    `<details><summary>${id}. ${stepName(step)}: <code>${
      escapeHtml(shortened(`${request.method} ${request.url}`, 200))
    }</code>: ${response?.status ?? "no answer"}, ${formatDuration(durationMs)}${
      findings.length === 0 ? "" : `, ${countedOrNo(findings.length, "finding")}`
    }</summary>`,
    "",
    `Expected: ${plain(expected)}. Received: ${plain(shortened(received, 500))}.`,
    "",
    codeBlock(sent.join("\n")),
    "",
    codeBlock(answer.join("\n")),
    "",
    "</details>",
    "",
  ].join("\n");
}

function differences(artifact: Artifact): string[] {
  const rows = compareWithRevision(artifact).filter(({ verdict }) => verdict === "differs");
  if (rows.length === 0) return [];
  const { rules } = revisionOf(artifact);
  return [
    `### What differs from ${rules.id}`,
    "",
    "| Step | Expected | Received | Clause |",
    "| --- | --- | --- | --- |",
    ...rows.map(({ step, expected, received, clause }) =>
      `| ${[stepName(step), expected, received, clause].map(cell).join(" | ")} |`
    ),
    "",
  ];
}

function summary({ artifact, entries }: ReportModel): string {
  const { outcome: { error }, command, tool, environment, steps, findings } = artifact;
  const asked = command.options["url"];
  return [
    `## mcpass ${plain(headline(artifact))}`,
    "",
    ...error === null ? [] : [
      `**${plain(error.code)}**: ${plain(shortened(error.message, 2000))}`,
      "",
      ...error.remedy === undefined
        ? []
        : [`**What to do**: ${plain(error.remedy.replaceAll("\n", " "))}`, ""],
      ...error.reference === undefined ? [] : [`Clause: ${plain(error.reference)}`, ""],
      ...error.stack === undefined
        ? []
        : ["Stack:", "", codeBlock(shortened(error.stack, 4000)), ""],
    ],
    ...typeof asked === "string" ? [`Server: ${plain(`"${shortened(asked, 500)}"`)}`, ""] : [],
    ...findings.length === 0
      ? []
      : ["### Findings", "", ...findings.slice(0, 30).map(findingText), ""],
    ...findings.length > 30 ? [`and ${findings.length - 30} more`, ""] : [],
    ...differences(artifact),
    "### Steps",
    "",
    "| Step | Status | Time | Found |",
    "| --- | --- | --- | --- |",
    ...steps.map(({ step, status, durationMs, detail }) =>
      `| ${stepName(step)} | ${status} | ${
        durationMs === null ? "" : formatDuration(durationMs)
      } | ${cell(shortened(detail ?? "", 300))} |`
    ),
    "",
    `${countedOrNo(entries.length, "exchange")}; mcpass ${plain(tool.version)}, ${
      plain(tool.runtime)
    }, ` +
    `${plain(environment.os)} ${plain(environment.arch)}, ${plain(artifact.generatedAt)}. ` +
    "Secrets are masked.",
    "",
  ].join("\n");
}

/** As many exchanges as fit; of those that do not, the ones without a finding go first. */
function* exchangesText(entries: readonly ReportEntry[], room: number): Pieces<string> {
  if (entries.length === 0) return "";
  const head = "\n### Exchanges\n\n";
  const size = (texts: readonly string[]) => texts.reduce((sum, it) => sum + it.length + 1, 0);
  for (const most of BODIES) {
    const texts = yield* mapPieces(entries, (one) => exchangeText(one, most));
    if (size(texts) + head.length <= room) return head + texts.join("\n");
  }
  const kept = new Set<ReportEntry>();
  let left = room - head.length - 100;
  const worstFirst = entries.toSorted((a, b) =>
    Number(b.outcome !== "good") - Number(a.outcome !== "good")
  );
  for (const one of worstFirst) {
    const length = exchangeText(one, 0).length + 1;
    yield;
    if (length > left) continue;
    left -= length;
    kept.add(one);
  }
  const missing = entries.length - kept.size;
  const texts = entries.filter((one) => kept.has(one)).map((one) => exchangeText(one, 0));
  return `${head}${texts.join("\n")}\n${
    countedOrNo(missing, "more exchange")
  } did not fit; the artifact has them.\n`;
}

export function* markdownReport(artifact: Artifact): Pieces<string> {
  const model = yield* buildReportModel(artifact);
  const first = shortened(summary(model), BUDGET);
  return first + (yield* exchangesText(model.entries, BUDGET - first.length));
}
