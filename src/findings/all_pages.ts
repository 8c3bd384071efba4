/** The complete catalogue: the pages of errors and findings, and those of audit checks. @module */

import { AUDIT_PAGES_BY_ID, AUDIT_TOPICS } from "./audit/topics.ts";
import { type Page, PAGE_TOPICS, PAGES, type Pages } from "./mod.ts";

export const ALL_TOPICS: readonly (readonly [title: string, pages: Pages])[] = [
  ...PAGE_TOPICS,
  ...AUDIT_TOPICS,
];

export const ALL_PAGES: ReadonlyMap<string, Page> = new Map([...PAGES, ...AUDIT_PAGES_BY_ID]);
