/** Parts of pages: sections, tables, and the exchanges with their diagram. @module */

import { mapWork, type Work } from "../core/work.ts";
import { diagram } from "./diagram.ts";
import { exchangeHtml, isFailed } from "./exchange_html.ts";
import { STEP_NAMES } from "./labels.ts";
import { escapeHtml } from "../core/escape_html.ts";
import { MAX_TEXT } from "./html_text.ts";
import type { ExchangeModel, ReportEntry } from "./report_model.ts";

/** Characters of all bodies together: more would make browsers slow. */
const BODY_BUDGET = 8 * 1024 * 1024;

export function section(title: string, content: string, id?: string): string {
  if (content === "") return "";
  const attribute = id === undefined ? "" : ` id="${id}"`;
  return `<section${attribute}><h2>${escapeHtml(title)}</h2>${content}</section>`;
}

export function cell(content: string): string {
  return `<td>${content}</td>`;
}

export function shortCell(content: string): string {
  return `<td class="no-break">${content}</td>`;
}

export function table(heads: readonly string[], rows: readonly string[]): string {
  if (rows.length === 0) return "";
  const cells = heads.map((head) => `<th scope="col">${head}</th>`).join("");
  return `<div class="scroll" tabindex="0" role="group" aria-label="${heads.join(", ")}">` +
    `<table><thead><tr>${cells}</tr></thead><tbody>` +
    rows.map((row) => `<tr>${row}</tr>`).join("") + "</tbody></table></div>";
}

/** A scrollable region that keyboards and screen readers can reach. */
export function region(kind: string, label: string, content: string): string {
  return `<div class="${kind}" tabindex="0" role="region" aria-label="${label}">${content}</div>`;
}

function filtersHtml({ lanes, entries }: ExchangeModel): string {
  const option = (value: string, text: string) =>
    `<option value="${escapeHtml(value)}">${escapeHtml(text)}</option>`;
  const choice = (title: string, name: string, options: readonly string[]) =>
    `<label>${title} <select name="${name}">${option("", "all")}${
      options.join("")
    }</select></label>`;
  const toggle = (name: string, text: string, { length }: readonly ReportEntry[]) =>
    `<label><input type="checkbox" name="${name}"> ${text} (${length})</label>`;
  const button = (action: string, text: string) =>
    `<button type="button" data-do="${action}">${text}</button>`;
  const parties = lanes.flatMap(({ title, origin }, lane) =>
    origin === undefined ? [] : [option(String(lane), `${title} ${origin}`)]
  );
  const steps = [...new Set(entries.map(({ exchange }) => exchange.step))];
  return `<form class="filters" data-list="exchange" hidden aria-label="Filter the exchanges">` +
    choice("Party", "party", parties) +
    choice("Step", "step", steps.map((step) => option(step, STEP_NAMES[step]))) +
    toggle("findings", "Findings only", entries.filter(({ findings }) => findings.length > 0)) +
    toggle("failed", "Failures only", entries.filter(isFailed)) +
    button("all", "Show all") + button("open", "Open all") + button("close", "Close all") +
    "<output></output></form>";
}

export function* exchangesHtml(model: ExchangeModel): Work<string> {
  const { entries } = model;
  if (entries.length === 0) return "<p>No request was sent.</p>";
  const limit = Math.max(1000, Math.min(MAX_TEXT, Math.floor(BODY_BUDGET / entries.length / 2)));
  const exchanges = yield* mapWork(entries, (one) => exchangeHtml(one, model, limit));
  return filtersHtml(model) +
    `<div class="trace">${region("diagram", "Sequence diagram", diagram(model))}` +
    `<div class="exchanges">${exchanges.join("")}</div></div>`;
}
