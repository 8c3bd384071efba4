/**
 * The loopback listener: waits for the one callback that answers the sign-in under way (RFC 8252
 * §7.3, §8.3).
 *
 * @module
 */

import { Failure } from "../core/failure.ts";
import type { CallbackParameters, CallbackVerdict } from "./consent.ts";
import { requestTarget, type Serve, serveLoopback } from "./loopback_server.ts";
import { type Page, pageResponse, PAGES } from "./page.ts";
import {
  type LoopbackRedirect,
  queryParameters,
  type RedirectTarget,
  redirectTarget,
} from "./redirect_url.ts";

/** Options of {@link startListener}. */
export interface ListenerOptions {
  /** Where to listen. */
  readonly redirect: LoopbackRedirect;
  /** `Deno.build.os`: which program shows who has a port that is taken. */
  readonly os: string;
  /** Default: `Deno.serve`. */
  readonly serve?: Serve | undefined;
  /** Called for a callback by POST, which mcpass does not request. */
  readonly onPost?: () => void;
}

/** A running listener. */
export interface CallbackListener {
  /** Its port. */
  readonly port: number;
  /** Its redirect URI. */
  readonly target: RedirectTarget;
  /**
   * Judges callbacks from now on, until one is taken. Before, every request gets 404; after that, a
   * callback gets the page of {@link settle}.
   *
   * @param judge Called for each callback at the right path.
   * @param at Where the callback arrives; absent: {@link target}.
   * @returns The parameters of the callback that was taken.
   */
  expect(
    judge: (parameters: CallbackParameters) => CallbackVerdict,
    at?: RedirectTarget,
  ): Promise<CallbackParameters>;
  /** Stops judging callbacks. */
  ignore(): void;
  /** True once a callback was taken. */
  hasCallback(): boolean;
  /** Responds to the callback that was taken, and to each further one. */
  settle(page: Page): void;
  /** Ends every connection and frees the port. */
  close(): Promise<void>;
}

/** The sign-in under way. */
interface Expected {
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
 * Starts listening.
 *
 * @throws Failure `port_taken`, `port_unavailable`, `listener_exposed`.
 */
export async function startListener(options: ListenerOptions): Promise<CallbackListener> {
  const { redirect, onPost } = options;
  let expected: Expected | undefined;
  /** The page for the callback that was taken. */
  let result: PromiseWithResolvers<Page> | undefined;
  let current: RedirectTarget | undefined;

  function judgeCallback(
    { judge, resolve, reject }: Expected,
    query: string,
  ): Page | Promise<Page> {
    const taken = Promise.withResolvers<Page>();
    try {
      const parameters = queryParameters(query);
      if (judge(parameters) === "ignore") return PAGES.notOurs;
      resolve(parameters);
    } catch (error) {
      taken.resolve(PAGES.received);
      reject(error);
    }
    expected = undefined;
    result = taken;
    return taken.promise;
  }

  function pageFor(request: Request): Page | Promise<Page> {
    if (current === undefined) return PAGES.notFound;
    const target = requestTarget(request);
    if (target?.host !== current.authority) return PAGES.wrongHost;
    if (target.path !== current.path) return PAGES.notFound;
    if (request.method === "POST") onPost?.();
    if (request.method !== "GET") return PAGES.wrongMethod;
    if (expected !== undefined) return judgeCallback(expected, target.query);
    return result?.promise ?? PAGES.notFound;
  }

  const server = await serveLoopback({
    port: redirect.port,
    requiresIpv6: redirect.ipv6,
    serve: options.serve,
    handler: async (request) => pageResponse(await pageFor(request)),
    failure: (hostname, error) => listenFailure(options, hostname, error),
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
    settle: (page) => result?.resolve(page),
    async close() {
      result?.resolve(PAGES.received);
      await server.close();
    },
  };
}
