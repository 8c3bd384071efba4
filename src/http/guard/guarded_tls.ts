/**
 * What can be said about a TLS connection, and why one failed.
 *
 * @module
 */

import type { TLSSocket } from "node:tls";

/** A certificate in short. */
export interface CertificateSummary {
  /** Whom it was issued to, as `CN=…, O=…`. */
  readonly subject: string;
  /** Who issued it. */
  readonly issuer: string;
  /** ISO 8601. */
  readonly validFrom: string;
  /** ISO 8601. */
  readonly validTo: string;
  /** Names and addresses it is for. */
  readonly subjectAltNames: readonly string[];
  /** SHA-256, in pairs of hexadecimal digits. */
  readonly fingerprint256: string;
}

/** What is known of a TLS connection. */
export interface TlsFacts {
  /** `TLSv1.3`; null where the runtime does not say. */
  readonly version: string | null;
  /** Name of the cipher suite; null where the runtime does not say. */
  readonly cipher: string | null;
  /** The server's own certificate; null where none is known. */
  readonly certificate: CertificateSummary | null;
  /** Why something is null. */
  readonly note?: string;
}

const SILENT = "this runtime does not report the TLS version and the cipher";

function distinguishedName(name: unknown): string {
  return Object.entries(name ?? {})
    .flatMap(([key, value]) => [value].flat().map((one) => `${key}=${one}`)).join(", ");
}

function isoDate(text: string): string {
  const at = Date.parse(text);
  return Number.isNaN(at) ? text : new Date(at).toISOString();
}

/** Deno 2.6 writes the bytes of an address in hexadecimal. */
function altName(text: string): string {
  const [, hex] = /^IP Address:([0-9A-F]{8}|[0-9A-F]{32})$/.exec(text) ?? [];
  if (hex === undefined) return text;
  const address = hex.length === 8
    ? Uint8Array.fromHex(hex).join(".")
    : new URL(`http://[${hex.match(/.{4}/g)?.join(":")}]`).hostname.slice(1, -1);
  return `IP Address:${address}`;
}

function certificateOf(socket: TLSSocket): CertificateSummary | null {
  const peer = socket.getPeerCertificate?.();
  if (!peer?.fingerprint256) return null;
  return {
    subject: distinguishedName(peer.subject),
    issuer: distinguishedName(peer.issuer),
    validFrom: isoDate(peer.valid_from),
    validTo: isoDate(peer.valid_to),
    subjectAltNames: (peer.subjectaltname ?? "").split(", ").filter((it) => it !== "").map(altName),
    fingerprint256: peer.fingerprint256,
  };
}

/** Reads the facts off a connection whose handshake is done. */
export function tlsFacts(socket: TLSSocket): TlsFacts {
  const version = socket.getProtocol?.() || null;
  const cipher = socket.getCipher?.()?.name || null;
  return {
    version,
    cipher,
    certificate: certificateOf(socket),
    ...(version === null || cipher === null ? { note: SILENT } : {}),
  };
}

/**
 * Why a handshake failed: it is tried once more through the part of the runtime that says so. What
 * the first attempt said is "write UNKNOWN" on one runtime and names the wrong reason on another.
 *
 * @returns The reason, or undefined when the handshake succeeds now.
 */
export async function handshakeReason(
  { address, port, host, caCerts }: {
    readonly address: string;
    readonly port: number;
    readonly host: string;
    readonly caCerts: readonly string[];
  },
  signal: AbortSignal,
): Promise<Error | undefined> {
  let conn: Deno.Conn | undefined;
  const onAbort = () => close(conn);
  signal.addEventListener("abort", onAbort);
  try {
    const tcp = await Deno.connect({ hostname: address, port });
    conn = tcp;
    if (signal.aborted) return undefined;
    const tls = await Deno.startTls(tcp, { hostname: host, caCerts: [...caCerts] });
    conn = tls;
    await tls.handshake();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  } finally {
    signal.removeEventListener("abort", onAbort);
    close(conn);
  }
}

function close(conn: Deno.Conn | undefined): void {
  try {
    conn?.close();
  } catch {
    // The handshake, or the other side, has closed it.
  }
}
