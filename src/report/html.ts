/**
 * The report as one HTML file that asks for nothing from anywhere.
 *
 * @module
 */

import type { HeaderList } from "../core/exchange.ts";
import type { Finding } from "../core/finding.ts";
import { PAGES } from "../oauth/pages/mod.ts";
import type { Artifact } from "../trace/artifact.ts";
import { type Account, accountOf, type Told } from "./account.ts";
import { diagram, mood } from "./diagram.ts";
import { escaped, escapedLines, readableBody } from "./markup.ts";
import { SCRIPT, STYLE } from "./page_style.ts";

async function hashOf(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return `'sha256-${new Uint8Array(digest).toBase64()}'`;
}

async function policy(): Promise<string> {
  const [style, script] = await Promise.all([hashOf(STYLE), hashOf(SCRIPT)]);
  return `default-src 'none'; style-src ${style}; script-src ${script}; base-uri 'none'; ` +
    "form-action 'none'";
}

function list(rows: readonly (readonly [name: string, value: string | undefined])[]): string {
  const shown = rows.flatMap(([name, value]) =>
    value === undefined ? [] : [`<dt>${escaped(name)}</dt><dd>${escaped(value)}</dd>`]
  );
  return `<dl>${shown.join("")}</dl>`;
}

function findingHtml({ code, severity, message, remedy, reference }: Finding): string {
  const page = PAGES.get(code);
  return `<div class="finding ${escaped(severity)}"><strong>${escaped(severity)}: ` +
    `${escaped(code)}</strong><p>${escaped(message)}</p><p>${escaped(remedy)}</p>` +
    (page === undefined ? "" : `<p>${escaped(page.means)}</p>`) +
    `<p><small>${escaped(reference)}</small></p></div>`;
}

function pre(text: string): string {
  return `<pre tabindex="0">${escapedLines(text)}</pre>`;
}

function head(first: string, headers: HeaderList): string {
  return [first, ...headers.map(([name, value]) => `${name}: ${value}`)].join("\n");
}

function kindsOf(told: Told, { lanes }: Account): string {
  const kinds = [lanes[told.lane]?.kind ?? "as"];
  return [...kinds, ...told.findings.length > 0 || mood(told) === "error" ? ["findings"] : []]
    .join(" ");
}

function exchangeHtml(told: Told, account: Account): string {
  const { exchange: { id, step, request, response, fault, startedAt, durationMs }, findings } =
    told;
  const title = `${id}. ${request.method} ${request.url} → ${
    response === null ? "no answer" : `${response.status} ${response.statusText}`
  }`;
  const cut = response?.truncated ? "\n… (more was sent)" : "";
  return `<details id="exchange-${id}" data-exchange="${id}" data-kinds="${
    kindsOf(told, account)
  }"><summary>${escaped(title)}${findings.length === 0 ? "" : ` (findings: ${findings.length})`}` +
    `</summary>${findings.map(findingHtml).join("")}` +
    list([
      ["Step", step],
      ["Sent", startedAt],
      ["Took", `${Math.round(durationMs)} ms`],
      ["Expected", told.expected],
      ["Came", told.came],
    ]) +
    `<h3>Request</h3>${pre(head(`${request.method} ${request.url}`, request.headers))}` +
    (request.body === null ? "" : pre(readableBody(request.body))) +
    `<h3>Response</h3>` +
    (response === null
      ? pre(fault === null ? "none" : `${fault.code}: ${fault.message}`)
      : pre(head(`HTTP ${response.status} ${response.statusText}`, response.headers)) +
        (response.body === "" ? "" : pre(readableBody(response.body) + cut))) +
    `</details>`;
}

function stepRows({ steps }: Artifact): string {
  return steps.map(({ step, status, durationMs, detail }) =>
    `<tr><td>${escaped(step)}</td><td>${escaped(status)}</td><td>${
      durationMs === null ? "" : `${Math.round(durationMs)} ms`
    }</td><td>${escaped(detail ?? "")}</td></tr>`
  ).join("");
}

function shownValue(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value) ?? "";
}

function members(value: unknown): (readonly [string, string])[] {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return [];
  return Object.entries(value).map(([name, member]) => [name, shownValue(member)]);
}

function section(title: string, content: string): string {
  return content === "" ? "" : `<section><h2>${escaped(title)}</h2>${content}</section>`;
}

function outcomeHtml({ outcome }: Artifact): string {
  const { error, completed } = outcome;
  const said = completed ? "Completed" : `Failed: ${error?.message ?? "it did not complete"}`;
  return `<p class="outcome ${completed ? "good" : "error"}"><strong>${
    escaped(said)
  }</strong></p>` +
    (error === null
      ? ""
      : list([["Code", error.code], ["Remedy", error.remedy], ["Clause", error.reference]]));
}

const FILTERS = [["all", "All"], ["findings", "With findings"], ["mcp", "MCP server"], [
  "as",
  "Authorization server",
]];

/** The report of an artifact as a whole HTML document. */
export async function htmlReport(artifact: Artifact): Promise<string> {
  const account = accountOf(artifact);
  const { result } = artifact.outcome;
  const buttons = FILTERS.map(([filter, title]) =>
    `<button type="button" data-filter="${filter}" aria-pressed="${filter === "all"}">${title}` +
    `</button>`
  ).join("");
  const credentials = (result as { credentials?: unknown } | undefined)?.credentials;
  const others = members(result).filter(([name]) => name !== "credentials");
  return `<!doctype html>\n<html lang="en"><head><meta charset="utf-8">` +
    `<meta http-equiv="Content-Security-Policy" content="${await policy()}">` +
    `<meta name="viewport" content="width=device-width, initial-scale=1">` +
    `<meta name="referrer" content="no-referrer"><title>mcpass report: ${
      escaped(artifact.command.name)
    }</title><style>${STYLE}</style></head><body><header><h1>mcpass ${
      escaped(artifact.command.name)
    }</h1>${outcomeHtml(artifact)}${
      list([
        ["Written", artifact.generatedAt],
        ["By", `mcpass ${artifact.tool.version}, ${artifact.tool.runtime}`],
        ["On", `${artifact.environment.os} ${artifact.environment.arch}`],
      ])
    }</header><main>` +
    section(
      "Sequence",
      account.told.length === 0
        ? "<p>No request was sent.</p>"
        : `<div class="diagram" tabindex="0" role="region" aria-label="Diagram">${
          diagram(account)
        }</div>`,
    ) +
    section("Findings without an exchange", account.loose.map(findingHtml).join("")) +
    section(
      "Exchanges",
      account.told.length === 0 ? "" : `<div class="filters" role="group" aria-label="Filter">` +
        `${buttons}</div>${account.told.map((told) => exchangeHtml(told, account)).join("")}`,
    ) +
    section(
      "Steps",
      artifact.steps.length === 0
        ? ""
        : `<table><thead><tr><th scope="col">Step</th><th scope="col">Status</th><th scope="col">` +
          `Time</th><th scope="col">Found</th></tr></thead><tbody>${stepRows(artifact)}</tbody>` +
          `</table>`,
    ) +
    section("Result", others.length === 0 ? "" : list(others)) +
    section("Token (secrets are masked)", credentials ? list(members(credentials)) : "") +
    section("Options", list(members(artifact.command.options))) +
    section(
      "Notes",
      artifact.notes.length === 0
        ? ""
        : `<ul>${artifact.notes.map((note) => `<li>${escaped(note)}</li>`).join("")}</ul>`,
    ) +
    `</main><script>${SCRIPT}</script></body></html>\n`;
}
