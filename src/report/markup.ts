/**
 * Text in HTML. Everything a server wrote goes through here.
 *
 * @module
 */

import { printable } from "../core/text.ts";

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Text as HTML, in an element or in a quoted attribute; controls become visible. */
export function escaped(text: string): string {
  return printable(text).replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
}

/** Text with its line breaks, for a `pre`. */
export function escapedLines(text: string): string {
  return text.split(/\r?\n/).map(escaped).join("\n");
}

/**
 * A body for reading: JSON is indented where that changes nothing but space (a repeated member
 * would be lost), everything else stays as it is.
 */
export function readableBody(body: string): string {
  try {
    const value = JSON.parse(body);
    return JSON.stringify(value) === body.trim() ? JSON.stringify(value, null, 2) : body;
  } catch {
    return body;
  }
}
