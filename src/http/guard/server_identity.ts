/**
 * Checking that the server at an address is the one that its host name says.
 *
 * @module
 */

import { portOf } from "../../core/url.ts";
import { connectToFirst } from "./dial.ts";

/**
 * True when the server at one of these addresses completes a TLS handshake with a valid certificate
 * for the URL's host.
 */
export async function hasValidCertificate(
  url: URL,
  addresses: readonly string[],
  caCerts: readonly string[],
  signal: AbortSignal,
): Promise<boolean> {
  if (url.protocol !== "https:") return false;
  let conn: Deno.Conn | undefined;
  const close = () => {
    try {
      conn?.close();
    } catch {
      // The handshake has closed it.
    }
  };
  signal.addEventListener("abort", close);
  try {
    const tcp = await connectToFirst(addresses, portOf(url), signal);
    conn = tcp;
    const tls = await Deno.startTls(tcp, { hostname: url.hostname, caCerts: [...caCerts] });
    conn = tls;
    await tls.handshake();
    return !signal.aborted;
  } catch {
    return false;
  } finally {
    signal.removeEventListener("abort", close);
    close();
  }
}
