/**
 * Connecting to one of the addresses that the SSRF guard allowed. The host name is used only for the
 * server and its certificate, so no name is looked up.
 * @module
 */

import type { NetConnectOpts, Socket } from "node:net";
import type { ConnectionOptions } from "node:tls";
import { portOf } from "../../core/url.ts";
import { addressFamily } from "../address_ranges.ts";

export interface ConnectionAttempt {
  readonly address: string;
  /** Why there is no connection, or null. */
  readonly error: string | null;
}

export interface Destination {
  readonly url: URL;
  /** Host name without brackets and final dot. */
  readonly host: string;
  /** The addresses that may be connected to, in the order of the attempts. */
  readonly addresses: readonly string[];
  /** PEM text of further trusted certificates. */
  readonly caCerts: readonly string[];
}

export interface ConnectionListener {
  attempt(attempt: ConnectionAttempt): void;
  connected(address: string): void;
}

/** `connect` of `node:net` and `node:tls`. */
export interface Connectors {
  readonly tcp: (options: NetConnectOpts) => Socket;
  readonly tls: (options: ConnectionOptions) => Socket;
}

/** How long one address may take to answer if others are left. */
const NEXT_ADDRESS_MS = 5000;

/** TLS failed after TCP was connected: no other address would help. */
export class HandshakeError extends Error {
  constructor(cause: unknown) {
    super("the TLS handshake failed", { cause });
    this.name = "HandshakeError";
  }
}

async function connectTo(
  address: string,
  { url, host, caCerts }: Destination,
  limitMs: number | undefined,
  { tcp, tls }: Connectors,
  listener: ConnectionListener,
  signal: AbortSignal,
): Promise<Socket> {
  const secure = url.protocol === "https:";
  const { promise, resolve, reject } = Promise.withResolvers<Socket>();
  const at = { host: address, port: portOf(url) };
  const socket = secure
    ? tls({
      ...at,
      ...(addressFamily(host) === undefined ? { servername: host } : {}),
      ALPNProtocols: ["http/1.1"],
      // Otherwise NODE_TLS_REJECT_UNAUTHORIZED=0 turns the check off.
      rejectUnauthorized: true,
      ...(caCerts.length === 0 ? {} : { ca: [...caCerts] }),
    })
    : tcp(at);
  let reached = false;
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
  socket.once(secure ? "secureConnect" : "connect", () => resolve(socket));
  // An error after the connection is reported by what uses the socket.
  socket.on("error", (error) => reject(reached && secure ? new HandshakeError(error) : error));
  signal.addEventListener("abort", onAbort);
  if (signal.aborted) onAbort();
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", onAbort);
  }
}

/**
 * Connects to the first address that answers, with TLS for https.
 *
 * @throws HandshakeError when TLS failed, the last address's error when none answered, the signal's
 * reason when it was aborted.
 */
export async function openPinnedSocket(
  destination: Destination,
  connectors: Connectors,
  listener: ConnectionListener,
  signal: AbortSignal,
): Promise<Socket> {
  const { addresses } = destination;
  let last: unknown = new Error("there is no address to connect to");
  for (const [at, address] of addresses.entries()) {
    const limitMs = at + 1 < addresses.length ? NEXT_ADDRESS_MS : undefined;
    try {
      const socket = await connectTo(address, destination, limitMs, connectors, listener, signal);
      listener.attempt({ address, error: null });
      return socket;
    } catch (error) {
      const reason = error instanceof HandshakeError ? error.cause : error;
      const message = reason instanceof Error ? reason.message : String(reason);
      listener.attempt({ address, error: message });
      if (signal.aborted || error instanceof HandshakeError) throw error;
      last = error;
    }
  }
  throw last;
}
