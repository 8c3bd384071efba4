/** What is known about a TLS connection. @module */

import type { TLSSocket } from "node:tls";

export interface CertificateSummary {
  /** The subject, as `CN=…, O=…`. */
  readonly subject: string;
  readonly issuer: string;
  /** ISO 8601. */
  readonly validFrom: string;
  /** ISO 8601. */
  readonly validTo: string;
  readonly subjectAltNames: readonly string[];
  /** SHA-256, in pairs of hexadecimal digits. */
  readonly fingerprint256: string;
}

export interface TlsFacts {
  /** `TLSv1.3`; null if the runtime does not report it. */
  readonly version: string | null;
  /** Name of the cipher suite; null if the runtime does not report it. */
  readonly cipher: string | null;
  /** The server's own certificate; null if none is known. */
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

/** The facts of a connection after its handshake. */
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
