/** The report as one HTML file that asks for nothing from anywhere. @module */

import { countedOrNo, formatDuration } from "../core/quantities.ts";
import { mapPieces, type Pieces, runInPieces } from "../core/pieces.ts";
import { isObject } from "../core/json.ts";
import type { Artifact } from "../trace/artifact.ts";
import { buildReportModel, type ReportEntry, type ReportModel } from "./report_model.ts";
import { diagram } from "./diagram.ts";
import { exchangeHtml, failed, findingHtml, tokenHtml } from "./exchange_html.ts";
import { compareWithRevision, type Comparison, revisionOf } from "./expectations.ts";
import { headline } from "./headline.ts";
import {
  definitionListOf,
  definitionRow,
  escapeHtml,
  exchangeLink,
  LONGEST_TEXT,
  memberRows,
  pill,
  pre,
} from "./html_text.ts";
import { SCRIPT } from "./page_script.ts";
import { STYLE } from "./page_style.ts";
import { timeline } from "./timeline.ts";
import { stepName } from "./format.ts";

/** Characters of all bodies together that a page shows; a browser has to carry them. */
const BODY_BUDGET = 8 * 1024 * 1024;

async function hashOf(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return `'sha256-${new Uint8Array(digest).toBase64()}'`;
}

async function policy(): Promise<string> {
  const [style, script] = await Promise.all([hashOf(STYLE), hashOf(SCRIPT)]);
  return `default-src 'none'; style-src ${style}; script-src ${script}; base-uri 'none'; ` +
    "form-action 'none'";
}

function section(title: string, content: string, id = ""): string {
  return content === ""
    ? ""
    : `<section${id === "" ? "" : ` id="${id}"`}><h2>${escapeHtml(title)}</h2>${content}</section>`;
}

function table(heads: readonly string[], rows: readonly string[]): string {
  if (rows.length === 0) return "";
  const cells = heads.map((head) => `<th scope="col">${escapeHtml(head)}</th>`).join("");
  return `<div class="scroll" tabindex="0" role="group" aria-label="${
    escapeHtml(heads.join(", "))
  }">` +
    `<table><thead><tr>${cells}</tr></thead><tbody>${rows.join("")}</tbody></table></div>`;
}

function totalDuration(entries: readonly ReportEntry[]): string | undefined {
  if (entries.length === 0) return undefined;
  return formatDuration(entries.reduce(
    (last, { offsetMs, exchange }) => Math.max(last, offsetMs + exchange.durationMs),
    -Infinity,
  ));
}

function headerHtml({ artifact, entries }: ReportModel): string {
  const { outcome: { completed, error, exitStatus, result }, findings, command } = artifact;
  const of = (severity: string) => findings.filter((it) => it.severity === severity).length;
  const { rules, chosen } = revisionOf(artifact);
  const known = isObject(result) ? result : {};
  const text = (value: unknown) => typeof value === "string" ? value : undefined;
  const facts: readonly (readonly [string, string | undefined])[] = [
    ["Server", text(known["serverUrl"]) ?? text(command.options["url"])],
    ["Revision", chosen ? rules.id : undefined],
    ["Registration", text(known["registrationStrategy"])],
    ["Exchanges", String(entries.length)],
    [
      "Findings",
      findings.length === 0
        ? "none"
        : [[of("error"), "error"], [of("warning"), "warning"], [of("info"), "note"]]
          .filter(([count]) => count !== 0)
          .map(([count, what]) => countedOrNo(Number(count), String(what))).join(", "),
    ],
    ["Time", totalDuration(entries)],
    ["Exit status", exitStatus === null ? undefined : String(exitStatus)],
    ["Written", artifact.generatedAt.replace(/T(\d\d:\d\d:\d\d)\.\d+Z$/, " $1 UTC")],
  ];
  const cells = facts.flatMap(([name, value]) =>
    value === undefined ? [] : [`<div><dt>${name}</dt><dd>${escapeHtml(value)}</dd></div>`]
  );
  const [word, kind] = completed
    ? ["completed", "good"]
    : error?.code === "cancelled"
    ? ["cancelled", "warning"]
    : ["failed", "error"];
  return `<header>${pill(word, kind)}<h1>mcpass ${escapeHtml(headline(artifact))}</h1>` +
    (error === null
      ? ""
      : `<p class="outcome">${escapeHtml(error.message)}</p><p class="sub">${
        escapeHtml([error.code, error.reference].filter(Boolean).join(" · "))
      }</p>`) +
    (error?.remedy === undefined
      ? ""
      : `<div class="remedy"><strong>What to do</strong>\n${
        error.remedy.split("\n").map(escapeHtml).join("\n")
      }</div>`) +
    `<dl class="facts">${cells.join("")}</dl></header>`;
}

const VERDICTS: Readonly<Record<Comparison["verdict"], readonly [string, string]>> = {
  met: ["as expected", "good"],
  differs: ["differs", "error"],
  open: ["open", ""],
};

/** A list of the members of a document of any size. */
function* membersHtml(rows: readonly (readonly [string, string])[]): Pieces<string> {
  return definitionListOf(yield* mapPieces(rows, ([name, value]) => definitionRow(name, value)));
}

function comparedHtml(artifact: Artifact): string {
  const rows = compareWithRevision(artifact).map((
    { step, expected, clause, received, verdict, exchange },
  ) =>
    `<tr><td>${escapeHtml(stepName(step))}</td><td>${escapeHtml(expected)}<br><small>${
      escapeHtml(clause)
    }</small></td><td>${escapeHtml(received)}</td><td class="no-break">${
      pill(...VERDICTS[verdict])
    }</td>` +
    `<td class="no-break">${exchange === undefined ? "" : exchangeLink(exchange)}</td></tr>`
  );
  return table(["Step", "Expected", "Received", "Verdict", "Where"], rows);
}

function option(value: string, text: string): string {
  return `<option value="${escapeHtml(value)}">${escapeHtml(text)}</option>`;
}

function filtersHtml({ lanes, entries }: ReportModel): string {
  const parties = lanes.flatMap(({ title, origin, kind }, lane) =>
    kind === "person" || kind === "client" ? [] : [option(String(lane), `${title} ${origin ?? ""}`)]
  );
  const steps = [...new Set(entries.map(({ exchange }) => exchange.step))]
    .map((step) => option(step, stepName(step)));
  const count = (test: (one: ReportEntry) => boolean) => entries.filter(test).length;
  const toggle = (name: string, text: string) =>
    `<label><input type="checkbox" name="${name}"> ${escapeHtml(text)}</label>`;
  return `<form class="filters" hidden aria-label="Filter the exchanges">` +
    `<label>Party <select name="party">${option("", "all")}${parties.join("")}</select></label>` +
    `<label>Step <select name="step">${option("", "all")}${steps.join("")}</select></label>` +
    toggle("findings", `Findings only (${count(({ findings }) => findings.length > 0)})`) +
    toggle("failed", `Failures only (${count(failed)})`) +
    `<button type="button" data-do="all">Show all</button>` +
    `<button type="button" data-do="open">Open all</button>` +
    `<button type="button" data-do="close">Close all</button><output></output></form>`;
}

function* exchangesHtml(model: ReportModel): Pieces<string> {
  const { entries } = model;
  if (entries.length === 0) return "<p>No request was sent.</p>";
  const most = Math.max(1000, Math.min(LONGEST_TEXT, Math.floor(BODY_BUDGET / entries.length / 2)));
  return filtersHtml(model) + `<div class="trace"><div class="diagram" tabindex="0" ` +
    `role="region" aria-label="Sequence diagram">${diagram(model)}</div><div class="exchanges">${
      (yield* mapPieces(entries, (one) => exchangeHtml(one, model, most))).join("")
    }</div></div>`;
}

function* findingsHtml({ entries, unassigned }: ReportModel): Pieces<string> {
  const pinned = entries.flatMap(({ exchange: { id }, findings }) =>
    findings.map((finding) => [finding, exchangeLink(id)] as const)
  );
  const sorted = [...pinned, ...unassigned.map((finding) => [finding, ""] as const)]
    .toSorted(([a], [b]) => ORDER.indexOf(a.severity) - ORDER.indexOf(b.severity));
  return (yield* mapPieces(sorted, ([finding, place]) => findingHtml(finding, place))).join("");
}

const ORDER = ["error", "warning", "info"];

function stepsHtml({ steps }: Artifact): string {
  const kinds = new Map([["done", "good"], ["failed", "error"]]);
  const rows = steps.map(({ step, status, durationMs, detail }) =>
    `<tr><td>${escapeHtml(stepName(step))}</td><td>${pill(status, kinds.get(status) ?? "")}</td>` +
    `<td class="no-break">${durationMs === null ? "" : formatDuration(durationMs)}</td><td>${
      escapeHtml(detail ?? "")
    }</td></tr>`
  );
  return table(["Step", "Status", "Time", "Found"], rows);
}

function* tokensHtml({ tokens }: Artifact): Pieces<string> {
  if (tokens.length === 0) return "";
  return "<p class=sub>Read from the tokens when they received. No signature was verified, the tokens " +
    "themselves are not kept, and claims about a person are masked.</p>" +
    (yield* mapPieces(tokens, (token) => tokenHtml(token, exchangeLink(token.exchange)))).join("");
}

/** The report of an artifact as a complete HTML document. */
export async function htmlReport(artifact: Artifact, signal?: AbortSignal): Promise<string> {
  return await runInPieces(htmlPieces(artifact, await policy()), signal);
}

function* htmlPieces(artifact: Artifact, policy: string): Pieces<string> {
  const model = yield* buildReportModel(artifact);
  const { outcome: { result, error }, environment, command, notes, tool } = artifact;
  const stack = error?.stack;
  const credentials = (result as { credentials?: unknown } | undefined)?.credentials;
  const { rules, chosen } = revisionOf(artifact);
  const revision = `${rules.id}${chosen ? "" : " (the command chose none)"}`;
  return `<!doctype html>\n<html lang="en"><head><meta charset="utf-8">` +
    `<meta http-equiv="Content-Security-Policy" content="${policy}">` +
    `<meta name="viewport" content="width=device-width, initial-scale=1">` +
    `<meta name="referrer" content="no-referrer"><title>mcpass report: ${
      escapeHtml(headline(artifact))
    }</title><style>${STYLE}</style></head><body>${headerHtml(model)}<main>` +
    section("Findings", yield* findingsHtml(model), "findings") +
    section("Stack of the error", stack === undefined ? "" : pre(stack, "Stack"), "stack") +
    section(`Expected (MCP ${revision}) vs. received`, comparedHtml(artifact), "expected") +
    section("Exchanges", yield* exchangesHtml(model), "exchanges") +
    section(
      "Timing",
      model.entries.length === 0
        ? ""
        : `<div class="times" tabindex="0" role="region" aria-label="Timing">${
          timeline(model.entries)
        }</div>`,
      "timing",
    ) +
    section("Tokens", yield* tokensHtml(artifact), "tokens") +
    section("Steps", stepsHtml(artifact), "steps") +
    section(
      "Credentials (secrets are masked)",
      credentials ? yield* membersHtml(memberRows(credentials)) : "",
    ) +
    section(
      "Result",
      yield* membersHtml(memberRows(result).filter(([name]) => name !== "credentials")),
    ) +
    section(
      "Command",
      yield* membersHtml([["command", `mcpass ${command.name}`], ...memberRows(command.options)]),
    ) +
    section(
      "Notes",
      notes.length === 0
        ? ""
        : `<ul class="notes">${notes.map((note) => `<li>${escapeHtml(note)}</li>`).join("")}</ul>`,
    ) +
    `</main><footer>Written by mcpass ${escapeHtml(tool.version)} (${
      escapeHtml(tool.runtime)
    }) on ${escapeHtml(`${environment.os} ${environment.arch}`)}. ` +
    `This file asks for nothing from the network; secrets are masked, each as a fingerprint. In the ` +
    `diagram and the list the arrow keys move, Enter opens, Escape goes back to the diagram.</footer>` +
    `<script>${SCRIPT}</script></body></html>\n`;
}
