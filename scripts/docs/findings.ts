/**
 * The findings catalogue as one page of Markdown.
 *
 * @module
 */

import { NO_DEVIATION, notesByProduct, type Page, PAGE_TOPICS } from "../../src/findings/mod.ts";
import { plain } from "./markdown.ts";

const anchor = (title: string) =>
  title.toLowerCase().replace(/[^a-z0-9 -]/g, "").replaceAll(" ", "-");

function section(code: string, page: Page): string[] {
  const rows = [
    ...page.clause === undefined ? [] : [`- Spec: ${plain(page.clause)}`],
    `- Example: ${plain(page.looks)}`,
    ...page.change === undefined ? [] : [`- Fix (server): ${plain(page.change)}`],
    `- ${page.change === undefined ? "Fix" : "Workaround"}: ${plain(page.meanwhile)}`,
    ...Object.entries(page.products ?? {}).map(([name, note]) =>
      `- ${plain(name)}: ${plain(note)}`
    ),
  ];
  const means = page.means === undefined ? [] : [plain(page.means)];
  return [`### ${code}`, `**${plain(page.title)}**`, ...means, rows.join("\n")];
}

/** The page. */
export function findingsPage(): string {
  return [
    "# Findings and errors",
    "`deno task docs` writes this page from the catalogue that `mcpass explain` shows. Notes about " +
    "products were reported and may be fixed by now; mcpass does not special-case products.",
    PAGE_TOPICS.map(([title]) => `- [${title}](#${anchor(title)})`).join("\n") +
    "\n- [By product](#by-product)",
    ...PAGE_TOPICS.flatMap(([title, pages]) => [
      `## ${title}`,
      ...Object.entries(pages).flatMap(([code, page]) => section(code, page)),
    ]),
    "## By product",
    ...[...notesByProduct()].flatMap(([name, notes]) => [
      `### ${plain(name)}`,
      notes.map(([code, note]) => `- [${code}](#${code}): ${plain(note)}`).join("\n") ||
      NO_DEVIATION,
    ]),
    "",
  ].join("\n\n").replace(/\n+$/, "\n");
}
