/**
 * Looking at the certificate of a server: a handshake and nothing else.
 *
 * @module
 */

import { loadAuthorities } from "../../core/authorities.ts";
import { isLocalhostName, portOf } from "../../core/url.ts";
import { type TlsFacts, tlsFacts } from "./guarded_tls.ts";

/** Where to look. */
export interface CertificateLook {
  /** An https URL. */
  readonly url: string;
  /** PEM text of further trusted certificates. */
  readonly caCerts: readonly string[];
  /** Milliseconds it may take. */
  readonly timeoutMs: number;
  /** Ctrl-C. */
  readonly signal: AbortSignal;
}

/**
 * What is known of the TLS of a server; undefined when no handshake came about. Trust is not judged
 * here: the requests of this program judge it.
 */
export async function lookAtCertificate(look: CertificateLook): Promise<TlsFacts | undefined> {
  const host = new URL(look.url).hostname.replace(/^\[|\]$/g, "");
  loadAuthorities();
  // RFC 6761 §6.3: such a name is never looked up.
  if (!isLocalhostName(host)) return await lookAt(host, look);
  return await lookAt("127.0.0.1", look) ?? await lookAt("::1", look);
}

async function lookAt(address: string, look: CertificateLook): Promise<TlsFacts | undefined> {
  const { connect } = await import("node:tls");
  const url = new URL(look.url);
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const ended = Promise.withResolvers<TlsFacts | undefined>();
  const nothing = () => ended.resolve(undefined);
  const isAddress = /^[\d.]+$|:/.test(host);
  const socket = connect({
    host: address,
    port: portOf(url),
    ...(isAddress ? {} : { servername: host }),
    ...(look.caCerts.length === 0 ? {} : { ca: [...look.caCerts] }),
  });
  const timer = setTimeout(nothing, look.timeoutMs);
  look.signal.addEventListener("abort", nothing, { once: true });
  socket.once("secureConnect", () => ended.resolve(tlsFacts(socket)));
  socket.once("error", nothing);
  try {
    return await ended.promise;
  } finally {
    clearTimeout(timer);
    look.signal.removeEventListener("abort", nothing);
    socket.on("error", () => {});
    socket.destroy();
  }
}
