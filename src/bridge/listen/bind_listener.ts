/** Listens at an address, and again if the runtime ends the server. @module */

import { type Serve, serveAt } from "../../consent/loopback_server.ts";
import { Failure } from "../../core/failure.ts";
import type { Log } from "../control/log.ts";
import { hostText, type ListenAddress } from "./listen_address.ts";
import { prepareSocket } from "./unix_socket.ts";

type Handler = (request: Request) => Promise<Response>;

export interface BindOptions {
  readonly address: ListenAddress;
  /** The option that names the address, for errors: `--listen`. */
  readonly option: string;
  readonly handler: Handler;
  readonly log: Log;
  readonly uid: number | null;
  readonly serve?: Serve | undefined;
}

export interface Bound {
  readonly origin: string;
  /** 0 for a socket. */
  readonly port: number;
  /** Sends the responses that are ready, and ends every connection. */
  close(): Promise<void>;
}

function notBound(address: string, option: string, cause: unknown): Failure {
  if (cause instanceof Failure) return cause;
  return new Failure("listen_address_unavailable", `cannot listen at ${address}`, {
    kind: "usage",
    remedy: `Stop the program that uses the port, or use another one: ${option} <address>`,
    cause,
  });
}

/** A response that the server cut; the runtime would write the reason to standard error. */
const onError = () => new Response(null, { status: 500 });

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
  { uid, log, handler, option }: BindOptions,
): Promise<Bound> {
  const close = await keepOpen(async (onLost) => {
    await prepareSocket(path, uid, option);
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
  return { origin: `unix://${path}#`, port: 0, close };
}

/** @throws Failure `listen_address_unavailable`, `listen_socket_refused` (usage), `listener_exposed`. */
export async function bindListener(options: BindOptions): Promise<Bound> {
  const { address, log, serve, handler, option } = options;
  if (address.kind === "unix") return await bindSocket(address.path, options);
  const { hostname } = address;
  const host = hostText(hostname);
  let { port } = address;
  const close = await keepOpen(async (onLost) => {
    const server = await serveAt(hostname, port, { serve, handler, onError, onLost });
    port = server.port;
    return server.close;
  }, log).catch((error) => Promise.reject(notBound(`${host}:${port}`, option, error)));
  return { origin: `http://${host}:${port}`, port, close };
}
