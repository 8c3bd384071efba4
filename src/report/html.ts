import type { Finding, Severity } from "../core/finding.ts";
import { isObject, stringMember } from "../core/json.ts";
import { mapWork, runWithPauses, type Work } from "../core/work.ts";
import { counted, formatDuration } from "../core/quantities.ts";
import type { Artifact } from "../trace/artifact.ts";
import { findingHtml, tokenHtml } from "./exchange_html.ts";
import { compareWithRevision, type Comparison, revisionOf } from "./expectations.ts";
import { headline, STEP_NAMES } from "./labels.ts";
import { escapeHtml } from "../core/escape_html.ts";
import {
  definitionListOf,
  definitionRow,
  escapeHtmlLines,
  exchangeLink,
  pill,
  pre,
} from "./html_text.ts";
import { cell, exchangesHtml, region, section, shortCell, table } from "./html_parts.ts";
import { LOADS_NOTHING, pageHtml, type PageParts } from "./page.ts";
import { buildReportModel, type ReportModel } from "./report_model.ts";
import { timeline } from "./timeline.ts";

/** Nouns for counts, the worst severity first. */
const SEVERITIES: Readonly<Record<Severity, string>> = {
  error: "error",
  warning: "warning",
  info: "note",
};

const VERDICTS: Readonly<Record<Comparison["verdict"], readonly [text: string, kind: string]>> = {
  met: ["as expected", "good"],
  differs: ["differs", "error"],
  open: ["open", ""],
};

function findingCounts(findings: readonly Finding[]): string {
  const counts = Object.entries(SEVERITIES).flatMap(([wanted, noun]) => {
    const count = findings.filter(({ severity }) => severity === wanted).length;
    return count === 0 ? [] : [counted(count, noun)];
  });
  return counts.join(", ") || "none";
}

function headerHtml({ artifact, entries }: ReportModel): string {
  const { outcome: { completed, error, exitStatus, result }, findings, command } = artifact;
  const { rules, chosen } = revisionOf(artifact);
  const members = isObject(result) ? result : {};
  const ends = entries.map(({ offsetMs, exchange }) => offsetMs + exchange.durationMs);
  const facts = {
    "Server": stringMember(members, "serverUrl") ?? stringMember(command.options, "url"),
    "Revision": chosen ? rules.id : undefined,
    "Registration": stringMember(members, "registrationStrategy"),
    "Exchanges": String(entries.length),
    "Findings": findingCounts(findings),
    "Time": ends.length === 0 ? undefined : formatDuration(Math.max(...ends)),
    "Exit status": exitStatus === null ? undefined : String(exitStatus),
    "Written": artifact.generatedAt.replace(/T(\d\d:\d\d:\d\d)\.\d+Z$/, " $1 UTC"),
  };
  const cells = Object.entries(facts).map(([name, value]) =>
    value === undefined ? "" : `<div><dt>${name}</dt><dd>${escapeHtml(value)}</dd></div>`
  );
  const [word, kind] = completed
    ? ["completed", "good"]
    : error?.code === "cancelled"
    ? ["cancelled", "warning"]
    : ["failed", "error"];
  const about = escapeHtml([error?.code, error?.reference].filter(Boolean).join(" · "));
  return `${pill(word, kind)}<h1>mcpass ${escapeHtml(headline(artifact))}</h1>` +
    (error === null
      ? ""
      : `<p class="outcome">${escapeHtml(error.message)}</p><p class="sub">${about}</p>`) +
    (error?.remedy === undefined ? "" : `<div class="remedy"><strong>What to do</strong>\n` +
      `${escapeHtmlLines(error.remedy)}</div>`) +
    `<dl class="facts">${cells.join("")}</dl>`;
}

/** Pauses, because the document can be large. */
function* membersHtml(members: object): Work<string> {
  const rows = Object.entries(members);
  return definitionListOf(yield* mapWork(rows, ([name, value]) => definitionRow(name, value)));
}

function comparedHtml(artifact: Artifact): string {
  const rows = compareWithRevision(artifact).map((row) =>
    cell(escapeHtml(STEP_NAMES[row.step])) +
    cell(`${escapeHtml(row.expected)}<br><small>${escapeHtml(row.clause)}</small>`) +
    cell(escapeHtml(row.received)) + shortCell(pill(...VERDICTS[row.verdict])) +
    shortCell(row.exchange === undefined ? "" : exchangeLink(row.exchange))
  );
  return table(["Step", "Expected", "Received", "Verdict", "Where"], rows);
}

function* findingsHtml({ entries, unassigned }: ReportModel): Work<string> {
  const pinned = entries.flatMap(({ exchange: { id }, findings }) =>
    findings.map((finding) => ({ finding, place: exchangeLink(id) }))
  );
  const order = Object.keys(SEVERITIES);
  const sorted = [...pinned, ...unassigned.map((finding) => ({ finding, place: "" }))]
    .toSorted((a, b) => order.indexOf(a.finding.severity) - order.indexOf(b.finding.severity));
  const texts = yield* mapWork(sorted, ({ finding, place }) => findingHtml(finding, place));
  return texts.join("");
}

function stepsHtml({ steps }: Artifact): string {
  const kinds = new Map([["done", "good"], ["failed", "error"]]);
  const rows = steps.map(({ step, status, durationMs, detail }) =>
    cell(escapeHtml(STEP_NAMES[step])) + cell(pill(status, kinds.get(status) ?? "")) +
    shortCell(durationMs === null ? "" : formatDuration(durationMs)) +
    cell(escapeHtml(detail ?? ""))
  );
  return table(["Step", "Status", "Time", "Found"], rows);
}

function* tokensHtml({ tokens }: Artifact): Work<string> {
  if (tokens.length === 0) return "";
  const texts = yield* mapWork(tokens, (token) => tokenHtml(token, exchangeLink(token.exchange)));
  return "<p class=sub>Read from the tokens when they were received. No signature was verified, the tokens " +
    "themselves are not stored, and claims about a person are masked.</p>" + texts.join("");
}

function* htmlWork(artifact: Artifact): Work<PageParts> {
  const model = yield* buildReportModel(artifact);
  const { outcome, environment: { os, arch }, command, notes, tool } = artifact;
  const { credentials, ...result } = isObject(outcome.result) ? outcome.result : {};
  const stack = outcome.error?.stack;
  const { rules, chosen } = revisionOf(artifact);
  const revision = `${rules.id}${chosen ? "" : " (the command chose none)"}`;
  const times = model.entries.length === 0
    ? ""
    : region("times", "Timing", timeline(model.entries));
  const list = notes.map((note) => `<li>${escapeHtml(note)}</li>`).join("");
  const program = escapeHtml(`mcpass ${tool.version} (${tool.runtime}) on ${os} ${arch}`);
  return {
    title: `mcpass report: ${headline(artifact)}`,
    header: headerHtml(model),
    main: section("Findings", yield* findingsHtml(model), "findings") +
      section("Stack of the error", stack === undefined ? "" : pre(stack, "Stack"), "stack") +
      section(`Expected (MCP ${revision}) vs. received`, comparedHtml(artifact), "expected") +
      section("Exchanges", yield* exchangesHtml(model), "exchanges") +
      section("Timing", times, "timing") +
      section("Tokens", yield* tokensHtml(artifact), "tokens") +
      section("Steps", stepsHtml(artifact), "steps") +
      section(
        "Credentials (secrets are masked)",
        yield* membersHtml(isObject(credentials) ? credentials : {}),
      ) +
      section("Result", yield* membersHtml(result)) +
      section(
        "Command",
        yield* membersHtml({ command: `mcpass ${command.name}`, ...command.options }),
      ) +
      section("Notes", list && `<ul class="notes">${list}</ul>`),
    footer: `Written by ${program}. ${LOADS_NOTHING} In the diagram and the list the arrow keys ` +
      "move, Enter opens, Escape goes back to the diagram.",
  };
}

/** One HTML file that loads nothing from the network. */
export async function htmlReport(artifact: Artifact, signal?: AbortSignal): Promise<string> {
  return await pageHtml(await runWithPauses(htmlWork(artifact), signal));
}
