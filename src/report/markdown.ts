/** The report as Markdown, short enough for an issue in a bug tracker. @module */

import type { Finding } from "../core/finding.ts";
import { adviceOf, fixTexts } from "../core/remedy.ts";
import { mapWork, type Work } from "../core/work.ts";
import { counted, countedOrNo, formatDuration } from "../core/quantities.ts";
import type { Artifact } from "../trace/artifact.ts";
import { compareWithRevision, revisionOf } from "./expectations.ts";
import { headline, STEP_NAMES } from "./labels.ts";
import { escapeHtml } from "../core/escape_html.ts";
import { readableBody } from "./html_text.ts";
import { codeBlock, codeSpan, escapeMarkdown, escapeTableCell } from "./markdown_text.ts";
import {
  buildReportModel,
  type Message,
  type ReportEntry,
  type ReportModel,
} from "./report_model.ts";

/** GitHub accepts 65536 characters; the rest is for what a person adds. */
const BUDGET = 58_000;

/** Limits for the characters of a body: the first with which the report fits is used. */
const BODY_LIMITS = [4000, 1500, 500, 150, 0];

const MAX_FINDINGS = 30;

function shorten(text: string, limit: number): string {
  return text.length <= limit ? text : `${text.slice(0, limit)}… (${text.length - limit} more)`;
}

function paragraphs(texts: readonly (string | undefined)[]): string {
  return `${texts.filter(Boolean).join("\n\n")}\n`;
}

function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  return [heads, heads.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`)
    .join("\n");
}

/** A list with what each party changes, and the commands. */
function remedyList(remedy: string, indent = ""): string {
  const { fixes, try: command } = adviceOf(remedy);
  const texts = fixTexts(fixes).flatMap((text, at) => [
    `Fix: ${escapeMarkdown(text)}`,
    ...(fixes[at]?.commands ?? []).map(codeSpan),
  ]);
  const rows = command === undefined ? texts : [...texts, `Try: ${codeSpan(command)}`];
  return rows.map((row) => `${indent}- ${row}`).join("\n");
}

function findingText({ severity, code, message, remedy, reference }: Finding): string {
  return `- **${severity}: ${escapeMarkdown(code)}** ${escapeMarkdown(message)} ` +
    `(${escapeMarkdown(reference)})\n${remedyList(remedy, "  ")}`;
}

function messageBlock(first: string, { headers, body, truncated }: Message, limit: number): string {
  const lines = [first];
  for (const [name, value] of headers) lines.push(shorten(`${name}: ${value}`, 400));
  if (body && limit === 0) lines.push("", `(a body of ${body.length} characters, omitted)`);
  if (body && limit > 0) lines.push("", shorten(readableBody(body), limit));
  if (body && limit > 0 && truncated) lines.push("… (more was sent)");
  return codeBlock(lines.join("\n"));
}

function exchangeText(
  { exchange, findings, expected, received }: ReportEntry,
  limit: number,
): string {
  const { id, step, request, response, fault, durationMs } = exchange;
  const requestLine = escapeHtml(shorten(`${request.method} ${request.url}`, 200));
  const status = response?.status ?? "no response";
  const count = findings.length === 0 ? "" : `, ${counted(findings.length, "finding")}`;
  return paragraphs([
    `<details><summary>${id}. ${STEP_NAMES[step]}: <code>${requestLine}</code>: ${status}, ` +
    `${formatDuration(durationMs)}${count}</summary>`,
    `Expected: ${escapeMarkdown(expected)}. Received: ${escapeMarkdown(shorten(received, 500))}.`,
    messageBlock(`${request.method} ${shorten(request.url, 1000)}`, request, limit),
    response === null
      ? codeBlock(fault === null ? "no response" : `no response: ${fault.code}: ${fault.message}`)
      : messageBlock(`HTTP ${response.status} ${response.statusText}`.trim(), response, limit),
    "</details>",
  ]);
}

function differences(artifact: Artifact): string[] {
  const rows = compareWithRevision(artifact).filter(({ verdict }) => verdict === "differs");
  if (rows.length === 0) return [];
  return [
    `### What differs from ${revisionOf(artifact).rules.id}`,
    table(
      ["Step", "Expected", "Received", "Clause"],
      rows.map(({ step, expected, received, clause }) =>
        [STEP_NAMES[step], expected, received, clause].map(escapeTableCell)
      ),
    ),
  ];
}

function errorParagraphs(
  { code, message, remedy, reference, stack }: NonNullable<Artifact["outcome"]["error"]>,
): (string | undefined)[] {
  return [
    `**${escapeMarkdown(code)}**: ${escapeMarkdown(shorten(message, 2000))}`,
    remedy && remedyList(remedy),
    reference && `Clause: ${escapeMarkdown(reference)}`,
    ...stack === undefined ? [] : ["Stack:", codeBlock(shorten(stack, 4000))],
  ];
}

function summary({ artifact, entries }: ReportModel): string {
  const { outcome: { error }, command, tool, environment, steps, findings } = artifact;
  const url = command.options["url"];
  const shown = findings.slice(0, MAX_FINDINGS);
  return paragraphs([
    `## mcpass ${escapeMarkdown(headline(artifact))}`,
    ...error === null ? [] : errorParagraphs(error),
    typeof url === "string" ? `Server: ${escapeMarkdown(`"${shorten(url, 500)}"`)}` : undefined,
    ...findings.length === 0 ? [] : ["### Findings", shown.map(findingText).join("\n")],
    findings.length > shown.length ? `and ${findings.length - shown.length} more` : undefined,
    ...differences(artifact),
    ...steps.length === 0 ? [] : [
      "### Steps",
      table(
        ["Step", "Status", "Time", "Found"],
        steps.map(({ step, status, durationMs, detail = "" }) => [
          STEP_NAMES[step],
          status,
          durationMs === null ? "" : formatDuration(durationMs),
          escapeTableCell(shorten(detail, 300)),
        ]),
      ),
    ],
    `${countedOrNo(entries.length, "exchange")}; mcpass ` +
    [tool.version, tool.runtime, `${environment.os} ${environment.arch}`, artifact.generatedAt]
      .map(escapeMarkdown).join(", ") +
    ". Secrets are masked.",
  ]);
}

/** As many exchanges as fit; those with a fault have priority. */
function* exchangesText(entries: readonly ReportEntry[], room: number): Work<string> {
  if (entries.length === 0) return "";
  const head = "\n### Exchanges\n\n";
  let left = room - head.length;
  let texts: { readonly text: string; readonly isGood: boolean }[] = [];
  for (const limit of BODY_LIMITS) {
    texts = yield* mapWork(entries, (entry) => ({
      text: exchangeText(entry, limit),
      isGood: entry.outcome === "good",
    }));
    if (texts.reduce((sum, { text }) => sum + text.length + 1, 0) <= left) {
      return head + texts.map(({ text }) => text).join("\n");
    }
  }
  left -= 100;
  const fitting = new Set<object>();
  for (const it of texts.toSorted((a, b) => Number(a.isGood) - Number(b.isGood))) {
    if (it.text.length >= left) continue;
    left -= it.text.length + 1;
    fitting.add(it);
  }
  const shown = texts.filter((it) => fitting.has(it)).map(({ text }) => text);
  const missing = counted(entries.length - shown.length, "more exchange");
  return `${head}${shown.join("\n")}\n${missing} did not fit; the artifact has them.\n`;
}

export function* markdownReport(artifact: Artifact): Work<string> {
  const model = yield* buildReportModel(artifact);
  const first = shorten(summary(model), BUDGET);
  return first + (yield* exchangesText(model.entries, BUDGET - first.length));
}
