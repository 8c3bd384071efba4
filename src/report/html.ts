/**
 * The report as one HTML file that asks for nothing from anywhere.
 *
 * @module
 */

import { isObject } from "../core/json.ts";
import type { Artifact } from "../trace/artifact.ts";
import { type Account, accountOf, type Told } from "./account.ts";
import { diagram } from "./diagram.ts";
import { exchangeHtml, failed, findingHtml, tokenHtml } from "./exchange_html.ts";
import { type Compared, compared, revisionOf } from "./expectations.ts";
import { headline } from "./headline.ts";
import { escaped, exchangeLink, list, members, pill, pre } from "./markup.ts";
import { SCRIPT } from "./page_script.ts";
import { STYLE } from "./page_style.ts";
import { timeline } from "./timeline.ts";
import { counted, stepName, took } from "./words.ts";

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
    : `<section${id === "" ? "" : ` id="${id}"`}><h2>${escaped(title)}</h2>${content}</section>`;
}

function table(heads: readonly string[], rows: readonly string[]): string {
  if (rows.length === 0) return "";
  const cells = heads.map((head) => `<th scope="col">${escaped(head)}</th>`).join("");
  return `<div class="scroll" tabindex="0" role="group" aria-label="${
    escaped(heads.join(", "))
  }">` +
    `<table><thead><tr>${cells}</tr></thead><tbody>${rows.join("")}</tbody></table></div>`;
}

function wholeTime(told: readonly Told[]): string | undefined {
  if (told.length === 0) return undefined;
  return took(told.reduce(
    (last, { offsetMs, exchange }) => Math.max(last, offsetMs + exchange.durationMs),
    -Infinity,
  ));
}

function headerHtml({ artifact, told }: Account): string {
  const { outcome: { completed, error, exitStatus, result }, findings, command } = artifact;
  const of = (severity: string) => findings.filter((it) => it.severity === severity).length;
  const { rules, chosen } = revisionOf(artifact);
  const known = isObject(result) ? result : {};
  const text = (value: unknown) => typeof value === "string" ? value : undefined;
  const facts: readonly (readonly [string, string | undefined])[] = [
    ["Server", text(known["serverUrl"]) ?? text(command.options["url"])],
    ["Revision", chosen ? rules.id : undefined],
    ["Registration", text(known["registrationStrategy"])],
    ["Exchanges", String(told.length)],
    [
      "Findings",
      findings.length === 0
        ? "none"
        : [[of("error"), "error"], [of("warning"), "warning"], [of("info"), "remark"]]
          .filter(([count]) => count !== 0)
          .map(([count, what]) => counted(Number(count), String(what))).join(", "),
    ],
    ["Time", wholeTime(told)],
    ["Exit status", exitStatus === null ? undefined : String(exitStatus)],
    ["Written", artifact.generatedAt.replace(/T(\d\d:\d\d:\d\d)\.\d+Z$/, " $1 UTC")],
  ];
  const cells = facts.flatMap(([name, value]) =>
    value === undefined ? [] : [`<div><dt>${name}</dt><dd>${escaped(value)}</dd></div>`]
  );
  const [word, kind] = completed
    ? ["completed", "good"]
    : error?.code === "cancelled"
    ? ["cancelled", "warning"]
    : ["failed", "error"];
  return `<header>${pill(word, kind)}<h1>mcpass ${escaped(headline(artifact))}</h1>` +
    (error === null
      ? ""
      : `<p class="outcome">${escaped(error.message)}</p><p class="sub">${
        escaped([error.code, error.reference].filter(Boolean).join(" · "))
      }</p>`) +
    (error?.remedy === undefined
      ? ""
      : `<div class="remedy"><strong>What to do</strong>\n${
        error.remedy.split("\n").map(escaped).join("\n")
      }</div>`) +
    `<dl class="facts">${cells.join("")}</dl></header>`;
}

const VERDICTS: Readonly<Record<Compared["verdict"], readonly [string, string]>> = {
  met: ["as expected", "good"],
  differs: ["differs", "error"],
  open: ["open", ""],
};

function comparedHtml(artifact: Artifact): string {
  const rows = compared(artifact).map(({ step, expected, clause, came, verdict, exchange }) =>
    `<tr><td>${escaped(stepName(step))}</td><td>${escaped(expected)}<br><small>${
      escaped(clause)
    }</small></td><td>${escaped(came)}</td><td class="no-break">${
      pill(...VERDICTS[verdict])
    }</td>` +
    `<td class="no-break">${exchange === undefined ? "" : exchangeLink(exchange)}</td></tr>`
  );
  return table(["Step", "Expected", "Came", "Verdict", "Where"], rows);
}

function option(value: string, text: string): string {
  return `<option value="${escaped(value)}">${escaped(text)}</option>`;
}

function filtersHtml({ lanes, told }: Account): string {
  const parties = lanes.flatMap(({ title, origin, kind }, lane) =>
    kind === "person" || kind === "client" ? [] : [option(String(lane), `${title} ${origin ?? ""}`)]
  );
  const steps = [...new Set(told.map(({ exchange }) => exchange.step))]
    .map((step) => option(step, stepName(step)));
  const count = (test: (one: Told) => boolean) => told.filter(test).length;
  const toggle = (name: string, text: string) =>
    `<label><input type="checkbox" name="${name}"> ${escaped(text)}</label>`;
  return `<form class="filters" hidden aria-label="Filter the exchanges">` +
    `<label>Party <select name="party">${option("", "all")}${parties.join("")}</select></label>` +
    `<label>Step <select name="step">${option("", "all")}${steps.join("")}</select></label>` +
    toggle("findings", `Findings only (${count(({ findings }) => findings.length > 0)})`) +
    toggle("failed", `Failures only (${count(failed)})`) +
    `<button type="button" data-do="all">Show all</button>` +
    `<button type="button" data-do="open">Open all</button>` +
    `<button type="button" data-do="close">Close all</button><output></output></form>`;
}

function exchangesHtml(account: Account): string {
  const { told } = account;
  if (told.length === 0) return "<p>No request was sent.</p>";
  const most = Math.max(1000, Math.min(64 * 1024, Math.floor(BODY_BUDGET / told.length / 2)));
  return filtersHtml(account) + `<div class="trace"><div class="diagram" tabindex="0" ` +
    `role="region" aria-label="Sequence diagram">${diagram(account)}</div><div class="told">${
      told.map((one) => exchangeHtml(one, account, most)).join("")
    }</div></div>`;
}

function findingsHtml({ told, loose }: Account): string {
  const pinned = told.flatMap(({ exchange: { id }, findings }) =>
    findings.map((finding) => [finding, exchangeLink(id)] as const)
  );
  return [...pinned, ...loose.map((finding) => [finding, ""] as const)]
    .toSorted(([a], [b]) => ORDER.indexOf(a.severity) - ORDER.indexOf(b.severity))
    .map(([finding, place]) => findingHtml(finding, place)).join("");
}

const ORDER = ["error", "warning", "info"];

function stepsHtml({ steps }: Artifact): string {
  const kinds = new Map([["done", "good"], ["failed", "error"]]);
  const rows = steps.map(({ step, status, durationMs, detail }) =>
    `<tr><td>${escaped(stepName(step))}</td><td>${pill(status, kinds.get(status) ?? "")}</td>` +
    `<td class="no-break">${durationMs === null ? "" : took(durationMs)}</td><td>${
      escaped(detail ?? "")
    }</td></tr>`
  );
  return table(["Step", "Status", "Time", "Found"], rows);
}

function tokensHtml({ tokens }: Artifact): string {
  if (tokens.length === 0) return "";
  return "<p class=sub>Read from the tokens when they came. No signature was verified, the tokens " +
    "themselves are not kept, and claims about a person are masked.</p>" +
    tokens.map((token) => tokenHtml(token, exchangeLink(token.exchange))).join("");
}

/** The report of an artifact as a whole HTML document. */
export async function htmlReport(artifact: Artifact): Promise<string> {
  const account = accountOf(artifact);
  const { outcome: { result, error }, environment, command, notes, tool } = artifact;
  const stack = error?.stack;
  const credentials = (result as { credentials?: unknown } | undefined)?.credentials;
  const { rules, chosen } = revisionOf(artifact);
  const revision = `${rules.id}${chosen ? "" : " (the command chose none)"}`;
  return `<!doctype html>\n<html lang="en"><head><meta charset="utf-8">` +
    `<meta http-equiv="Content-Security-Policy" content="${await policy()}">` +
    `<meta name="viewport" content="width=device-width, initial-scale=1">` +
    `<meta name="referrer" content="no-referrer"><title>mcpass report: ${
      escaped(headline(artifact))
    }</title><style>${STYLE}</style></head><body>${headerHtml(account)}<main>` +
    section("Findings", findingsHtml(account), "findings") +
    section("Stack of the error", stack === undefined ? "" : pre(stack, "Stack"), "stack") +
    section(`Expected by ${revision}, and what came`, comparedHtml(artifact), "expected") +
    section("Exchanges", exchangesHtml(account), "exchanges") +
    section(
      "Timing",
      account.told.length === 0
        ? ""
        : `<div class="times" tabindex="0" role="region" aria-label="Timing">${
          timeline(account.told)
        }</div>`,
      "timing",
    ) +
    section("Tokens", tokensHtml(artifact), "tokens") +
    section("Steps", stepsHtml(artifact), "steps") +
    section("Credentials (secrets are masked)", credentials ? list(members(credentials)) : "") +
    section("Result", list(members(result).filter(([name]) => name !== "credentials"))) +
    section("Command", list([["command", `mcpass ${command.name}`], ...members(command.options)])) +
    section(
      "Notes",
      notes.length === 0
        ? ""
        : `<ul class="notes">${notes.map((note) => `<li>${escaped(note)}</li>`).join("")}</ul>`,
    ) +
    `</main><footer>Written by mcpass ${escaped(tool.version)} (${escaped(tool.runtime)}) on ${
      escaped(`${environment.os} ${environment.arch}`)
    }. ` +
    `This file asks for nothing from the network; secrets are masked, each as a fingerprint. In the ` +
    `diagram and the list the arrow keys move, Enter opens, Escape goes back to the diagram.</footer>` +
    `<script>${SCRIPT}</script></body></html>\n`;
}
