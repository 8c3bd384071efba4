/**
 * Connecting to an address that the guard allowed, and to nothing else.
 *
 * The address takes the place of the host name below TCP; the name stays where the server and its
 * certificate need it. So nothing is looked up any more.
 *
 * @module
 */

import type { Buffer } from "node:buffer";
import type { Socket } from "node:net";

/** One address that was tried. */
export interface ConnectionAttempt {
  /** The address. */
  readonly address: string;
  /** Why no connection came about, or null. */
  readonly error: string | null;
}

/** Where to connect. */
export interface Destination {
  /** The URL of the request. */
  readonly url: URL;
  /** Host name without brackets and final dot. */
  readonly host: string;
  /** The addresses that may be connected to, in the order of trying. */
  readonly addresses: readonly string[];
  /** PEM text of further trusted certificates. */
  readonly caCerts: readonly string[];
}

/** Hears of each stage; every one ends when the next begins. */
export interface DialListener {
  /** An address was tried. */
  attempt(attempt: ConnectionAttempt): void;
  /** TCP is connected. */
  connected(address: string): void;
}

/** How long one address may take to answer while others are left. */
const NEXT_ADDRESS_MS = 5000;

/** A connection that failed after TCP: TLS is at fault, and no other address can mend it. */
export class HandshakeError extends Error {
  /** Wraps what the runtime said. */
  constructor(cause: unknown) {
    super("the TLS handshake failed", { cause });
    this.name = "HandshakeError";
  }
}

/** What of undici is used, by the names in its own files. */
export interface Undici {
  /** A client for one origin; `connect` gives it its connection. */
  readonly Client: new (
    origin: string,
    options: { connect: (options: unknown, done: Connected) => void },
  ) => UndiciClient;
  /** Makes a function that connects. */
  readonly buildConnector: (options: Readonly<Record<string, unknown>>) => (
    options: Readonly<Record<string, unknown>>,
    done: Connected,
  ) => Socket;
}

/** Takes a connection, or the reason why there is none. */
export type Connected = (error: Error | null, socket?: Socket) => void;

/** Control of a request under way. */
export interface UndiciController {
  /** Names and values in turn. */
  readonly rawHeaders: readonly (string | Buffer)[] | null;
  /** Ends the request. */
  abort(reason: unknown): void;
}

/** What a request reports. */
export interface UndiciHandler {
  /** The request is about to be written. */
  onRequestStart(controller: UndiciController): void;
  /** It was written. */
  onRequestSent(): void;
  /** The head of the answer came. */
  onResponseStart(
    controller: UndiciController,
    status: number,
    headers: unknown,
    statusText: string,
  ): void;
  /** A part of the body came. */
  onResponseData(controller: UndiciController, chunk: Uint8Array): void;
  /** The answer is complete. */
  onResponseEnd(): void;
  /** The request failed. */
  onResponseError(controller: UndiciController | null, error: Error): void;
}

/** One connection's client. */
export interface UndiciClient {
  /** Sends a request. */
  dispatch(options: Readonly<Record<string, unknown>>, handler: UndiciHandler): boolean;
  /** Ends everything. */
  destroy(): Promise<void>;
}

/**
 * Loads the parts of undici that speak HTTP/1.1. Its front door would load its `fetch` and
 * WebSocket too, which take three times as long and do not start on every runtime.
 */
export async function loadUndici(): Promise<Undici> {
  const [client, connect] = await Promise.all([
    import("undici/lib/dispatcher/client.js"),
    import("undici/lib/core/connect.js"),
    import("node:tls"),
  ]);
  return { Client: client.default, buildConnector: connect.default } as unknown as Undici;
}

function dialOne(
  { url, host, caCerts }: Destination,
  address: string,
  limitMs: number | undefined,
  undici: Undici,
  listener: DialListener,
  signal: AbortSignal,
): Promise<Socket> {
  const secure = url.protocol === "https:";
  const { promise, resolve, reject } = Promise.withResolvers<Socket>();
  const connect = undici.buildConnector({
    allowH2: false,
    timeout: 0,
    // Else NODE_TLS_REJECT_UNAUTHORIZED=0 decides.
    rejectUnauthorized: true,
    ...(caCerts.length === 0 ? {} : { ca: [...caCerts] }),
  });
  let reached = false;
  const socket = connect(
    {
      hostname: address,
      host: url.host,
      protocol: url.protocol,
      port: url.port,
      ...(secure ? { servername: host === address ? "" : host } : {}),
    },
    (error, connected) => {
      if (connected !== undefined) resolve(connected);
      else reject(reached && secure ? new HandshakeError(error) : error);
    },
  );
  const end = (reason: unknown) => {
    reject(reason);
    socket.destroy();
  };
  const onAbort = () => end(signal.reason);
  const timer = limitMs === undefined ? undefined : setTimeout(
    () => reached || end(new Error(`connect ETIMEDOUT ${address}: no answer in ${limitMs} ms`)),
    limitMs,
  );
  socket.once("connect", () => {
    reached = true;
    listener.connected(address);
  });
  signal.addEventListener("abort", onAbort);
  if (signal.aborted) onAbort();
  return promise.finally(() => {
    clearTimeout(timer);
    signal.removeEventListener("abort", onAbort);
  });
}

/**
 * Connects to the first address that answers, with TLS where the URL says so.
 *
 * @throws HandshakeError when TLS failed, the last address's error when none answered, the signal's
 * reason when it was aborted.
 */
export async function dial(
  destination: Destination,
  undici: Undici,
  listener: DialListener,
  signal: AbortSignal,
): Promise<Socket> {
  const { addresses } = destination;
  let last: unknown = new Error("there is no address to connect to");
  for (const [at, address] of addresses.entries()) {
    const limitMs = at + 1 < addresses.length ? NEXT_ADDRESS_MS : undefined;
    try {
      const socket = await dialOne(destination, address, limitMs, undici, listener, signal);
      listener.attempt({ address, error: null });
      return socket;
    } catch (error) {
      const message = error instanceof HandshakeError ? error.cause : error;
      listener.attempt({
        address,
        error: message instanceof Error ? message.message : String(message),
      });
      if (signal.aborted || error instanceof HandshakeError) throw error;
      last = error;
    }
  }
  throw last;
}
