import { documentText } from "../../terminal/json_text.ts";
import { usageFailure } from "../../../core/failure.ts";
import { quoted } from "../../../core/text.ts";
import { explainBodyError } from "../../../oauth/token/error_meaning.ts";
import {
  NO_DEVIATION,
  notesByProduct,
  notesLike,
  notesOfPage,
  type Page,
  PAGE_TOPICS,
  PAGES,
  type Pages,
  type ProductNote,
  searchPages,
} from "../../../findings/mod.ts";
import { specLinks } from "../../../findings/spec_links.ts";
import { nearest } from "../../../core/edit_distance.ts";
import { RESULT_FLAGS } from "../../args/common_flags.ts";
import type { Command, RequiredOption } from "../../command/command.ts";
import { flagGroup, toggle } from "../../command/flag.ts";
import { wrap } from "../../terminal/layout.ts";
import { type Style, styleFor } from "../../terminal/style.ts";

const EXPLAIN_FLAGS = {
  ...flagGroup("Catalogue:", { list: toggle("list all codes and products") }),
  ...RESULT_FLAGS,
};

type CodePage = readonly [code: string, page: Page];

interface Catalogue {
  readonly topics: readonly (readonly [title: string, pages: Pages])[];
  readonly pages: ReadonlyMap<string, Page>;
}

/** The pages of audit checks are loaded unless the word is the code of another page. */
async function loadCatalogue(word: string | undefined): Promise<Catalogue> {
  if (word !== undefined && PAGES.has(word.toLowerCase())) {
    return { topics: PAGE_TOPICS, pages: PAGES };
  }
  const { ALL_PAGES, ALL_TOPICS } = await import("../../../findings/all_pages.ts");
  return { topics: ALL_TOPICS, pages: ALL_PAGES };
}

/** A page for an error code of the OAuth standards, which the catalogue does not have. */
function standardError(code: string): Page | undefined {
  const found = explainBodyError({ error: code });
  if (found === undefined || found.reference === "RFC 6749 §8.5") return undefined;
  return {
    title: found.meaning,
    meaning: "An error code of the OAuth standards. A server sends it in the body of a response, " +
      "in a redirect, or in a challenge; error_description often says more.",
    example: `{"error": "${code}"}, error=${code}, or WWW-Authenticate: Bearer error="${code}"`,
    fix: `${found.remedy}.`,
    spec: found.reference,
  };
}

/** The pages for a code, a short code of an exchange, an error of the standards, or words of a page. */
function findPages(word: string, all: Catalogue["pages"]): readonly CodePage[] {
  const typed = word.trim().toLowerCase().replaceAll(/[- ]+/g, "_");
  const special = typed === "body_too_large" ? "response_too_large" : typed;
  for (const code of [typed, `network_${typed}`, special]) {
    const page = all.get(code);
    if (page !== undefined) return [[code, page]];
  }
  const standard = standardError(typed);
  if (standard !== undefined) return [[typed, standard]];
  const found = searchPages(word, all);
  if (found.length > 0) return found;
  const suggestion = nearest(typed, [...all.keys()]);
  throw usageFailure(
    "unknown_code",
    `there is no page for the code or product ${quoted(word, 60)}`,
    suggestion === undefined
      ? "See all codes and products\n  mcpass explain --list"
      : `Did you mean ${suggestion}?\n  mcpass explain ${suggestion}`,
  );
}

/** Each code with its title on one line; a terminal cuts what does not fit. */
function codeLines(rows: readonly CodePage[], width: number | undefined): string[] {
  const column = Math.max(...rows.map(([code]) => code.length)) + 2;
  return rows.map(([code, { title }]) => {
    const line = `  ${code.padEnd(column)}${title}`;
    return width === undefined || line.length <= width ? line : `${line.slice(0, width - 1)}…`;
  });
}

const noteLines = (label: string, { note, source }: ProductNote, width: number) => [
  ...wrap(`${label}${note}`, width, "  ", "    "),
  ...source === undefined ? [] : [`    ${source}`],
];

function productText(products: ReturnType<typeof notesLike>, width: number, style: Style): string {
  const caution = "As reported; may be fixed by now. mcpass does not special-case products.";
  return [
    ...products.flatMap(([product, notes]) => [
      style.bold(product),
      ...notes.length === 0 ? [`  ${NO_DEVIATION}`] : notes.flatMap((note) => [
        `  ${note.code}`,
        ...noteLines("", note, width - 2).map((line) => `  ${line}`),
      ]),
      "",
    ]),
    ...wrap(caution, width).map(style.dim),
    "",
  ].join("\n");
}

function listText(
  { topics, pages }: Catalogue,
  width: number | undefined,
  style: Style,
): string {
  const codes = topics.flatMap(([topic, ofTopic]) => [
    style.bold(topic),
    ...codeLines(Object.entries<Page>(ofTopic), width),
    "",
  ]);
  const products = wrap([...notesByProduct(pages).keys()].join(", "), width ?? 80, "  ");
  return [...codes, style.bold("Products"), ...products, ""].join("\n");
}

function foundText(
  word: string,
  found: readonly CodePage[],
  width: number | undefined,
  style: Style,
): string {
  const heading = style.bold(`Pages with ${quoted(word, 60)}`);
  const hint = `Show one: mcpass explain ${found[0]?.[0]}`;
  return [heading, ...codeLines(found, width), "", style.dim(hint), ""].join("\n");
}

const topicOf = (code: string, { topics }: Catalogue): string =>
  topics.find(([, pages]) => Object.hasOwn(pages, code))?.[0] ?? "Errors of the standards";

function specLines(spec: string, width: number): string[] {
  return specLinks(spec).flatMap(({ clause, url }) => {
    const line = `  ${clause}: ${url}`;
    return line.length <= width ? [line] : [...wrap(`${clause}:`, width, "  "), `    ${url}`];
  });
}

function pageText(
  [code, page]: CodePage,
  catalogue: Catalogue,
  width: number,
  style: Style,
): string {
  const { meaning, example, serverFix, fix, workaround, spec } = page;
  const section = (label: string, text: string | undefined) =>
    text === undefined ? [] : [style.bold(label), ...wrap(text, width, "  "), ""];
  const products = notesOfPage(code, page).flatMap(([names, note]) =>
    noteLines(`${names}: `, note, width)
  );
  return [
    ...wrap(`${code}: ${page.title}`, width).map(style.bold),
    style.dim(topicOf(code, catalogue)),
    "",
    ...section("Meaning", meaning),
    ...section("Example", example),
    ...section("Fix on the server", serverFix),
    ...section(serverFix === undefined ? "Fix" : "Fix on your side", fix),
    ...section("Workaround", workaround),
    ...spec === undefined ? [] : [style.bold("Spec"), ...specLines(spec, width), ""],
    ...products.length === 0
      ? []
      : [style.bold("Products (as reported; may be fixed by now)"), ...products, ""],
  ].join("\n");
}

type PageDocument = ReturnType<typeof pageDocument>;

export interface ExplainDocument {
  readonly completed: boolean;
  readonly page?: PageDocument;
  readonly pages?: readonly PageDocument[];
  readonly products?: readonly {
    readonly product: string;
    readonly notes: readonly ProductNote[];
  }[];
}

function pageDocument([code, page]: CodePage, catalogue: Catalogue) {
  const { title, meaning, example, serverFix, fix, workaround, spec } = page;
  return {
    code,
    topic: topicOf(code, catalogue),
    ...{ title, meaning, example, serverFix, fix, workaround, spec },
    links: spec === undefined ? [] : specLinks(spec),
    products: notesOfPage(code, page).map(([product, { note, source }]) => {
      return { product, note, source };
    }),
  };
}

const REQUIRED_CODE: RequiredOption<typeof EXPLAIN_FLAGS> = {
  operand: "<code>",
  missing: ({ list }, [word]) => word === undefined && !list,
  message: "Which code?",
  reason: "Give a code, or use --list for all of them",
  async offer() {
    const { pages } = await loadCatalogue(undefined);
    return [...pages].map(([value, { title }]) => ({ value, hint: title }));
  },
  search: true,
};

export const EXPLAIN_COMMAND: Command<typeof EXPLAIN_FLAGS> = {
  name: "explain",
  summary: "Explain the code of an error or a finding: meaning, example, fix, specification",
  operands: "[code, product or words]",
  operandChoices: async () => [...(await loadCatalogue(undefined)).pages.keys()],
  examples: [
    ["a code that a command has shown", "mcpass explain pkce_not_advertised"],
    ["an error of the OAuth standards", "mcpass explain invalid_target"],
    ["words of a page", "mcpass explain pkce"],
    ["what was reported about a product", "mcpass explain keycloak"],
    ["all codes and products", "mcpass explain --list"],
  ],
  flags: EXPLAIN_FLAGS,
  requiredOptions: [REQUIRED_CODE],
  async run(invocation, { runtime: { io, env }, format }) {
    const { operands } = invocation;
    const word = operands.length === 0 ? undefined : operands.join(" ");
    const width = io.stdoutIsTerminal ? Math.min(io.columns(), 100) : 80;
    const lineWidth = io.stdoutIsTerminal ? io.columns() : undefined;
    const style = styleFor(io.stdoutIsTerminal, env, invocation.options.noColor);
    const write = (document: Omit<ExplainDocument, "completed">, text: () => string) =>
      io.out(format === "json" ? documentText({ completed: true, ...document }) : text());
    const catalogue = await loadCatalogue(word);
    const { pages } = catalogue;
    const isCode = word !== undefined && pages.has(word.toLowerCase());
    const products = word === undefined || isCode ? [] : notesLike(word, pages);
    const found = word === undefined || products.length > 0 ? [...pages] : findPages(word, pages);
    const [first] = found;
    if (products.length > 0) {
      const documents = products.map(([product, notes]) => ({ product, notes }));
      write({ products: documents }, () => productText(products, width, style));
    } else if (found.length === 1 && first !== undefined) {
      write(
        { page: pageDocument(first, catalogue) },
        () => pageText(first, catalogue, width, style),
      );
    } else {
      write(
        { pages: found.map((it) => pageDocument(it, catalogue)) },
        () =>
          word === undefined
            ? listText(catalogue, lineWidth, style)
            : foundText(word, found, lineWidth, style),
      );
    }
    return 0;
  },
};
