/** The frame of every page: it loads nothing from the network. @module */

import { escapeHtml } from "../core/escape_html.ts";
import { contentSecurityPolicy, SCRIPT, STYLE } from "./page_assets.ts";

export const LOADS_NOTHING =
  "This file loads nothing from the network. Secrets are masked: each is shown as a fingerprint.";

export interface PageParts {
  readonly title: string;
  /** The others are HTML. */
  readonly header: string;
  readonly main: string;
  readonly footer: string;
}

export async function pageHtml({ title, header, main, footer }: PageParts): Promise<string> {
  return `<!doctype html>\n<html lang="en"><head><meta charset="utf-8">` +
    `<meta http-equiv="Content-Security-Policy" content="${await contentSecurityPolicy()}">` +
    `<meta name="viewport" content="width=device-width, initial-scale=1">` +
    `<meta name="referrer" content="no-referrer">` +
    `<title>${escapeHtml(title)}</title><style>${STYLE}</style></head><body>` +
    `<header>${header}</header><main>${main}</main><footer>${footer}</footer>` +
    `<script>${SCRIPT}</script></body></html>\n`;
}
