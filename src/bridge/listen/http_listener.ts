/** Accepts HTTP requests of clients, and forwards those that are admitted. @module */

import type { Serve } from "../../consent/loopback_server.ts";
import type { IdleTimer } from "../control/idle_limit.ts";
import type { Log } from "../control/log.ts";
import { type AdmissionRules, admit } from "./admission.ts";
import { bindListener, type Bound } from "./bind_listener.ts";
import { forward, type ForwardTarget } from "./forward.ts";
import { hostText, isExposed, type ListenAddress } from "./listen_address.ts";

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

/** The values of `Host` that are accepted; undefined: any. */
function hostsOf(address: ListenAddress, { port }: Bound): AdmissionRules["hosts"] {
  // At another address, clients use names that are not known here, and must have the token.
  if (address.kind === "unix" || isExposed(address)) return undefined;
  const names = ["127.0.0.1", "localhost", "[::1]", hostText(address.hostname)];
  return names.map((name) => `${name}:${port}`);
}

/** @throws Failure `listen_address_unavailable`, `listen_socket_refused` (usage), `listener_exposed`. */
export async function openHttpListener(options: HttpListenerOptions): Promise<HttpListener> {
  const { address, targets, pathSecret, bearerToken, idle, log } = options;
  const bound = Promise.withResolvers<Bound>();
  const routes = new Set(targets.keys());

  async function handle(request: Request): Promise<Response> {
    const hosts = hostsOf(address, await bound.promise);
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

  const opened = await bindListener({ ...options, option: "--listen", handler: handle });
  bound.resolve(opened);
  const prefix = pathSecret === undefined ? opened.origin : `${opened.origin}/${pathSecret}`;
  return { urls: [...routes].map((route) => `${prefix}/${route}`), close: opened.close };
}
