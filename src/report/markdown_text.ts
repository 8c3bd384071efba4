/** Text from servers in Markdown, without markup, links, mentions or references. @module */

import { printable } from "../core/text.ts";

/** Issue trackers turn these and a word into references: people, issues, labels, milestones. */
const REFERENCES = "@#!$%^~&";

const SPECIAL = /[&<>\\`*_{}[\]#+!|~@$%^]|:(?=\/\/)|\b(?:www|mailto|xmpp)(?=[.:])|\bGH(?=-\d)/gi;

const ENTITIES = new Map([["&", "&amp;"], ["<", "&lt;"], [">", "&gt;"]]);

/** A zero-width space, so that a tracker finds no reference in the rendered text. */
const BREAK = "&#8203;";

function escapeText(text: string): string {
  return text.replace(SPECIAL, (special, at: number) => {
    const shown = ENTITIES.get(special) ??
      (/^[\\`*_{}[\]#+!|~]$/.test(special) ? `\\${special}` : special);
    const next = text[at + special.length] ?? "";
    const refers = special.length > 1 || special === ":" ||
      REFERENCES.includes(special) && /\w/.test(next);
    return refers ? shown + BREAK : shown;
  });
}

function longestTicks(text: string): number {
  return text.matchAll(/`+/g).reduce((longest, [ticks]) => Math.max(longest, ticks.length), 0);
}

export function codeSpan(text: string): string {
  const safe = printable(text);
  if (safe.trim() === "") return "";
  const longest = longestTicks(safe);
  const fence = "`".repeat(longest + 1);
  return longest === 0 ? fence + safe + fence : `${fence} ${safe} ${fence}`;
}

/** Text of mcpass that may quote a server: what is in quotes becomes code. */
export function escapeMarkdown(text: string): string {
  return printable(text).split(/"([^"]*)"/).map((piece, at) => {
    if (at % 2 === 0) return escapeText(piece);
    const code = codeSpan(piece);
    return code === "" ? `"${piece}"` : `"${code}"`;
  }).join("");
}

/** {@link escapeMarkdown} in a cell of a table, where a bar ends even code. */
export function escapeTableCell(text: string): string {
  return escapeMarkdown(text).replace(
    /\\+\|?|\|/g,
    (found) => found.endsWith("|") && found.length % 2 === 1 ? `${found.slice(0, -1)}\\|` : found,
  );
}

/** The fence is longer than any in the text. */
export function codeBlock(text: string): string {
  const lines = text.split(/\r?\n/).map((line) => printable(line));
  const longest = Math.max(2, longestTicks(text));
  const fence = "`".repeat(longest + 1);
  return `${fence}text\n${lines.join("\n")}\n${fence}`;
}
