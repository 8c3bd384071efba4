/**
 * The loopback listener, which receives the callback of a sign-in (RFC 8252 §7.3, §8.3).
 * @module
 */

import { Failure } from "../core/failure.ts";
import type { CallbackParameters } from "../oauth/authorization/authorization.ts";
import type { CallbackVerdict } from "./consent.ts";
import { requestTarget, type Serve, serveLoopback } from "./loopback_server.ts";
import { CALLBACK_PAGES, type CallbackPage, callbackPageResponse } from "./callback_page.ts";
import {
  type LoopbackRedirect,
  queryParameters,
  type RedirectTarget,
  redirectTarget,
} from "./redirect_url.ts";

/** Options of {@link startListener}. */
export interface ListenerOptions {
  readonly redirect: LoopbackRedirect;
  /** `Deno.build.os`, for the command that names the owner of a port. */
  readonly os: string;
  /** Default: `Deno.serve`. */
  readonly serve?: Serve | undefined;
  /** Called for a callback by POST, which mcpass does not request. */
  readonly onPost?: () => void;
  /** Called if the runtime ends the listener, because the process has too many open files. */
  readonly onLost?: (error: unknown) => void;
}

export interface CallbackListener {
  readonly port: number;
  readonly target: RedirectTarget;
  /**
   * Judges callbacks until one is accepted. Before, every request gets 404. Later callbacks are not
   * judged and get the page of {@link showPage}.
   *
   * @param judge Called for each callback at the right path.
   * @param at Where the callback arrives; absent: {@link target}.
   * @returns The parameters of the accepted callback.
   */
  expect(
    judge: (parameters: CallbackParameters) => CallbackVerdict,
    at?: RedirectTarget,
  ): Promise<CallbackParameters>;
  ignore(): void;
  /** True once a callback was accepted, or ended the sign-in. */
  hasCallback(): boolean;
  /** Responds to the accepted callback, which waits for it, and to later ones. */
  showPage(page: CallbackPage): void;
  close(): Promise<void>;
}

interface ExpectedCallback {
  readonly judge: (parameters: CallbackParameters) => CallbackVerdict;
  readonly resolve: (parameters: CallbackParameters) => void;
  readonly reject: (error: unknown) => void;
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
  const isTaken = cause instanceof Deno.errors.AddrInUse;
  if (isTaken && port !== 0) {
    const owner = (PORT_OWNER[os] ?? ((taken) => `lsof -nP -iTCP:${taken} -sTCP:LISTEN`))(port);
    return new Failure(
      "port_taken",
      `port ${port} of --redirect-url is taken at ${hostname} by another program`,
      {
        remedy: `End that program (\`${owner}\` names it), give --redirect-url another port that ` +
          "the client is registered with, or leave --redirect-url out for a free port",
        cause,
      },
    );
  }
  if (hostname === "::1") {
    return isTaken
      ? new Failure("port_unavailable", "no port is free at both 127.0.0.1 and ::1", {
        remedy: "Give one with --redirect-url http://127.0.0.1:<port>/callback",
        cause,
      })
      : new Failure("port_unavailable", "--redirect-url names [::1], and there is no IPv6 here", {
        remedy: "Use http://127.0.0.1:<port>/<path>",
        cause,
      });
  }
  return new Failure(
    "port_unavailable",
    port === 0
      ? "no port could be opened at 127.0.0.1 for the browser to come back to"
      : `port ${port} of --redirect-url could not be opened at 127.0.0.1`,
    {
      remedy: port > 0 && port < 1024
        ? "Ports below 1024 need privileges: use a higher one that the client is registered with"
        : "Use another port, or --auth-mode headless where no person is needed",
      cause,
    },
  );
}

/**
 * Starts the listener.
 *
 * @throws Failure `port_taken`, `port_unavailable`, `listener_exposed`.
 */
export async function startListener(options: ListenerOptions): Promise<CallbackListener> {
  const { redirect, onPost } = options;
  let expected: ExpectedCallback | undefined;
  let result: PromiseWithResolvers<CallbackPage> | undefined;
  let current: RedirectTarget | undefined;

  function judgeCallback(
    { judge, resolve, reject }: ExpectedCallback,
    query: string,
  ): CallbackPage | Promise<CallbackPage> {
    const page = Promise.withResolvers<CallbackPage>();
    try {
      const parameters = queryParameters(query);
      if (judge(parameters) === "ignore") return CALLBACK_PAGES.notOurs;
      resolve(parameters);
    } catch (error) {
      page.resolve(CALLBACK_PAGES.received);
      reject(error);
    }
    expected = undefined;
    result = page;
    return page.promise;
  }

  function pageFor(request: Request): CallbackPage | Promise<CallbackPage> {
    if (current === undefined) return CALLBACK_PAGES.notFound;
    const target = requestTarget(request);
    if (target?.host !== current.authority) return CALLBACK_PAGES.wrongHost;
    if (target.path !== current.path) return CALLBACK_PAGES.notFound;
    if (request.method === "POST") onPost?.();
    if (request.method !== "GET") return CALLBACK_PAGES.wrongMethod;
    if (expected !== undefined) return judgeCallback(expected, target.query);
    return result?.promise ?? CALLBACK_PAGES.notFound;
  }

  const server = await serveLoopback({
    port: redirect.port,
    requiresIpv6: redirect.ipv6,
    serve: options.serve,
    handler: async (request) => callbackPageResponse(await pageFor(request)),
    failure: (hostname, error) => listenFailure(options, hostname, error),
    onLost: options.onLost,
  });
  const target = redirectTarget(redirect.at(server.port));

  return {
    port: server.port,
    target,
    expect(judge, at = target) {
      current = at;
      const { promise, resolve, reject } = Promise.withResolvers<CallbackParameters>();
      expected = { judge, resolve, reject };
      return promise;
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
