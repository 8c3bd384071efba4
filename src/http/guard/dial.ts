import { unlessAborted } from "../../core/abort.ts";
import { portOf } from "../../core/url.ts";
import type { NameLookup } from "../http_client.ts";
import type { Destination } from "./pinned_socket.ts";

/** RFC 8305 §8. */
const NEXT_ADDRESS_MS = 250;
const PROBE_MS = 2000;

/** `getaddrinfo`: hosts file, DNS, VPN and mDNS. */
export async function systemLookup(name: string, signal: AbortSignal): Promise<readonly string[]> {
  // Without this, Deno 2.6 prints the deprecation warning of another module.
  const { default: process } = await import("node:process");
  Object.assign(process, { noDeprecation: true });
  const { lookup } = await import("node:dns/promises");
  signal.throwIfAborted();
  try {
    const answers = await unlessAborted(lookup(name, { all: true }), signal);
    return [...new Set(answers.map(({ address }) => address))];
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`failed to lookup address information: ${reason}`, { cause: error });
  }
}

/**
 * Tries the next address when one has failed or does not respond. At most one connection remains open.
 *
 * @throws The error of the last address; the signal's reason.
 */
export async function connectToFirst(
  addresses: readonly string[],
  port: number,
  signal: AbortSignal,
): Promise<Deno.TcpConn> {
  const { promise, resolve, reject } = Promise.withResolvers<Deno.TcpConn>();
  const connected = new AbortController();
  const ended = AbortSignal.any([signal, connected.signal]);
  const remaining = addresses.values();
  let pending = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let last: unknown = new Error("there is no address to connect to");

  async function tryNext(): Promise<void> {
    clearTimeout(timer);
    if (ended.aborted) return;
    const { value: hostname, done } = remaining.next();
    if (done) return pending === 0 ? reject(last) : undefined;
    pending += 1;
    timer = setTimeout(tryNext, NEXT_ADDRESS_MS);
    try {
      const conn = await Deno.connect({ hostname, port, signal: ended });
      if (ended.aborted) return conn.close();
      connected.abort();
      resolve(conn);
    } catch (error) {
      last = error;
      pending -= 1;
      await tryNext();
    }
  }

  signal.throwIfAborted();
  tryNext();
  try {
    return await unlessAborted(promise, signal);
  } finally {
    clearTimeout(timer);
  }
}

export async function handshakeError(
  { url, host, addresses, caCerts }: Destination,
  signal: AbortSignal,
): Promise<Error | undefined> {
  let conn: Deno.Conn | undefined;
  const close = () => {
    try {
      conn?.close();
    } catch {
      // The handshake, or the other side, has closed it.
    }
  };
  signal.addEventListener("abort", close);
  try {
    const tcp = await connectToFirst(addresses, portOf(url), signal);
    conn = tcp;
    const tls = await Deno.startTls(tcp, { hostname: host, caCerts: [...caCerts] });
    conn = tls;
    await tls.handshake();
    signal.throwIfAborted();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  } finally {
    signal.removeEventListener("abort", close);
    close();
  }
}

/** True when a server at one of these addresses has a valid certificate for the URL's host. */
export async function hasValidCertificate(
  url: URL,
  addresses: readonly string[],
  caCerts: readonly string[],
  signal: AbortSignal,
): Promise<boolean> {
  if (url.protocol !== "https:") return false;
  const destination = { url, host: url.hostname, addresses, caCerts };
  return await handshakeError(destination, signal) === undefined;
}

export interface ProbedAddresses {
  readonly reachable: readonly string[];
  /** Addresses that did not respond. The runtime itself skips those that refuse. */
  readonly silent: readonly string[];
}

/**
 * Finds the addresses of a host that accept a connection; undefined for a host with one address. The
 * runtime tries the addresses of one IP version in turn, and can wait minutes for one that does not
 * respond.
 */
export async function probeHost(
  url: URL,
  signal: AbortSignal,
  lookup: NameLookup = systemLookup,
): Promise<ProbedAddresses | undefined> {
  const addresses = await lookup(url.hostname, signal).catch(() => []);
  if (addresses.length < 2) return undefined;
  const outcomes = await Promise.all(addresses.map(async (hostname) => {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(PROBE_MS)]);
    try {
      (await Deno.connect({ hostname, port: portOf(url), signal: limit })).close();
      return "reachable";
    } catch {
      return limit.aborted ? "silent" : "refused";
    }
  }));
  const those = (outcome: string) => addresses.filter((_, at) => outcomes[at] === outcome);
  return { reachable: those("reachable"), silent: those("silent") };
}
