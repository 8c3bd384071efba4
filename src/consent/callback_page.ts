/** The pages at the redirect URI. They are constant: they never contain a part of a request. @module */

export interface CallbackPage {
  readonly status: number;
  readonly title: string;
  readonly text: string;
}

export const CALLBACK_PAGES = {
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
  otherSignIn: {
    status: 400,
    title: "Not an answer to the sign-in under way",
    text: "mcpass is still waiting. Finish the sign-in in the page that it opened last.",
  },
  notFound: { status: 404, title: "Not found", text: "Nothing to see here." },
  wrongMethod: {
    status: 405,
    title: "Method not allowed",
    text: "Only GET is answered here; a sign-in is answered by a redirect.",
  },
  wrongHost: { status: 421, title: "Misdirected request", text: "Nothing to see here." },
} as const satisfies Record<string, CallbackPage>;

const PAGE_STYLE = "body{font:1.1em/1.5 system-ui,sans-serif;max-width:32em;margin:15vh auto;" +
  "padding:0 1em;color-scheme:light dark}";

/** SHA-256 of the style in base64. */
const STYLE_HASH = "EpmwKqB7FnTRe53Do54Pkn75GI4FjuEz00NbMyDyJrE=";

const HEADERS = {
  "content-type": "text/html; charset=utf-8",
  "cache-control": "no-store",
  "referrer-policy": "no-referrer",
  "content-security-policy": `default-src 'none'; style-src 'sha256-${STYLE_HASH}'; ` +
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  "x-content-type-options": "nosniff",
  connection: "close",
};

export function callbackPageResponse({ status, title, text }: CallbackPage): Response {
  const html = `<!doctype html><html lang="en"><head><meta charset="utf-8">` +
    `<title>${title} - mcpass</title><style>${PAGE_STYLE}</style></head>` +
    `<body><h1>${title}</h1><p>${text}</p></body></html>\n`;
  const headers = status === 405 ? { ...HEADERS, allow: "GET" } : HEADERS;
  return new Response(html, { status, headers });
}
