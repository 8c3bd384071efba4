/** TLS handshakes without a request. @module */

import { portOf } from "../../core/url.ts";
import { connectToFirst } from "./dial.ts";

export interface HandshakeTarget {
  /** The first address that accepts a connection is used. */
  readonly addresses: readonly string[];
  readonly port: number;
  /** The name that the certificate must be valid for. */
  readonly host: string;
  /** PEM text of further trusted certificates. */
  readonly caCerts: readonly string[];
}

/** Why a handshake fails; undefined when it succeeds. */
export async function handshakeError(
  { addresses, port, host, caCerts }: HandshakeTarget,
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
    const tcp = await connectToFirst(addresses, port, signal);
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

/** True when the server at one of these addresses has a valid certificate for the URL's host. */
export async function hasValidCertificate(
  url: URL,
  addresses: readonly string[],
  caCerts: readonly string[],
  signal: AbortSignal,
): Promise<boolean> {
  if (url.protocol !== "https:") return false;
  const target = { addresses, port: portOf(url), host: url.hostname, caCerts };
  return await handshakeError(target, signal) === undefined;
}
