import type { NetConnectOpts, Socket } from "node:net";
import type { ConnectionOptions } from "node:tls";
import { portOf } from "../../core/url.ts";
import { isIpAddress } from "../address_ranges.ts";

export interface ConnectionAttempt {
  readonly address: string;
  /** Why there is no connection, or null. */
  readonly error: string | null;
}

/** No name is looked up: the host name is only for SNI and the certificate. */
export interface Destination {
  readonly url: URL;
  /** Host name without brackets and final dot. */
  readonly host: string;
  readonly addresses: readonly string[];
  readonly caCerts: readonly string[];
}

interface ConnectionListener {
  attempt(attempt: ConnectionAttempt): void;
  connected(address: string): void;
}

export interface Connectors {
  readonly tcp: (options: NetConnectOpts) => Socket;
  readonly tls: (options: ConnectionOptions) => Socket;
}

/** Loading them takes 30 ms. */
export async function loadConnectors(): Promise<Connectors> {
  const [{ connect: tcp }, { connect: tls }] = await Promise.all([
    import("node:net"),
    import("node:tls"),
  ]);
  return { tcp, tls };
}

/** For an address that does not respond, if there are others. */
const CONNECT_LIMIT_MS = 5000;

/** TLS failed after the TCP connection, so other addresses would not help. */
export class HandshakeError extends Error {
  constructor(cause: unknown) {
    super("the TLS handshake failed", { cause });
    this.name = "HandshakeError";
  }
}

/** @throws HandshakeError when TLS failed, the error of the last address, the signal's reason. */
export async function openPinnedSocket(
  { url, host, addresses, caCerts }: Destination,
  { tcp, tls }: Connectors,
  listener: ConnectionListener,
  signal: AbortSignal,
): Promise<Socket> {
  const isSecure = url.protocol === "https:";

  async function connectTo(address: string, limitMs: number | undefined): Promise<Socket> {
    const { promise, resolve, reject } = Promise.withResolvers<Socket>();
    const at = { host: address, port: portOf(url) };
    const socket = isSecure
      ? tls({
        ...at,
        ...(isIpAddress(host) ? {} : { servername: host }),
        ALPNProtocols: ["http/1.1"],
        // By default NODE_TLS_REJECT_UNAUTHORIZED=0 turns the check off.
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
    socket.once(isSecure ? "secureConnect" : "connect", () => resolve(socket));
    // The user of the socket reports an error after the connection.
    socket.on("error", (error) => reject(reached && isSecure ? new HandshakeError(error) : error));
    signal.addEventListener("abort", onAbort);
    if (signal.aborted) onAbort();
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
    }
  }

  let last: unknown = new Error("there is no address to connect to");
  for (const [at, address] of addresses.entries()) {
    try {
      const isLast = at + 1 === addresses.length;
      const socket = await connectTo(address, isLast ? undefined : CONNECT_LIMIT_MS);
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
