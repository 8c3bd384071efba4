/**
 * The findings catalogue as one page of Markdown.
 *
 * @module
 */

import { type Page, TOPICS } from "../../src/findings/mod.ts";
import { notesByProduct } from "../../src/findings/products.ts";
import { plain } from "./markdown.ts";

const anchor = (title: string) =>
  title.toLowerCase().replace(/[^a-z0-9 -]/g, "").replaceAll(" ", "-");

function section(code: string, page: Page): string[] {
  const rows = [
    ...page.clause === undefined ? [] : [`- Clause: ${plain(page.clause)}`],
    `- Looks like: ${plain(page.looks)}`,
    `- Change: ${plain(page.change)}`,
    `- Meanwhile: ${plain(page.meanwhile)}`,
    ...(page.products ?? []).map(([name, note]) => `- ${plain(name)}: ${plain(note)}`),
  ];
  return [`### ${code}`, `**${plain(page.title)}**`, plain(page.means), rows.join("\n")];
}

/** The page. */
export function findingsPage(): string {
  return [
    "# Findings and errors",
    "This page is made by `deno task docs` from the table that `mcpass explain` and the heads of " +
    "failures are made from. What is said of products was reported of them, and each may have been " +
    "mended since: mcpass goes by what a server does, never by its name.",
    TOPICS.map(([title]) => `- [${title}](#${anchor(title)})`).join("\n") +
    "\n- [By product](#by-product)",
    ...TOPICS.flatMap(([title, pages]) => [
      `## ${title}`,
      ...Object.entries(pages).flatMap(([code, page]) => section(code, page)),
    ]),
    "## By product",
    ...[...notesByProduct()].flatMap(([name, notes]) => [
      `### ${plain(name)}`,
      notes.map(([code, note]) => `- [${code}](#${code}): ${plain(note)}`).join("\n"),
    ]),
    "",
  ].join("\n\n").replace(/\n+$/, "\n");
}
