import { Failure } from "../core/failure.ts";

export type Serve = (
  options: Deno.ServeTcpOptions,
  handler: Deno.ServeHandler<Deno.NetAddr>,
) => Deno.HttpServer<Deno.NetAddr>;

interface LoopbackOptions {
  /** 0: a port that is free at both addresses. */
  readonly port: number;
  /** True if 127.0.0.1 alone does not suffice. */
  readonly requiresIpv6: boolean;
  readonly handler: Deno.ServeHandler<Deno.NetAddr>;
  readonly serve?: Serve | undefined;
  /** The failure for an address at which the port cannot be opened. */
  readonly failure: (hostname: string, error: unknown) => Failure;
  /** Answers for a handler that failed; by default the runtime does. */
  readonly onError?: ((error: unknown) => Response) | undefined;
  /** Called if the runtime ends the server, because the process has too many open files. */
  readonly onLost?: ((error: unknown) => void) | undefined;
}

interface LoopbackServer {
  readonly port: number;
  /** Sends the responses that are ready, ends every connection, and frees the port. */
  close(): Promise<void>;
}

/** Limit of free ports to try, if the port that is free at 127.0.0.1 is in use at ::1. */
const MAX_ATTEMPTS = 32;

/** @throws Failure `listener_exposed`, and the error of the runtime. */
export async function serveAt(
  hostname: string,
  port: number,
  { serve = Deno.serve, handler, onError, onLost }: Pick<
    LoopbackOptions,
    "serve" | "handler" | "onError" | "onLost"
  >,
): Promise<LoopbackServer> {
  // With this variable, the runtime listens at another address than the given one.
  Deno.env.delete("DENO_SERVE_ADDRESS");
  const abort = new AbortController();
  const { signal } = abort;
  const server = serve(
    { hostname, port, signal, onListen() {}, ...onError && { onError } },
    handler,
  );
  server.finished.catch((error) => onLost?.(error));
  const close = async () => {
    // Lets ready responses be sent. The abort ends all other connections: a shutdown without it would
    // wait for clients that send slowly.
    await new Promise((resolve) => setTimeout(resolve));
    abort.abort();
    await server.shutdown();
  };
  if (server.addr.hostname === hostname) return { port: server.addr.port, close };
  await close();
  throw new Failure(
    "listener_exposed",
    `the listener opened at ${server.addr.hostname} instead of ${hostname}`,
  );
}

/**
 * Serves at 127.0.0.1 and, if there is IPv6, at ::1.
 *
 * @throws Failure `listener_exposed`, and what `failure` returns.
 */
export async function serveLoopback(options: LoopbackOptions): Promise<LoopbackServer> {
  const { port, requiresIpv6 } = options;
  const failureAt = (hostname: string, error: unknown) =>
    error instanceof Failure ? error : options.failure(hostname, error);
  for (let attempt = 1;; attempt++) {
    const ipv4 = await serveAt("127.0.0.1", port, options)
      .catch((error) => Promise.reject(failureAt("127.0.0.1", error)));
    try {
      const ipv6 = await serveAt("::1", ipv4.port, options);
      return {
        port: ipv4.port,
        close: async () => void await Promise.all([ipv4.close(), ipv6.close()]),
      };
    } catch (error) {
      const isTaken = error instanceof Deno.errors.AddrInUse;
      if (!isTaken && !requiresIpv6 && !(error instanceof Failure)) return ipv4;
      await ipv4.close();
      if (!isTaken || port !== 0 || attempt === MAX_ATTEMPTS) throw failureAt("::1", error);
    }
  }
}

export interface RequestTarget {
  /** The `Host` header, in lower case. */
  readonly host: string;
  /** Not normalized. */
  readonly path: string;
  /** Without the question mark. */
  readonly query: string;
}

/** Undefined without a `Host` header, or when the target names another host. */
export function requestTarget({ url, headers }: Request): RequestTarget | undefined {
  // Without a Host header the runtime puts one of its own choice into the URL.
  const host = headers.get("host");
  const origin = `http://${host}`;
  if (host === null || !url.startsWith(`${origin}/`)) return undefined;
  const [path = "", ...query] = url.slice(origin.length).split("?");
  return { host: host.toLowerCase(), path, query: query.join("?") };
}
