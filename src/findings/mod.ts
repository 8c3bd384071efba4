/** The findings catalogue: one table with a page for every code of a finding or a failure. @module */

import type { AUDIT_TOPICS } from "./audit/topics.ts";
import { AUDIT_PAGES } from "./audit_pages.ts";
import { AUTHORIZATION_PAGES } from "./authorization_pages.ts";
import { AUTHORIZATION_SERVER_CHOICE_PAGES } from "./authorization_server_choice_pages.ts";
import { CLIENT_DOCUMENT_PAGES } from "./client_document_pages.ts";
import { CLIENT_KEY_PAGES } from "./client_keys_pages.ts";
import { COMMAND_LINE_PAGES } from "./command_line_pages.ts";
import { DATABASE_PAGES } from "./database_pages.ts";
import { CHECK_PAGES } from "./doctor_checks_pages.ts";
import { CONFIG_PAGES } from "./config_pages.ts";
import { IMPORT_PAGES } from "./import_pages.ts";
import { MCP_ENDPOINT_PAGES } from "./mcp_endpoint_pages.ts";
import { MCP_FEATURE_PAGES } from "./mcp_feature_pages.ts";
import { METADATA_DOCUMENT_PAGES } from "./metadata_document_pages.ts";
import { NETWORK_PAGES } from "./network_pages.ts";
import { DEVICE_PAGES, IDENTITY_PAGES } from "./other_grant_pages.ts";
import type { Page, Pages, ProductText } from "./page.ts";
import { REGISTRATION_PAGES } from "./registration_pages.ts";
import { RESOURCE_METADATA_PAGES } from "./resource_metadata_pages.ts";
import { SERVER_METADATA_PAGES } from "./server_metadata_pages.ts";
import { STORE_PAGES } from "./store_pages.ts";
import { TOKEN_PAGES } from "./token_pages.ts";
import { TOKEN_USE_PAGES } from "./token_use_pages.ts";
import { TRANSFER_PAGES } from "./transfer_pages.ts";

export type { AUDIT_TOPICS } from "./audit/topics.ts";
export type { Page, Pages, ProductText } from "./page.ts";

/** The catalogue by topic, in the order of a login; the pages of audit checks are in `all_pages.ts`. */
export const PAGE_TOPICS = [
  ["The MCP endpoint", MCP_ENDPOINT_PAGES],
  ["Protected resource metadata", RESOURCE_METADATA_PAGES],
  ["Choice of the authorization server", AUTHORIZATION_SERVER_CHOICE_PAGES],
  ["Metadata documents", METADATA_DOCUMENT_PAGES],
  ["Authorization server metadata", SERVER_METADATA_PAGES],
  ["Client registration", REGISTRATION_PAGES],
  ["Client ID metadata documents", CLIENT_DOCUMENT_PAGES],
  ["Client secrets, keys and certificates", CLIENT_KEY_PAGES],
  ["Authorization", AUTHORIZATION_PAGES],
  ["Sign-in with a device code", DEVICE_PAGES],
  ["Assertions and identity providers", IDENTITY_PAGES],
  ["Tokens", TOKEN_PAGES],
  ["Use of the token", TOKEN_USE_PAGES],
  ["Tools, resources and prompts", MCP_FEATURE_PAGES],
  ["Checks of mcpass server doctor", CHECK_PAGES],
  ["Results of mcpass oauth conformance", AUDIT_PAGES],
  ["Network", NETWORK_PAGES],
  ["Store", STORE_PAGES],
  ["Sign-ins for other machines", TRANSFER_PAGES],
  ["Store in PostgreSQL", DATABASE_PAGES],
  ["Sign-ins of other clients", IMPORT_PAGES],
  ["Configuration of MCP clients", CONFIG_PAGES],
  ["Command line", COMMAND_LINE_PAGES],
] as const satisfies readonly (readonly [title: string, pages: Pages])[];

/** The keys of each member of a union. */
export type KeysOf<Union> = Union extends Union ? keyof Union : never;
/** What follows a prefix. */
export type AfterPrefix<C, P extends string> = C extends `${P}${infer Rest}` ? Rest : never;

/** Every code of a finding or a failure: a code without a page does not compile. */
export type Code = KeysOf<(typeof PAGE_TOPICS)[number][1]> | AuditCheckId;

/** A check of `oauth conformance`. */
export type AuditCheckId = KeysOf<(typeof AUDIT_TOPICS)[number][1]>;

/** A fault below HTTP; as a failure its code is `network_<fault>`. */
export type FaultCode = AfterPrefix<Code, "network_"> | "body_too_large";

export { type BeforeFailed, CHECK_PAGES, type CheckId } from "./doctor_checks_pages.ts";

/** Every page by its code, except those of audit checks. */
export const PAGES: ReadonlyMap<string, Page> = new Map(
  PAGE_TOPICS.flatMap(([, pages]) => Object.entries<Page>(pages)),
);

/** What a page says about a product, and the address of a report about it. */
export interface ProductNote {
  /** The finding or error that the product leads to. */
  readonly code: string;
  /** What the product did, and the setting or option for it. */
  readonly note: string;
  /** The URL of the report. */
  readonly source?: string;
}

/** `owner/repository#1` as its address; another report has no address. */
function sourceUrl(source: string): string | undefined {
  const [, repository, number] = source.match(/^([\w.-]+\/[\w.-]+)#(\d+)$/) ?? [];
  if (repository !== undefined) return `https://github.com/${repository}/issues/${number}`;
  return source.startsWith("https://") ? source : undefined;
}

function noteOf(code: string, text: ProductText): ProductNote {
  if (typeof text === "string") return { code, note: text };
  const [note, named] = text;
  const source = sourceUrl(named);
  return { code, note, ...source === undefined ? {} : { source } };
}

/** The notes of a page, each with the product or products that it is about. */
export function notesOfPage(code: string, { products = {} }: Page): [string, ProductNote][] {
  return Object.entries(products).map(([names, text]) => [names, noteOf(code, text)]);
}

/** What is said about a product without notes. */
export const NO_DEVIATION = "No deviation was reported: a login needs no flag.";

/** Products without notes. */
const ORDINARY_PRODUCTS = [
  "everything",
  "jmondi",
  "node-oauth",
];

/** The notes by product, in alphabetic order; a note may be about several products. */
export function notesByProduct(
  pages: ReadonlyMap<string, Page>,
): ReadonlyMap<string, readonly ProductNote[]> {
  const found = new Map<string, ProductNote[]>(ORDINARY_PRODUCTS.map((name) => [name, []]));
  for (const [code, page] of pages) {
    for (const [names, note] of notesOfPage(code, page)) {
      for (const name of names.split(", ")) found.set(name, [...found.get(name) ?? [], note]);
    }
  }
  // The first localeCompare of a process loads collation tables, which takes 80 million instructions.
  const order = (name: string) => name.toLowerCase();
  return new Map([...found].sort(([a], [b]) => order(a) < order(b) ? -1 : 1));
}

/** Other names of products. */
const ALIASES: ReadonlyMap<string, string> = new Map([
  ["azure", "entra"],
  ["azure ad", "entra"],
  ["aad", "entra"],
  ["microsoft", "entra"],
  ["sts.windows.net", "entra"],
  ["login.microsoftonline.com", "entra"],
  ["amazon", "aws"],
  ["bedrock", "agentcore"],
  ["passport", "laravel"],
  ["spring security", "spring"],
  ["jira", "atlassian"],
  ["confluence", "atlassian"],
]);

const wordsOf = (name: string): readonly string[] => name.toLowerCase().match(/[a-z0-9]+/g) ?? [];

/** The notes about products with these words in their name, or with a name of some of these words. */
export function notesLike(
  name: string,
  pages: ReadonlyMap<string, Page>,
): readonly (readonly [string, readonly ProductNote[]])[] {
  const typed = wordsOf(ALIASES.get(name.toLowerCase()) ?? name)
    .map((word) => ALIASES.get(word) ?? word);
  if (typed.length === 0) return [];
  return [...notesByProduct(pages)].filter(([product]) => {
    const words = wordsOf(product);
    return typed.every((word) => words.includes(word)) ||
      words.every((word) => typed.includes(word));
  });
}

const singular = (word: string) => word.replace(/s$/, "");

/** The pages with these words in their code; without one, the pages with this text in them. */
export function searchPages(
  text: string,
  all: ReadonlyMap<string, Page>,
): readonly (readonly [code: string, page: Page])[] {
  const typed = wordsOf(text).map(singular);
  const sought = text.trim().toLowerCase();
  if (typed.length === 0 || sought.length < 3) return [];
  const pages = [...all];
  const byCode = pages.filter(([code]) => {
    const words = code.split("_").map(singular);
    return typed.every((word) => words.includes(word));
  });
  if (byCode.length > 0) return byCode;
  return pages.filter(([, page]) => JSON.stringify(page).toLowerCase().includes(sought));
}
