/** The page of a sign-in that bridges wait for: it says what is signed in to, and leads there. @module */

import { CALLBACK_PAGES, type CallbackPage, callbackPageResponse } from "./callback_page.ts";
import type { RequestTarget } from "./loopback_server.ts";

interface StartPageOptions {
  readonly nonce: string;
  readonly facts: NonNullable<CallbackPage["facts"]>;
  readonly authorizationUrl: string;
  /** Called when somebody is sent to the authorization server. */
  readonly onVisit: () => void;
  readonly newNonce: () => string;
  /** True once the authorization server has answered. */
  readonly isAnswered: () => boolean;
}

export interface StartPage {
  respond(target: RequestTarget, request: Request): Response | undefined;
}

const PREFIX = "/start/";

/** Seconds that a person can read the page, before the browser continues. */
const READING_SECONDS = 2;

export function startUrl(port: number, nonce: string): string {
  return `http://127.0.0.1:${port}${PREFIX}${nonce}`;
}

const ANSWERED: CallbackPage = {
  status: 200,
  title: "Answered",
  text: "The authorization server has answered. You can close this tab.",
};

/** The site and the path of an authorization endpoint, without the request. */
function siteOf(url: string): string {
  const { origin, pathname } = new URL(url);
  return origin + pathname;
}

/**
 * A person reads what the sign-in is for, and the browser continues; any other client is redirected. Each URL works once:
 * after that, the page offers another one.
 */
export function createStartPage(port: number, options: StartPageOptions): StartPage {
  const { facts, authorizationUrl, onVisit, newNonce, isAnswered } = options;
  let nonce = options.nonce;
  const used = new Set<string>();
  const all = [...facts, ["Continues at", siteOf(authorizationUrl)] as const];

  function visit(request: Request): Response {
    used.add(nonce);
    nonce = newNonce();
    onVisit();
    const isBrowser = request.headers.get("sec-fetch-mode") === "navigate";
    const response = callbackPageResponse({
      status: isBrowser ? 200 : 303,
      title: "Sign in",
      text:
        "A program on this computer uses this MCP server through mcpass, and you are not signed in. " +
        "If you did not expect this, close this tab.",
      facts: all,
      link: ["Continue", authorizationUrl],
    });
    if (isBrowser) response.headers.set("refresh", `${READING_SECONDS}; url=${authorizationUrl}`);
    else response.headers.set("location", authorizationUrl);
    return response;
  }

  return {
    respond({ host, path }, request) {
      if (!path.startsWith(PREFIX) || host !== `127.0.0.1:${port}`) return undefined;
      if (request.method !== "GET") return callbackPageResponse(CALLBACK_PAGES.wrongMethod);
      const given = path.slice(PREFIX.length);
      if (given !== nonce && !used.has(given)) return undefined;
      if (isAnswered()) return callbackPageResponse(ANSWERED);
      if (given === nonce) return visit(request);
      return callbackPageResponse({
        status: 409,
        title: "This page was opened before",
        text:
          "mcpass is waiting for that sign-in. Finish it in the other tab, or open it again here.",
        facts: all,
        link: ["Open the sign-in again", PREFIX + nonce],
      });
    },
  };
}
