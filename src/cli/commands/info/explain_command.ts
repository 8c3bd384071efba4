import { usageFailure } from "../../../core/failure.ts";
import { quoted } from "../../../core/text.ts";
import { explainBodyError } from "../../../oauth/token/error_meaning.ts";
import {
  NO_DEVIATION,
  notesByProduct,
  notesLike,
  type Page,
  PAGE_TOPICS,
  PAGES,
  type ProductNote,
} from "../../../findings/mod.ts";
import { nearest } from "../../../core/edit_distance.ts";
import { RESULT_FLAGS } from "../../args/common_flags.ts";
import { singleOperand } from "../../args/parse_command.ts";
import type { Command, RequiredOption } from "../../command/command.ts";
import { flagGroup, toggle } from "../../command/flag.ts";
import { jsonText } from "../../terminal/json_text.ts";
import { type Field, fields, wrap } from "../../terminal/layout.ts";
import { type Style, styleFor } from "../../terminal/style.ts";

const EXPLAIN_FLAGS = {
  ...flagGroup("Catalogue:", { list: toggle("name every code") }),
  ...RESULT_FLAGS,
};

/** A page for an error code of the OAuth standards, which the catalogue does not have. */
function standardError(code: string): Page | undefined {
  const found = explainBodyError({ error: code });
  if (found === undefined || found.reference === "RFC 6749 §8.5") return undefined;
  return {
    title: found.meaning,
    clause: found.reference,
    looks: `{"error": "${code}"} in a body, error=${code} in a redirect, or error="${code}" in a ` +
      "challenge",
    change: `${found.remedy}.`,
    meanwhile: "See the other findings, and error_description in the response.",
  };
}

/** Also finds a network error by its short code, as in an exchange. */
function findPage(word: string): readonly [code: string, page: Page] {
  const typed = word.toLowerCase().replaceAll("-", "_");
  const special = typed === "body_too_large" ? "response_too_large" : typed;
  for (const code of [typed, `network_${typed}`, special]) {
    const page = PAGES.get(code);
    if (page !== undefined) return [code, page];
  }
  const standard = standardError(typed);
  if (standard !== undefined) return [typed, standard];
  const suggestion = nearest(typed, [...PAGES.keys()]);
  const hint = suggestion === undefined ? "" : `Did you mean ${suggestion}? `;
  const message = `there is no page for the code or product ${quoted(word, 60)}`;
  const remedy = `${hint}mcpass explain --list names every code, and every product with notes`;
  throw usageFailure("unknown_code", message, remedy);
}

function codesText(
  heading: string,
  rows: readonly ProductNote[],
  width: number,
  style: Style,
  shade = (line: string) => line,
): string[] {
  const lines = rows.flatMap(([code, text]) => [
    `  ${code}`,
    ...wrap(text, width, "      ").map(shade),
  ]);
  return [style.bold(heading), ...lines, ""];
}

function productText(products: ReturnType<typeof notesLike>, width: number, style: Style): string {
  const caution = "As reported; may be fixed by now. mcpass does not special-case products.";
  return [
    ...products.flatMap(([product, notes]) =>
      notes.length > 0
        ? codesText(product, notes, width, style)
        : [style.bold(product), `  ${NO_DEVIATION}`, ""]
    ),
    ...wrap(caution, width).map(style.dim),
    "",
  ].join("\n");
}

function listText(width: number, style: Style): string {
  const codes = PAGE_TOPICS.flatMap(([topic, pages]) => {
    const rows = Object.entries(pages).map(([code, { title }]) => [code, title] as const);
    return codesText(topic, rows, width, style, style.dim);
  });
  const products = wrap([...notesByProduct().keys()].join(", "), width, "  ");
  return [...codes, style.bold("Products"), ...products, ""].join("\n");
}

const topicOf = (code: string): string =>
  PAGE_TOPICS.find(([, pages]) => Object.hasOwn(pages, code))?.[0] ?? "Errors of the standards";

function pageText(code: string, page: Page, width: number, style: Style): string {
  const rows: Field[] = [
    ...page.clause === undefined ? [] : [["Spec", page.clause] as const],
    ["Example", page.looks],
    ...page.change === undefined ? [] : [["Fix (server)", page.change] as const],
    [page.change === undefined ? "Fix" : "Workaround", page.meanwhile],
  ];
  const products = Object.entries(page.products ?? {}).flatMap(([product, note]) =>
    wrap(`${product}: ${note}`, width, "  ", "    ")
  );
  return [
    ...wrap(`${code}: ${page.title}`, width).map(style.bold),
    style.dim(topicOf(code)),
    "",
    ...page.means === undefined ? [] : [...wrap(page.means, width), ""],
    ...fields(rows, width),
    ...products.length === 0 ? [] : ["", "Reported for products (may be fixed by now):"],
    ...products,
    "",
  ].join("\n");
}

function pageDocument(code: string, page: Page) {
  return {
    code,
    topic: topicOf(code),
    title: page.title,
    means: page.means ?? `${page.title[0]?.toUpperCase()}${page.title.slice(1)}.`,
    clause: page.clause,
    looks: page.looks,
    change: page.change ?? "Nothing on the server.",
    meanwhile: page.meanwhile,
    products: Object.entries(page.products ?? {}).map(([product, note]) => ({ product, note })),
  };
}

const REQUIRED_CODE: RequiredOption<typeof EXPLAIN_FLAGS> = {
  missing: ({ list }, [word]) => word === undefined && !list,
  message: "Code to explain",
  reason: "Write mcpass explain <code>, or mcpass explain --list",
  offer: () => Promise.resolve([...PAGES].map(([value, { title }]) => ({ value, hint: title }))),
  search: true,
};

export const EXPLAIN_COMMAND: Command<typeof EXPLAIN_FLAGS> = {
  name: "explain",
  summary: "Explain a code of a finding or an error: meaning, specification, fix",
  operands: "[code or product]",
  operandChoices: [...PAGES.keys()],
  examples: [
    ["a code that a command has shown", "mcpass explain pkce_not_advertised"],
    ["an error of the OAuth standards", "mcpass explain invalid_target"],
    ["what was reported of a product", "mcpass explain keycloak"],
    ["every code there is", "mcpass explain --list"],
  ],
  flags: EXPLAIN_FLAGS,
  requiredOptions: [REQUIRED_CODE],
  run(invocation, { runtime: { io, env }, format }) {
    const word = singleOperand(invocation, "explain", "code", "Ask for one at a time");
    const width = io.stdoutIsTerminal ? Math.min(io.columns(), 100) : 80;
    const style = styleFor(io.stdoutIsTerminal, env, invocation.options.noColor);
    const write = (document: object, text: () => string) =>
      io.out(format === "json" ? jsonText({ completed: true, ...document }) : text());
    const isCode = word !== undefined && PAGES.has(word.toLowerCase());
    const products = word === undefined || isCode ? [] : notesLike(word);
    if (products.length > 0) {
      const documents = products.map(([product, notes]) => {
        return { product, notes: notes.map(([code, note]) => ({ code, note })) };
      });
      write({ products: documents }, () => productText(products, width, style));
    } else if (word !== undefined) {
      const [code, page] = findPage(word);
      write({ page: pageDocument(code, page) }, () => pageText(code, page, width, style));
    } else {
      const pages = [...PAGES].map(([code, page]) => pageDocument(code, page));
      write({ pages }, () => listText(width, style));
    }
    return Promise.resolve(0);
  },
};
