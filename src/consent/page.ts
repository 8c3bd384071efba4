/**
 * The pages that a browser sees at the redirect URI: constant, nothing reflected.
 *
 * @module
 */

/** A page; each is constant. */
export interface Page {
  /** HTTP status. */
  readonly status: number;
  /** Heading. */
  readonly title: string;
  /** One sentence. */
  readonly text: string;
}

/** All pages. */
export const PAGES = {
  success: {
    status: 200,
    title: "Signed in",
    text: "You can close this window and go back to the terminal.",
  },
  failure: {
    status: 500,
    title: "Not signed in",
    text: "The sign-in did not succeed. The terminal says why.",
  },
  received: {
    status: 200,
    title: "Answer received",
    text: "The terminal says how the sign-in went on.",
  },
  notOurs: {
    status: 400,
    title: "Not an answer to the sign-in under way",
    text: "mcpass goes on waiting. Finish the sign-in in the page it opened last.",
  },
  malformed: { status: 400, title: "Bad request", text: "Nothing to see here." },
  notFound: { status: 404, title: "Not found", text: "Nothing to see here." },
  wrongMethod: {
    status: 405,
    title: "Method not allowed",
    text: "Only GET is answered here; a sign-in is answered by a redirect.",
  },
  longTarget: { status: 414, title: "Address too long", text: "Nothing to see here." },
  wrongHost: { status: 421, title: "Misdirected request", text: "Nothing to see here." },
  longHead: { status: 431, title: "Request too large", text: "Nothing to see here." },
} as const satisfies Record<string, Page>;

const STYLE = "body{font:1.1em/1.5 system-ui,sans-serif;max-width:32em;margin:15vh auto;" +
  "padding:0 1em;color-scheme:light dark}";

/** SHA-256 of the style, base64; a test recomputes it. */
const STYLE_HASH = "EpmwKqB7FnTRe53Do54Pkn75GI4FjuEz00NbMyDyJrE=";

const HEADERS = [
  "Content-Type: text/html; charset=utf-8",
  "Cache-Control: no-store",
  "Referrer-Policy: no-referrer",
  `Content-Security-Policy: default-src 'none'; style-src 'sha256-${STYLE_HASH}'; ` +
  "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  "X-Content-Type-Options: nosniff",
  "Connection: close",
];

/** The whole HTTP/1.1 response of a page, after which the connection is closed. */
export function response(page: Page, withBody = true): Uint8Array {
  const html = `<!doctype html><html lang="en"><head><meta charset="utf-8">` +
    `<title>${page.title} - mcpass</title><style>${STYLE}</style></head>` +
    `<body><h1>${page.title}</h1><p>${page.text}</p></body></html>\n`;
  const head = [
    `HTTP/1.1 ${page.status} ${page.title}`,
    ...HEADERS,
    `Content-Length: ${html.length}`,
    ...(page.status === 405 ? ["Allow: GET"] : []),
  ].join("\r\n");
  return new TextEncoder().encode(`${head}\r\n\r\n${withBody ? html : ""}`);
}
