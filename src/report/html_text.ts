/** Text in HTML. Everything a server wrote goes through here. @module */

import { parseJson } from "../core/json.ts";
import { printable } from "../core/text.ts";

const ENTITIES = new Map([
  ["&", "&amp;"],
  ["<", "&lt;"],
  [">", "&gt;"],
  ['"', "&quot;"],
  ["'", "&#39;"],
]);

/** Text as HTML, in an element or in a quoted attribute; controls become visible. */
export function escapeHtml(text: string): string {
  return printable(text).replace(/[&<>"']/g, (character) => ENTITIES.get(character) ?? character);
}

/** Text with its line breaks, for a `pre`. */
export function escapeHtmlLines(text: string): string {
  return text.split(/\r?\n/).map(escapeHtml).join("\n");
}

/**
 * A body for reading: JSON is indented where that changes nothing but space (a repeated member
 * would be lost), everything else stays as it is. What is nested too deep would grow with every level.
 */
export function readableBody(body: string): string {
  const value = parseJson(body);
  return value !== undefined && JSON.stringify(value) === body.trim()
    ? JSON.stringify(value, null, 2)
    : body;
}

/** Characters of a text that a page shows. */
export const LONGEST_TEXT = 64 * 1024;

/** The first characters of a text, and how many more the artifact has. */
export function excerpt(text: string, most: number = LONGEST_TEXT): string {
  return text.length <= most
    ? text
    : `${text.slice(0, most)}\n… (${text.length - most} more characters are in the artifact)`;
}

export function definitionRow(name: string, value: string): string {
  return `<dt>${escapeHtml(excerpt(name))}</dt><dd>${escapeHtml(excerpt(value))}</dd>`;
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

/** A text whose lines and spaces are kept; it can be scrolled by keyboard. */
export function pre(text: string, name: string): string {
  return `<pre tabindex="0" role="group" aria-label="${escapeHtml(name)}">${
    escapeHtmlLines(text)
  }</pre>`;
}

export function pill(text: string, kind: string): string {
  return `<span class="pill ${kind}">${escapeHtml(text)}</span>`;
}

export function exchangeLink(id: number): string {
  return `<a href="#exchange-${id}">exchange ${id}</a>`;
}

export function shownValue(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value) ?? "";
}

export function memberRows(value: unknown): (readonly [string, string])[] {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return [];
  return Object.entries(value).map(([name, member]) => [name, shownValue(member)]);
}
