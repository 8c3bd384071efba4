import { type PrintedCommand, withCommand } from "../core/command_text.ts";
import { unlessAborted } from "../core/abort.ts";
import type { BeforeExit, Env, Io } from "../core/system.ts";
import { cancelledFailure, Failure } from "../core/failure.ts";
import { printable, quoted } from "../core/text.ts";
import { parseUrl } from "../core/url.ts";
import type { CallbackParameters } from "../oauth/authorization/authorization.ts";
import { announcement } from "./announcement.ts";
import { browsableUrl } from "./authorization_url.ts";
import { browserCommands, openBrowser, type Spawn, spawnDetached } from "./browser.ts";
import { CALLBACK_PAGES, type CallbackPage } from "./callback_page.ts";
import type { AuthorizationCallback, Consent, ConsentRequest } from "./consent.ts";
import { detectHostEnvironment, type Host, THIS_HOST } from "./host_environment.ts";
import { startListener } from "./callback_listener.ts";
import type { Serve } from "./loopback_server.ts";
import { readPastes } from "./pasted_callback.ts";
import { type PastePrompt, processInput, terminalPrompt } from "./paste_prompt.ts";
import { loopbackRedirect } from "./redirect_url.ts";

/** What a test replaces. */
export interface Machine extends Host {
  readonly serve: Serve;
  readonly spawn: Spawn;
  readonly prompt: (io: Io, env: Env) => PastePrompt;
}

export interface InteractiveOptions {
  /** For the pages at the redirect URI. */
  readonly serverUrl: string;
  readonly io: Io;
  readonly noInput: boolean;
  readonly printUrl: boolean;
  readonly browser?: string | undefined;
  /** This command line. */
  readonly command: PrintedCommand;
  /** `--redirect-url`; absent: `http://127.0.0.1:<free port>/callback`. */
  readonly redirectUrl?: string | undefined;
  readonly env: Env;
  /** For a program that drives the login; the text for a person is left out if it returns true. */
  readonly announce?: ((url: string, timeoutMs: number) => boolean) | undefined;
  /** True: no colours and no terminal links. */
  readonly noColor?: boolean | undefined;
  /** Absent: the listener closes with the login. */
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

/** Milliseconds that the result page is still served: browsers and people may reload it. */
const RESULT_PAGE_MS = 1000;

const MAX_DELAY_MS = 2 ** 31 - 1;

function continueAt(url: string): Response {
  const headers = { location: url, "cache-control": "no-store", "referrer-policy": "no-referrer" };
  return new Response(null, { status: 303, headers });
}

/** True if a person can type a line. */
export function canAskPerson({ io, noInput }: InteractiveOptions): boolean {
  return io.stdinIsTerminal && io.stderrIsTerminal && !noInput;
}

/** Refuses a sign-in that no person could complete. */
export function requirePerson({ io, printUrl, browser, command }: InteractiveOptions): void {
  if ((io.stdinIsTerminal && io.stderrIsTerminal) || printUrl || browser !== undefined) return;
  const message =
    "a person has to sign in, but standard input and standard error are not both a terminal";
  throw new Failure("sign_in_needed", message, {
    kind: "sign_in_needed",
    remedy: `${withCommand("Sign in at a terminal", command)}\n` +
      "Or add --print-url, which prints the URL to open and waits, --browser <command>, or " +
      "--auth-mode headless or client_credentials if no person is needed",
  });
}

function timeoutFailure(
  redirectUri: string,
  timeoutMs: number,
  { ignored, posts }: { readonly ignored: number; readonly posts: number },
): Failure {
  const within = `received at ${quoted(redirectUri)} within ${Math.round(timeoutMs / 1000)} s`;
  if (posts > 0) {
    const message = `the response ${within} is a POST request, which mcpass did not ask for`;
    return new Failure("callback_by_post", message, {
      remedy:
        "Authorization server: answer response_type=code in the query of a redirect (response_mode " +
        "query, its default), not by form_post",
      reference: "RFC 6749 §4.1.2",
    });
  }
  const others = ignored === 0 ? "" : `; responses to other sign-ins that were ignored: ${ignored}`;
  return new Failure("consent_timeout", `no response ${within}${others}`, {
    remedy:
      "If the browser shows an error about the client or the redirect URI, the authorization " +
      "server refused the request: compare the client ID and the redirect URI with what " +
      'is registered there. If it is about the parameter "resource", add --resource none. For more ' +
      "time: --consent-timeout <ms>",
  });
}

/**
 * Opens consent by a person. The first callback is used, from the listener or from the paste prompt. The
 * listener starts now, so that its redirect URI can be registered.
 *
 * @throws Failure `sign_in_needed` (exit 4), `redirect_url_invalid`, `port_taken`, `port_unavailable`.
 */
export async function openInteractiveConsent(options: InteractiveOptions): Promise<Consent> {
  requirePerson(options);
  const { io, env, beforeExit } = options;
  const machine = { ...THIS_MACHINE, ...options.machine };
  const host = detectHostEnvironment(env, machine);
  const canPaste = canAskPerson(options);
  const prompt = machine.prompt(io, env);
  const say = (text: string) => prompt.around(() => io.err(text));
  let posts = 0;
  let facts: CallbackPage["facts"];
  const listener = await startListener({
    redirect: loopbackRedirect(options.redirectUrl),
    os: machine.os,
    serve: machine.serve,
    onPost: () => posts++,
    onLost(error) {
      const why = error instanceof Error ? error.message : error;
      const fix = canPaste ? "paste the final URL here" : "cancel this sign-in and start again";
      say(`warning: the listener for the callback has ended (${why}): ${fix}\n`);
    },
  });
  beforeExit?.push(async (signal) => {
    if (listener.hasCallback()) {
      const passed = new Promise((resolve) => setTimeout(resolve, RESULT_PAGE_MS));
      await unlessAborted(passed, signal).catch(() => {});
    }
    await listener.close();
  });

  /** Shows the URL and tries to open a browser; reports nothing after `done`. */
  function showAuthorizationUrl(
    url: string,
    { continuesTab, timeoutMs }: ConsentRequest,
    done: AbortSignal,
  ): void {
    const isOpen = continuesTab === true && listener.hasCallback();
    if (isOpen) listener.showPage(continueAt(url));
    const commands = options.printUrl || isOpen
      ? []
      : browserCommands(url, { browser: options.browser, env, host });
    const opening = commands.length > 0;
    const link = io.stderrIsTerminal && !options.noColor && !env.get("NO_COLOR") &&
      env.get("TERM") !== "dumb";
    const { port } = listener;
    const columns = io.columns();
    if (options.announce?.(url, timeoutMs) !== true) {
      io.err(announcement({ url, opening, link, host, port, canPaste, timeoutMs, columns }));
    }
    if (!opening) return;
    openBrowser(commands, env, machine.spawn).then((failures) => {
      if (failures === undefined || done.aborted) return;
      say(`No browser could be opened (${failures.join("; ")}). Open the URL yourself.\n`);
    });
  }

  async function obtain(request: ConsentRequest): Promise<AuthorizationCallback> {
    const { signal, timeoutMs } = request;
    const url = browsableUrl(request.authorizationUrl);
    const redirectUri = request.redirectUri ?? listener.redirectUri;
    const clientId = new URL(url).searchParams.get("client_id") ?? "";
    // A client metadata document is not read here; authorization servers name its host, too.
    const clientName = request.clientName ??
      (clientId.startsWith("https://") ? parseUrl(clientId)?.host : undefined);
    const client = clientName === undefined
      ? clientId
      : `${printable(clientName, 100)} (${clientId})`;
    facts = [["MCP server", options.serverUrl], ["Client", client]];
    if (signal.aborted) throw cancelledFailure();
    const done = new AbortController();
    showAuthorizationUrl(url, request, done.signal);
    let ignored = 0;
    const judge = (parameters: CallbackParameters) => {
      const verdict = prompt.around(() => request.judge(parameters, false));
      if (verdict === "ignore") ignored++;
      return verdict;
    };
    const timer = setTimeout(
      () => done.abort(timeoutFailure(redirectUri, timeoutMs, { ignored, posts })),
      Math.min(timeoutMs, MAX_DELAY_MS),
    );
    const onAbort = () => done.abort(cancelledFailure());
    signal.addEventListener("abort", onAbort);
    const received = listener.expect(judge, redirectUri)
      .then((parameters): AuthorizationCallback => ({ parameters, via: "listener", bare: false }));
    const pasting = canPaste
      ? readPastes(prompt, request, redirectUri, done.signal)
      : Promise.resolve(null);
    try {
      const pasted = pasting.then((callback) => callback ?? received);
      return await unlessAborted(Promise.race([received, pasted]), done.signal);
    } finally {
      listener.ignore();
      clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
      done.abort();
      await Promise.allSettled([pasting]);
      if (signal.aborted) await listener.close();
    }
  }

  return {
    redirectUri: listener.redirectUri,
    obtain,
    showOutcome(outcome, code) {
      const more = code === undefined ? [] : [["More", `mcpass explain ${code}`] as const];
      listener.showPage({ ...CALLBACK_PAGES[outcome], facts: [...facts ?? [], ...more] });
    },
    async close() {
      if (beforeExit === undefined || !listener.hasCallback()) await listener.close();
    },
  };
}
