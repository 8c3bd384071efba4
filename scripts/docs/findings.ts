/**
 * The findings catalogue as one page of Markdown.
 *
 * @module
 */

import {
  NO_DEVIATION,
  notesByProduct,
  notesOfPage,
  type Page,
  type ProductNote,
} from "../../src/findings/mod.ts";
import { ALL_PAGES, ALL_TOPICS } from "../../src/findings/all_pages.ts";
import { specLinks } from "../../src/findings/spec_links.ts";
import { plain } from "./markdown.ts";

const anchor = (title: string) =>
  title.toLowerCase().replace(/[^a-z0-9 -]/g, "").replaceAll(" ", "-");

const noteText = ({ note, source }: ProductNote) =>
  plain(note) + (source === undefined ? "" : ` ([report](${source}))`);

function section(code: string, page: Page): string[] {
  const { title, meaning, example, serverFix, fix, workaround, spec } = page;
  const row = (label: string, text: string | undefined) =>
    text === undefined ? [] : [`- **${label}**: ${plain(text)}`];
  const links = spec === undefined
    ? []
    : specLinks(spec).map(({ clause, url }) => `[${plain(clause)}](${url})`);
  const rows = [
    `- **Example**: \`${example}\``,
    ...row("Fix on the server", serverFix),
    ...row(serverFix === undefined ? "Fix" : "Fix on your side", fix),
    ...row("Workaround", workaround),
    ...links.length === 0 ? [] : [`- **Spec**: ${links.join("; ")}`],
    ...notesOfPage(code, page).map(([names, note]) => `- ${plain(names)}: ${noteText(note)}`),
  ];
  return [`### ${code}`, `**${plain(title)}**`, plain(meaning), rows.join("\n")];
}

/** The page. */
export function findingsPage(): string {
  return [
    "# Findings and errors",
    "`deno task docs` writes this page from the catalogue that `mcpass explain` shows. Notes about " +
    "products were reported and may be fixed by now; mcpass does not special-case products.",
    ALL_TOPICS.map(([title]) => `- [${title}](#${anchor(title)})`).join("\n") +
    "\n- [By product](#by-product)",
    ...ALL_TOPICS.flatMap(([title, pages]) => [
      `## ${title}`,
      ...Object.entries(pages).flatMap(([code, page]) => section(code, page)),
    ]),
    "## By product",
    ...[...notesByProduct(ALL_PAGES)].flatMap(([name, notes]) => [
      `### ${plain(name)}`,
      notes.map((note) => `- [${note.code}](#${note.code}): ${noteText(note)}`).join("\n") ||
      NO_DEVIATION,
    ]),
    "",
  ].join("\n\n").replace(/\n+$/, "\n");
}
