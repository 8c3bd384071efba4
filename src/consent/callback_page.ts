/** The pages at the redirect URI. They never contain a part of a request. @module */

import { escapeHtml } from "../core/escape_html.ts";

export interface CallbackPage {
  readonly status: number;
  readonly title: string;
  readonly text: string;
  /** Facts about the sign-in, in the text of the program: escaped here. */
  readonly facts?: readonly (readonly [label: string, value: string])[];
  readonly link?: readonly [text: string, url: string];
}

export const CALLBACK_PAGES = {
  success: {
    status: 200,
    title: "Signed in",
    text: "You can close this tab and return to the terminal.",
  },
  failure: {
    status: 500,
    title: "Sign-in failed",
    text:
      "Return to the terminal: it shows the cause and what to do next. You can close this tab. " +
      "To try again, start from the terminal: this page cannot be used a second time.",
  },
  received: {
    status: 200,
    title: "Response received",
    text: "The terminal shows whether the sign-in succeeded. You can close this tab.",
  },
  otherSignIn: {
    status: 400,
    title: "This response is for another sign-in",
    text: "mcpass is still waiting. Finish the sign-in in the tab that mcpass opened last.",
  },
  notFound: { status: 404, title: "Not found", text: "There is no page at this URL." },
  wrongMethod: {
    status: 405,
    title: "Method not allowed",
    text: "This URL accepts only GET: an authorization response is a redirect.",
  },
  wrongHost: {
    status: 421,
    title: "Misdirected request",
    text: "This server does not answer for this host name.",
  },
} as const satisfies Record<string, CallbackPage>;

const PAGE_STYLE = ":root{color-scheme:light dark}" +
  "body{font:1.1em/1.5 system-ui,sans-serif;max-width:34em;margin:12vh auto;padding:0 1em}" +
  "dl{display:grid;grid-template-columns:max-content 1fr;gap:.2em 1em}" +
  "dd{margin:0;overflow-wrap:anywhere;font-family:ui-monospace,monospace}";

/** Removes the code from the address bar and from the history of the browser. */
const PAGE_SCRIPT = 'history.replaceState(null,"",location.pathname)';

/** SHA-256 in base64. */
const STYLE_HASH = "xS7LIQEV+kgP0f3Pv49YgeDfAj6ZPW+cXAgIasYJQt8=";
const SCRIPT_HASH = "8A+3er73YJf04rRHGhbZwZQACPiiipi9EPduIeAAIDk=";

const HEADERS = {
  "content-type": "text/html; charset=utf-8",
  "cache-control": "no-store",
  "referrer-policy": "no-referrer",
  "content-security-policy": `default-src 'none'; style-src 'sha256-${STYLE_HASH}'; ` +
    `script-src 'sha256-${SCRIPT_HASH}'; base-uri 'none'; form-action 'none'; ` +
    "frame-ancestors 'none'",
  "x-content-type-options": "nosniff",
  connection: "close",
};

export function callbackPageResponse(page: CallbackPage): Response {
  const { status, title, text, facts = [], link } = page;
  const rows = facts.map(([label, value]) =>
    `<dt>${escapeHtml(label)}</dt><dd>${escapeHtml(value)}</dd>`
  );
  const list = rows.length === 0 ? "" : `<dl>${rows.join("")}</dl>`;
  const anchor = link === undefined
    ? ""
    : `<p><a href="${escapeHtml(link[1])}">${escapeHtml(link[0])}</a></p>`;
  const html = `<!doctype html><html lang="en"><head><meta charset="utf-8">` +
    `<meta name="viewport" content="width=device-width"><meta name="color-scheme" ` +
    `content="light dark"><title>${title} - mcpass</title><style>${PAGE_STYLE}</style></head>` +
    `<body><main><h1>${title}</h1>${list}<p>${text}</p>${anchor}</main>` +
    `<script>${PAGE_SCRIPT}</script></body></html>\n`;
  const headers = status === 405 ? { ...HEADERS, allow: "GET" } : HEADERS;
  return new Response(html, { status, headers });
}
