/**
 * Consent by a person: listener, browser and paste prompt race from the first second.
 *
 * @module
 */

import { unlessAborted } from "../core/abort.ts";
import { childEnvironment } from "../core/child_environment.ts";
import type { BeforeExit, Env, Io } from "../core/deps.ts";
import { cancelledFailure, Failure } from "../core/failure.ts";
import { quoted } from "../core/text.ts";
import { announcement } from "./announcement.ts";
import { browsableUrl } from "./authorization_url.ts";
import { browserCommands, openBrowser, type Spawn, spawnDetached, type Words } from "./browser.ts";
import type { CallbackParameters, Consent, Consented, ConsentRequest } from "./consent.ts";
import { startListener } from "./listener.ts";
import type { Serve } from "./loopback_server.ts";
import { PAGES } from "./page.ts";
import { readPaste } from "./paste.ts";
import { type PastePrompt, processInput, terminalPrompt } from "./paste_prompt.ts";
import { reachHints } from "./reach.ts";
import {
  loopbackRedirect,
  type RedirectTarget,
  redirectTarget,
  whyNotOurs,
} from "./redirect_url.ts";
import { lookAround, readLocalText } from "./surroundings.ts";
import { canAskPerson, requirePerson, type TerminalOptions } from "./terminal.ts";

/** The machine, as far as a test replaces it. */
export interface Machine {
  /** `Deno.build.os`. */
  readonly os: string;
  /** Starts an HTTP server. */
  readonly serve: Serve;
  /** Starts a browser. */
  readonly spawn: Spawn;
  /** Reads a small file, or says null. */
  readonly readText: (path: string) => string | null;
  /** Makes the paste prompt. */
  readonly prompt: (io: Io, env: Env) => PastePrompt;
}

/** What interactive consent is made from. */
export interface InteractiveOptions extends TerminalOptions {
  /** `--redirect-url`; absent: `http://127.0.0.1:<free port>/callback`. */
  readonly redirectUrl?: string | undefined;
  /** Environment variables. */
  readonly env: Env;
  /** `--no-color`: no terminal link either. */
  readonly noColor?: boolean | undefined;
  /**
   * Work to do after the result was printed, before the process ends; absent: the listener closes with
   * the login.
   */
  readonly beforeExit?: BeforeExit | undefined;
  /** Replaces parts of the machine. */
  readonly machine?: Partial<Machine> | undefined;
}

const THIS_MACHINE: Machine = {
  os: Deno.build.os,
  serve: Deno.serve,
  spawn: spawnDetached,
  readText: readLocalText,
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

/** Longest delay a timer takes. */
const LONGEST_DELAY = 2 ** 31 - 1;

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
 * Opens interactive consent. The port is bound when this returns, before anything is registered.
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
  });
  beforeExit?.push(async (signal) => {
    if (listener.hasCallback()) {
      const passed = new Promise((resolve) => setTimeout(resolve, RESULT_PAGE_MS));
      await unlessAborted(passed, signal).catch(() => {});
    }
    await listener.close();
  });
  const where = lookAround({ os: machine.os, env, readText: machine.readText });
  const canPaste = canAskPerson(options);
  const prompt = machine.prompt(io, env);
  const say = (text: string) => prompt.around(() => io.err(text));

  async function startBrowser(
    commands: readonly Words[],
    ended: AbortSignal,
  ): Promise<void> {
    const outcome = await openBrowser(commands, childEnvironment(env), machine.spawn);
    if (outcome.opened || ended.aborted) return;
    say(`No browser could be opened (${outcome.tried.join("; ")}): open the address yourself.\n`);
  }

  async function readPastes(
    request: ConsentRequest,
    { uri }: RedirectTarget,
    ended: AbortSignal,
  ): Promise<Consented | null> {
    let consented: Consented | null = null;
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
      consented = { ...paste, via: "paste" };
      return null;
    };
    try {
      await prompt.read(objection, ended, Date.now() + request.timeoutMs);
    } catch (error) {
      // Over, or a terminal that cannot be read: the listener goes on.
      if (error instanceof Failure) throw error;
    }
    return consented;
  }

  async function obtain(request: ConsentRequest): Promise<Consented> {
    const url = browsableUrl(request.authorizationUrl);
    const target = request.redirectUri === undefined
      ? listener.target
      : redirectTarget(request.redirectUri);
    if (request.signal.aborted) throw cancelledFailure();
    const commands = options.printUrl
      ? []
      : browserCommands(url, { browser: options.browser, env, where });
    io.err(announcement({
      url,
      opening: commands.length > 0,
      link: io.stderrIsTerminal && !options.noColor && !env.get("NO_COLOR") &&
        env.get("TERM") !== "dumb",
      hints: reachHints(listener.port, where, canPaste),
      timeoutMs: request.timeoutMs,
      columns: io.columns(),
    }));

    const ended = new AbortController();
    const outside = Promise.withResolvers<never>();
    let ignored = 0;
    const judge = (parameters: CallbackParameters) => {
      const verdict = prompt.around(() => request.judge(parameters, false));
      if (verdict === "ignore") ignored++;
      return verdict;
    };
    const arrived = listener.expect(judge, target)
      .then((parameters): Consented => ({ parameters, via: "listener", bare: false }));
    const timer = setTimeout(
      () => outside.reject(timeoutFailure(target.uri, request.timeoutMs, { ignored, posts })),
      Math.min(request.timeoutMs, LONGEST_DELAY),
    );
    const onAbort = () => outside.reject(cancelledFailure());
    request.signal.addEventListener("abort", onAbort);
    const pasting = canPaste ? readPastes(request, target, ended.signal) : Promise.resolve(null);
    const pasted = pasting.then((consented) => consented ?? outside.promise);
    if (commands.length > 0) startBrowser(commands, ended.signal);
    try {
      return await Promise.race([arrived, pasted, outside.promise]);
    } finally {
      listener.ignore();
      clearTimeout(timer);
      request.signal.removeEventListener("abort", onAbort);
      ended.abort();
      await Promise.allSettled([pasting]);
      if (request.signal.aborted) await listener.close();
    }
  }

  return {
    redirectUri: listener.target.uri,
    obtain,
    settle: (outcome) => listener.settle(PAGES[outcome]),
    async close() {
      if (beforeExit === undefined || !listener.hasCallback()) await listener.close();
    },
  };
}
