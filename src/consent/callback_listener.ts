/** The loopback listener, which receives the callback of a sign-in (RFC 8252 §7.3, §8.3). @module */

import { withCommand } from "../core/command_text.ts";
import { Failure } from "../core/failure.ts";
import type { CallbackParameters } from "../oauth/authorization/authorization.ts";
import type { CallbackVerdict } from "./consent.ts";
import { type RequestTarget, requestTarget, type Serve, serveLoopback } from "./loopback_server.ts";
import { CALLBACK_PAGES, type CallbackPage, callbackPageResponse } from "./callback_page.ts";
import type { LoopbackRedirect } from "./redirect_url.ts";

interface ListenerOptions {
  readonly redirect: LoopbackRedirect;
  readonly os: string;
  readonly serve?: Serve | undefined;
  /** The response at another path than that of the redirect URI; the hook checks the host. */
  readonly otherPage?: (target: RequestTarget, request: Request) => Response | undefined;
  /** Awaited by requests that arrive before {@link CallbackListener.expect}; absent: they get 404. */
  readonly ready?: Promise<void>;
  /** Called for a callback by POST, which mcpass does not request. */
  readonly onPost?: () => void;
  /** Called if the runtime ends the listener, because the process has too many open files. */
  readonly onLost?: (error: unknown) => void;
}

type Judge = (parameters: CallbackParameters) => CallbackVerdict;

interface CallbackListener {
  readonly port: number;
  readonly redirectUri: string;
  /**
   * Resolves to the first accepted callback. Earlier requests get 404; later callbacks are not judged and
   * get the page of {@link showPage}.
   */
  expect(judge: Judge, redirectUri: string): Promise<CallbackParameters>;
  ignore(): void;
  /** True after a callback was accepted or ended the sign-in. */
  hasCallback(): boolean;
  /** The response to the accepted callback, which waits for it, and to later ones. */
  showPage(page: CallbackPage | Response): void;
  close(): Promise<void>;
}

/** The command that shows which process has a port. */
const PORT_OWNER: Readonly<Record<string, (port: number) => string>> = {
  windows: (port) => `netstat -ano | findstr :${port}`,
  linux: (port) => `ss -ltnp 'sport = :${port}'`,
};

function listenFailure(
  { redirect: { port }, os }: ListenerOptions,
  hostname: string,
  cause: unknown,
): Failure {
  const unavailable = (message: string, remedy: string) =>
    new Failure("port_unavailable", message, { remedy, cause });
  const isTaken = cause instanceof Deno.errors.AddrInUse;
  if (isTaken && port !== 0) {
    const owner = (PORT_OWNER[os] ?? ((taken) => `lsof -nP -iTCP:${taken} -sTCP:LISTEN`))(port);
    const message = `port ${port} of --redirect-url is in use at ${hostname} by another program`;
    return new Failure("port_taken", message, {
      remedy: "End that program, use another port that the client is registered with, or omit " +
        `--redirect-url for a free port\n${withCommand("Find the program", { line: owner })}`,
      cause,
    });
  }
  if (hostname === "::1" && isTaken) {
    return unavailable(
      "no port is free at both 127.0.0.1 and ::1",
      "Choose one with --redirect-url http://127.0.0.1:<port>/callback",
    );
  }
  if (hostname === "::1") {
    return unavailable(
      "--redirect-url names [::1], but this machine has no IPv6",
      "Use http://127.0.0.1:<port>/<path>",
    );
  }
  return unavailable(
    port === 0
      ? "no port could be opened at 127.0.0.1 for the callback"
      : `port ${port} of --redirect-url could not be opened at 127.0.0.1`,
    port > 0 && port < 1024
      ? "Ports below 1024 require privileges. Use a higher one that the client is registered with"
      : "Use another port, or --auth-mode headless if no person is needed",
  );
}

/** @throws Failure `port_taken`, `port_unavailable`, `listener_exposed`. */
export async function startListener(options: ListenerOptions): Promise<CallbackListener> {
  const { redirect, serve, onPost, onLost } = options;
  let expected: PromiseWithResolvers<CallbackParameters> & { readonly judge: Judge } | undefined;
  let result: PromiseWithResolvers<CallbackPage | Response> | undefined;
  let current: URL | undefined;

  function judgeCallback(
    { judge, resolve, reject }: NonNullable<typeof expected>,
    query: string,
  ): CallbackPage | Promise<CallbackPage | Response> {
    const page = Promise.withResolvers<CallbackPage | Response>();
    try {
      const parameters = [...new URLSearchParams(query)];
      if (judge(parameters) === "ignore") return CALLBACK_PAGES.otherSignIn;
      resolve(parameters);
    } catch (error) {
      page.resolve(CALLBACK_PAGES.received);
      reject(error);
    }
    expected = undefined;
    result = page;
    return page.promise;
  }

  async function pageFor(request: Request): Promise<CallbackPage | Response> {
    if (current === undefined) await options.ready;
    if (current === undefined) return CALLBACK_PAGES.notFound;
    const target = requestTarget(request);
    const other = target && options.otherPage?.(target, request);
    if (other !== undefined) return other;
    if (target?.host !== current.host) return CALLBACK_PAGES.wrongHost;
    if (target.path !== current.pathname) return CALLBACK_PAGES.notFound;
    if (request.method === "POST") onPost?.();
    if (request.method !== "GET") return CALLBACK_PAGES.wrongMethod;
    if (expected !== undefined) return await judgeCallback(expected, target.query);
    return await result?.promise ?? CALLBACK_PAGES.notFound;
  }

  const server = await serveLoopback({
    port: redirect.port,
    requiresIpv6: redirect.ipv6,
    serve,
    async handler(request) {
      const page = await pageFor(request);
      return page instanceof Response ? page : callbackPageResponse(page);
    },
    failure: (hostname, error) => listenFailure(options, hostname, error),
    onLost,
  });

  return {
    port: server.port,
    redirectUri: redirect.at(server.port),
    expect(judge, redirectUri) {
      current = new URL(redirectUri);
      expected = { ...Promise.withResolvers<CallbackParameters>(), judge };
      return expected.promise;
    },
    ignore() {
      expected = undefined;
    },
    hasCallback: () => result !== undefined,
    showPage: (page) => result?.resolve(page),
    async close() {
      result?.resolve(CALLBACK_PAGES.received);
      await server.close();
    },
  };
}
