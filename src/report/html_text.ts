/** Text in HTML. Everything a server wrote goes through here. @module */

import { parseJson } from "../core/json.ts";
import { escapeHtml } from "../core/escape_html.ts";

/** {@link escapeHtml} of each line. */
export function escapeHtmlLines(text: string): string {
  return text.split(/\r?\n/).map(escapeHtml).join("\n");
}

/**
 * Indents JSON if nothing but space changes: a repeated member would be lost. Deeply nested JSON is
 * unchanged, because each level would add more space.
 */
export function readableBody(body: string): string {
  const value = parseJson(body);
  return value !== undefined && JSON.stringify(value) === body.trim()
    ? JSON.stringify(value, null, 2)
    : body;
}

export const MAX_TEXT = 64 * 1024;

export function excerpt(text: string, limit: number = MAX_TEXT): string {
  return text.length <= limit
    ? text
    : `${text.slice(0, limit)}\n… (${text.length - limit} more characters are in the artifact)`;
}

export function shownValue(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value) ?? "";
}

export function definitionRow(name: string, value: unknown): string {
  return `<dt>${escapeHtml(excerpt(name))}</dt><dd>${escapeHtml(excerpt(shownValue(value)))}</dd>`;
}

export function definitionListOf(rows: readonly string[]): string {
  return rows.length === 0 ? "" : `<dl class="list">${rows.join("")}</dl>`;
}

/** Rows of names and values; a row without a value is left out. */
export function definitionList(
  rows: readonly (readonly [name: string, value: string | undefined])[],
): string {
  return definitionListOf(
    rows.flatMap(([name, value]) => value === undefined ? [] : [definitionRow(name, value)]),
  );
}

/** It can be scrolled by keyboard. */
export function pre(text: string, name: string): string {
  const label = escapeHtml(name);
  return `<pre tabindex="0" role="group" aria-label="${label}">${escapeHtmlLines(text)}</pre>`;
}

export function pill(text: string, kind: string): string {
  return `<span class="pill ${kind}">${escapeHtml(text)}</span>`;
}

export function exchangeLink(id: number): string {
  return `<a href="#exchange-${id}">exchange ${id}</a>`;
}
