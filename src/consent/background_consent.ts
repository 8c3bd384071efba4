/** Consent without a terminal: a process in the background waits for a person who may open its page. @module */

import { unlessAborted } from "../core/abort.ts";
import type { BeforeExit, Env } from "../core/system.ts";
import { cancelledFailure, Failure } from "../core/failure.ts";
import { formatPeriod } from "../core/quantities.ts";
import { quoted } from "../core/text.ts";
import { browsableUrl } from "./authorization_url.ts";
import { browserCommands, openBrowser, type Spawn, spawnDetached } from "./browser.ts";
import { startListener } from "./callback_listener.ts";
import { CALLBACK_PAGES, type CallbackPage } from "./callback_page.ts";
import type { AuthorizationCallback, Consent, ConsentRequest } from "./consent.ts";
import { detectHostEnvironment } from "./host_environment.ts";
import type { Serve } from "./loopback_server.ts";
import { loopbackRedirect } from "./redirect_url.ts";
import { createStartPage, type StartPage, startUrl } from "./start_page.ts";

export type TabState = "opened" | "failed" | "not_opened";

export interface BackgroundConsentOptions {
  readonly redirectUrl: string | undefined;
  /** For the start page. */
  readonly facts: NonNullable<CallbackPage["facts"]>;
  readonly env: Env;
  readonly browser?: string | undefined;
  /** Asked before each request. */
  readonly opensTab: () => boolean;
  readonly nonce: string;
  readonly newNonce: () => string;
  /** Called when the page can be opened, and when it is known whether a browser was started. */
  readonly onWaiting: (startUrl: string, tab: TabState) => Promise<void>;
  readonly onVisit: () => void;
  readonly onAnswer: () => Promise<void>;
  readonly beforeExit?: BeforeExit | undefined;
  readonly serve?: Serve | undefined;
  readonly spawn?: Spawn | undefined;
}

/** Milliseconds that the result page is still served: browsers and people may reload it. */
const RESULT_PAGE_MS = 1000;

const OUTCOME_PAGES = {
  success: {
    ...CALLBACK_PAGES.success,
    text: "You can close this tab. The programs that waited for the sign-in continue.",
  },
  failure: {
    ...CALLBACK_PAGES.failure,
    text: "You can close this tab. To see the cause, sign in with mcpass in a terminal.",
  },
} as const;

/** @throws Failure `port_taken`, `port_unavailable`, `redirect_url_invalid`. */
export async function openBackgroundConsent(options: BackgroundConsentOptions): Promise<Consent> {
  const { env, facts, beforeExit, browser, nonce, newNonce, onVisit, onWaiting } = options;
  const { spawn = spawnDetached } = options;
  const host = detectHostEnvironment(env);
  let page: StartPage | undefined;
  // A response to the request of an ended process can arrive before this one knows the request.
  const ready = Promise.withResolvers<void>();
  const listener = await startListener({
    redirect: loopbackRedirect(options.redirectUrl),
    os: host.os,
    serve: options.serve,
    ready: ready.promise,
    otherPage: (target, request) => page?.respond(target, request),
  });
  beforeExit?.push(async (signal) => {
    if (listener.hasCallback()) {
      const passed = new Promise((resolve) => setTimeout(resolve, RESULT_PAGE_MS));
      await unlessAborted(passed, signal).catch(() => {});
    }
    await listener.close();
  });

  async function show(authorizationUrl: string): Promise<void> {
    const isAnswered = listener.hasCallback;
    page = createStartPage(listener.port, {
      ...{ nonce, facts, authorizationUrl, onVisit, newNonce, isAnswered },
    });
    const url = startUrl(listener.port, nonce);
    const opensTab = options.opensTab();
    const commands = opensTab ? browserCommands(url, { browser, env, host }) : [];
    if (commands.length === 0) return await onWaiting(url, opensTab ? "failed" : "not_opened");
    // Before the browser starts: a process that takes over must not open another tab.
    await onWaiting(url, "opened");
    const failures = await openBrowser(commands, env, spawn);
    if (failures !== undefined) await onWaiting(url, "failed");
  }

  return {
    redirectUri: listener.redirectUri,
    async obtain(request: ConsentRequest): Promise<AuthorizationCallback> {
      const { signal, timeoutMs, redirectUri = listener.redirectUri } = request;
      const url = browsableUrl(request.authorizationUrl);
      if (signal.aborted) throw cancelledFailure();
      const done = new AbortController();
      const timer = setTimeout(() => {
        const within = `received at ${quoted(redirectUri)} within ${
          formatPeriod(timeoutMs / 1000)
        }`;
        const remedy = "Sign in with mcpass in a terminal, which shows the response of the server";
        done.abort(new Failure("consent_timeout", `no response ${within}`, { remedy }));
      }, timeoutMs);
      const onAbort = () => done.abort(cancelledFailure());
      signal.addEventListener("abort", onAbort);
      const received = listener.expect((it) => request.judge(it, false), redirectUri);
      try {
        if (request.continuesTab === true && listener.hasCallback()) {
          const headers = { location: url, "cache-control": "no-store" };
          listener.showPage(new Response(null, { status: 303, headers }));
        } else {
          show(url).catch((error) => done.abort(error));
        }
        ready.resolve();
        const parameters = await unlessAborted(received, done.signal);
        await options.onAnswer();
        return { parameters, via: "listener", bare: false };
      } finally {
        listener.ignore();
        clearTimeout(timer);
        signal.removeEventListener("abort", onAbort);
        if (signal.aborted) await listener.close();
      }
    },
    showOutcome(outcome, code) {
      const more = code === undefined ? [] : [["More", `mcpass explain ${code}`] as const];
      listener.showPage({ ...OUTCOME_PAGES[outcome], facts: [...facts, ...more] });
    },
    async close() {
      ready.resolve();
      if (beforeExit === undefined || !listener.hasCallback()) await listener.close();
    },
  };
}
