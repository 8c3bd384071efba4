/** The certificate of a server, from a handshake without a request. @module */

import type { TLSSocket } from "node:tls";
import { loadAuthorities } from "../../core/authorities.ts";
import { isLocalhostName } from "../../core/url.ts";
import { openPinnedSocket } from "./pinned_socket.ts";
import { type TlsFacts, tlsFacts } from "./tls_facts.ts";

export interface CertificateOptions {
  readonly url: string;
  /** PEM text of further trusted certificates. */
  readonly caCerts: readonly string[];
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** The TLS facts of a server; undefined if no handshake succeeded. */
export async function readServerCertificate(
  { url: text, caCerts, timeoutMs, signal }: CertificateOptions,
): Promise<TlsFacts | undefined> {
  const url = new URL(text);
  const host = url.hostname.replace(/^\[|\]$/g, "");
  // RFC 6761 §6.3: a name below localhost is never looked up.
  const addresses = isLocalhostName(host) ? ["127.0.0.1", "::1"] : [host];
  loadAuthorities();
  const [{ connect: tcp }, { connect: tls }] = await Promise.all([
    import("node:net"),
    import("node:tls"),
  ]);
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(), timeoutMs);
  const ignored = { attempt() {}, connected() {} };
  try {
    const destination = { url, host, addresses, caCerts };
    const ended = AbortSignal.any([signal, limit.signal]);
    const socket = await openPinnedSocket(destination, { tcp, tls }, ignored, ended) as TLSSocket;
    const facts = tlsFacts(socket);
    socket.destroy();
    return facts;
  } catch {
    return undefined;
  } finally {
    clearTimeout(timer);
  }
}
