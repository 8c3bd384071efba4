/**
 * Consent by a person: the first of the listener and the paste prompt to receive the callback wins.
 * @module
 */

import { unlessAborted } from "../core/abort.ts";
import { childEnvironment } from "../core/child_environment.ts";
import type { BeforeExit, Env, Io } from "../core/deps.ts";
import { cancelledFailure, Failure } from "../core/failure.ts";
import { quoted } from "../core/text.ts";
import type { CallbackParameters } from "../oauth/authorization/authorization.ts";
import { announcement } from "./announcement.ts";
import { browsableUrl } from "./authorization_url.ts";
import { type Argv, browserCommands, openBrowser, type Spawn, spawnDetached } from "./browser.ts";
import type { AuthorizationCallback, Consent, ConsentRequest } from "./consent.ts";
import { startListener } from "./listener.ts";
import type { Serve } from "./loopback_server.ts";
import { CALLBACK_PAGES } from "./callback_page.ts";
import { readPaste } from "./paste.ts";
import { type PastePrompt, processInput, terminalPrompt } from "./paste_prompt.ts";
import { remoteBrowserHints } from "./remote_browser_hints.ts";
import {
  loopbackRedirect,
  type RedirectTarget,
  redirectTarget,
  whyNotOurs,
} from "./redirect_url.ts";
import { detectHostEnvironment, type Host, THIS_HOST } from "./host_environment.ts";
import { canAskPerson, requirePerson, type TerminalOptions } from "./terminal.ts";

/** The parts of the machine that a test replaces. */
export interface Machine extends Host {
  readonly serve: Serve;
  readonly spawn: Spawn;
  readonly prompt: (io: Io, env: Env) => PastePrompt;
}

/** Options of {@link openInteractiveConsent}. */
export interface InteractiveOptions extends TerminalOptions {
  /** `--redirect-url`; absent: `http://127.0.0.1:<free port>/callback`. */
  readonly redirectUrl?: string | undefined;
  readonly env: Env;
  /** `--no-color`: also no terminal links. */
  readonly noColor?: boolean | undefined;
  /**
   * Work to do after the result was printed, before the process ends; absent: the listener closes with
   * the login.
   */
  readonly beforeExit?: BeforeExit | undefined;
  readonly machine?: Partial<Machine> | undefined;
}

const THIS_MACHINE: Machine = {
  ...THIS_HOST,
  serve: Deno.serve,
  spawn: spawnDetached,
  prompt: (io, env) =>
    terminalPrompt({
      input: processInput,
      write: (text) => io.err(text),
      columns: () => io.columns(),
      redraws: env.get("TERM") !== "dumb",
    }),
};

/**
 * Milliseconds that the result page is still served: browsers request a page twice, because they load it
 * ahead or because a person reloads it.
 */
const RESULT_PAGE_MS = 1000;

const MAX_DELAY_MS = 2 ** 31 - 1;

function timeoutFailure(
  redirectUri: string,
  timeoutMs: number,
  { ignored, posts }: { readonly ignored: number; readonly posts: number },
): Failure {
  const seconds = Math.round(timeoutMs / 1000);
  if (posts > 0) {
    return new Failure(
      "callback_by_post",
      `what came back to ${quoted(redirectUri)} within ${seconds} s came by POST, which was not ` +
        "asked for",
      {
        remedy: "Server: answer response_type=code in the query of a redirect (response_mode " +
          "query, its default), not by form_post",
        reference: "RFC 6749 §4.1.2",
      },
    );
  }
  return new Failure(
    "consent_timeout",
    `no answer came back to ${quoted(redirectUri)} within ${seconds} s` +
      (ignored === 0 ? "" : `; ignored, since they answer another sign-in: ${ignored}`),
    {
      remedy: "If the browser shows an error about client or redirect URI, the authorization " +
        "server refused the request itself: compare the client id and the redirect URI with what " +
        "is registered there. For more time: --consent-timeout <ms>",
    },
  );
}

/**
 * Opens interactive consent: starts the listener, so that its redirect URI can be registered.
 *
 * @throws Failure `sign_in_needed` (exit 4) without a terminal, `redirect_url_invalid`,
 * `port_taken`, `port_unavailable`.
 */
export async function openInteractiveConsent(options: InteractiveOptions): Promise<Consent> {
  requirePerson(options);
  const { io, env, beforeExit } = options;
  const machine = { ...THIS_MACHINE, ...options.machine };
  let posts = 0;
  const listener = await startListener({
    redirect: loopbackRedirect(options.redirectUrl),
    os: machine.os,
    serve: machine.serve,
    onPost: () => posts++,
    onLost: (error) =>
      say(
        `warning: the listener for the callback has ended (${
          error instanceof Error ? error.message : error
        }): ` +
          (canPaste ? "paste the final URL here\n" : "end this sign-in and start it again\n"),
      ),
  });
  beforeExit?.push(async (signal) => {
    if (listener.hasCallback()) {
      const passed = new Promise((resolve) => setTimeout(resolve, RESULT_PAGE_MS));
      await unlessAborted(passed, signal).catch(() => {});
    }
    await listener.close();
  });
  const host = detectHostEnvironment(env, machine);
  const canPaste = canAskPerson(options);
  const prompt = machine.prompt(io, env);
  const say = (text: string) => prompt.around(() => io.err(text));

  async function startBrowser(
    commands: readonly Argv[],
    done: AbortSignal,
  ): Promise<void> {
    const outcome = await openBrowser(commands, childEnvironment(env), machine.spawn);
    if (outcome.opened || done.aborted) return;
    say(
      `No browser could be opened (${outcome.failures.join("; ")}): open the address yourself.\n`,
    );
  }

  async function readPastes(
    request: ConsentRequest,
    { uri }: RedirectTarget,
    done: AbortSignal,
  ): Promise<AuthorizationCallback | null> {
    let callback: AuthorizationCallback | null = null;
    const objection = (line: string) => {
      const paste = readPaste(line, uri);
      if ("problem" in paste) return `Not accepted: ${paste.problem}.`;
      const verdict = prompt.around(() => request.judge(paste.parameters, paste.bare));
      if (verdict === "ignore") {
        const why = paste.bare
          ? 'this authorization server says in each answer that it is its own ("iss"), and a code ' +
            "alone does not show it"
          : whyNotOurs(request.authorizationUrl, paste.parameters);
        return `Not accepted: ${why}. Paste the address that this sign-in ended at.`;
      }
      callback = { ...paste, via: "paste" };
      return null;
    };
    try {
      await prompt.read(objection, done, Date.now() + request.timeoutMs);
    } catch (error) {
      // The wait has ended, or the terminal cannot be read: the listener still waits.
      if (error instanceof Failure) throw error;
    }
    return callback;
  }

  async function obtain(request: ConsentRequest): Promise<AuthorizationCallback> {
    const url = browsableUrl(request.authorizationUrl);
    const target = request.redirectUri === undefined
      ? listener.target
      : redirectTarget(request.redirectUri);
    if (request.signal.aborted) throw cancelledFailure();
    const commands = options.printUrl
      ? []
      : browserCommands(url, { browser: options.browser, env, host });
    io.err(announcement({
      url,
      opening: commands.length > 0,
      link: io.stderrIsTerminal && !options.noColor && !env.get("NO_COLOR") &&
        env.get("TERM") !== "dumb",
      hints: remoteBrowserHints(listener.port, host, canPaste),
      timeoutMs: request.timeoutMs,
      columns: io.columns(),
    }));

    const done = new AbortController();
    const stopped = Promise.withResolvers<never>();
    let ignored = 0;
    const judge = (parameters: CallbackParameters) => {
      const verdict = prompt.around(() => request.judge(parameters, false));
      if (verdict === "ignore") ignored++;
      return verdict;
    };
    const received = listener.expect(judge, target)
      .then((parameters): AuthorizationCallback => ({ parameters, via: "listener", bare: false }));
    const timer = setTimeout(
      () => stopped.reject(timeoutFailure(target.uri, request.timeoutMs, { ignored, posts })),
      Math.min(request.timeoutMs, MAX_DELAY_MS),
    );
    const onAbort = () => stopped.reject(cancelledFailure());
    request.signal.addEventListener("abort", onAbort);
    const pasting = canPaste ? readPastes(request, target, done.signal) : Promise.resolve(null);
    const pasted = pasting.then((callback) => callback ?? stopped.promise);
    if (commands.length > 0) startBrowser(commands, done.signal);
    try {
      return await Promise.race([received, pasted, stopped.promise]);
    } finally {
      listener.ignore();
      clearTimeout(timer);
      request.signal.removeEventListener("abort", onAbort);
      done.abort();
      await Promise.allSettled([pasting]);
      if (request.signal.aborted) await listener.close();
    }
  }

  return {
    redirectUri: listener.target.uri,
    obtain,
    showOutcome: (outcome) => listener.showPage(CALLBACK_PAGES[outcome]),
    async close() {
      if (beforeExit === undefined || !listener.hasCallback()) await listener.close();
    },
  };
}
