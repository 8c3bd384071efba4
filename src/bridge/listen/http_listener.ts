/** Accepts HTTP requests of clients, and forwards those that are admitted. @module */

import { type Serve, serveAt } from "../../consent/loopback_server.ts";
import { Failure } from "../../core/failure.ts";
import type { IdleTimer } from "../control/idle_limit.ts";
import type { Log } from "../control/log.ts";
import { type AdmissionRules, admit } from "./admission.ts";
import { forward, type ForwardTarget } from "./forward.ts";
import { hostText, isExposed, type ListenAddress } from "./listen_address.ts";
import { prepareSocket } from "./unix_socket.ts";

export interface HttpListenerOptions {
  readonly address: ListenAddress;
  readonly pathSecret: string | undefined;
  readonly bearerToken: string | undefined;
  /** By the last part of the path: `mcp`, or `linear/mcp`. */
  readonly targets: ReadonlyMap<string, ForwardTarget>;
  readonly idle?: IdleTimer | undefined;
  readonly log: Log;
  readonly uid: number | null;
  readonly serve?: Serve | undefined;
}

export interface HttpListener {
  /** Of each server, in the order of the targets. */
  readonly urls: readonly string[];
  /** Sends the responses that are ready, and ends every connection. */
  close(): Promise<void>;
}

function notBound(address: string, cause: unknown): Failure {
  if (cause instanceof Failure) return cause;
  return new Failure("listen_address_unavailable", `cannot listen at ${address}`, {
    kind: "usage",
    remedy: "Stop the program that uses the port, or use another one: --listen <address>",
    cause,
  });
}

type Handler = (request: Request) => Promise<Response>;

/** A response that the server cut; the runtime would write the reason to standard error. */
const onError = () => new Response(null, { status: 500 });

interface Bound {
  readonly origin: string;
  readonly hosts: AdmissionRules["hosts"];
  close(): Promise<void>;
}

/** Between attempts to listen again. */
const PAUSE_MS = 1000;

/** Listens; the returned function ends that. */
type Open = (onLost: () => void) => Promise<() => Promise<void>>;

/**
 * The runtime ends a server if the process has too many open files, which every program on this machine
 * can cause: then it is opened again.
 */
async function keepOpen(open: Open, log: Log): Promise<() => Promise<void>> {
  let isClosed = false;
  async function reopen(): Promise<void> {
    log("listener_lost");
    while (!isClosed) {
      try {
        close = await open(() => reopening = reopen());
        if (isClosed) await close();
        return;
      } catch {
        await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
      }
    }
  }
  let reopening = Promise.resolve();
  let close = await open(() => reopening = reopen());
  return async () => {
    isClosed = true;
    await close();
    await reopening;
  };
}

async function bindSocket(
  path: string,
  { uid, log }: HttpListenerOptions,
  handler: Handler,
): Promise<Bound> {
  const close = await keepOpen(async (onLost) => {
    await prepareSocket(path, uid);
    const abort = new AbortController();
    const server = Deno.serve({ path, signal: abort.signal, onListen() {}, onError }, handler);
    server.finished.catch(onLost);
    return async () => {
      await new Promise((resolve) => setTimeout(resolve));
      abort.abort();
      await server.shutdown();
      await Deno.remove(path).catch(() => {});
    };
  }, log);
  // The form that VS Code accepts.
  return { origin: `unix://${path}#`, hosts: undefined, close };
}

async function bind(options: HttpListenerOptions, handler: Handler): Promise<Bound> {
  const { address, log, serve } = options;
  if (address.kind === "unix") return await bindSocket(address.path, options, handler);
  const { hostname } = address;
  const host = hostText(hostname);
  let { port } = address;
  const close = await keepOpen(async (onLost) => {
    const server = await serveAt(hostname, port, { serve, handler, onError, onLost });
    port = server.port;
    return server.close;
  }, log).catch((error) => Promise.reject(notBound(`${host}:${port}`, error)));
  const names = ["127.0.0.1", "localhost", "[::1]", host];
  return {
    origin: `http://${host}:${port}`,
    // At another address, clients use names that are not known here, and must have the token.
    hosts: isExposed(address) ? undefined : names.map((name) => `${name}:${port}`),
    close,
  };
}

/** @throws Failure `listen_address_unavailable`, `listen_socket_refused` (usage), `listener_exposed`. */
export async function openHttpListener(options: HttpListenerOptions): Promise<HttpListener> {
  const { targets, pathSecret, bearerToken, idle, log } = options;
  const bound = Promise.withResolvers<Bound>();
  const routes = new Set(targets.keys());

  async function handle(request: Request): Promise<Response> {
    const { hosts } = await bound.promise;
    const { method } = request;
    const admission = admit(request, { hosts, pathSecret, bearerToken, routes });
    if ("response" in admission) {
      const { response, reason } = admission;
      if (reason !== "health") log("refused", { method, status: response.status, reason });
      return response;
    }
    const { route } = admission;
    const target = targets.get(route);
    if (target === undefined) return new Response(null, { status: 404 });
    idle?.begin();
    const response = await forward(request, target, () => idle?.end());
    log("request", { server: route, method, status: response.status });
    return response;
  }

  const opened = await bind(options, handle);
  bound.resolve(opened);
  const prefix = pathSecret === undefined ? opened.origin : `${opened.origin}/${pathSecret}`;
  return { urls: [...routes].map((route) => `${prefix}/${route}`), close: opened.close };
}
