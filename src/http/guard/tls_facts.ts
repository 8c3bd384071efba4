import type { TLSSocket } from "node:tls";
import { loadAuthorities } from "../../core/certificate_authorities.ts";
import { isLocalhostName } from "../../core/url.ts";
import { LOOPBACK_ADDRESSES } from "../address.ts";
import { loadConnectors, openPinnedSocket } from "./pinned_socket.ts";

export interface TlsFacts {
  /** `TLSv1.3`; null if the runtime does not report it. */
  readonly version: string | null;
  readonly cipher: string | null;
  readonly certificate: {
    /** The subject, as `CN=…, O=…`. */
    readonly subject: string;
    readonly issuer: string;
    /** ISO 8601, like `validTo`. */
    readonly validFrom: string;
    readonly validTo: string;
    readonly subjectAltNames: readonly string[];
    readonly fingerprint256: string;
  } | null;
  /** Why something is null. */
  readonly note?: string;
}

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

export function tlsFacts(socket: TLSSocket): TlsFacts {
  const version = socket.getProtocol?.() || null;
  const cipher = socket.getCipher?.()?.name || null;
  const peer = socket.getPeerCertificate?.();
  const certificate = !peer?.fingerprint256 ? null : {
    subject: distinguishedName(peer.subject),
    issuer: distinguishedName(peer.issuer),
    validFrom: isoDate(peer.valid_from),
    validTo: isoDate(peer.valid_to),
    subjectAltNames: (peer.subjectaltname ?? "").split(", ").filter((it) => it !== "").map(altName),
    fingerprint256: peer.fingerprint256,
  };
  const facts = { version, cipher, certificate };
  return version === null || cipher === null
    ? { ...facts, note: "this runtime does not report the TLS version and the cipher" }
    : facts;
}

/** From a handshake without a request; undefined if it failed. */
export async function readServerCertificate(
  { url: text, caCerts, timeoutMs, signal }: {
    readonly url: string;
    readonly caCerts: readonly string[];
    readonly timeoutMs: number;
    readonly signal: AbortSignal;
  },
): Promise<TlsFacts | undefined> {
  const url = new URL(text);
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const addresses = isLocalhostName(host) ? LOOPBACK_ADDRESSES : [host];
  loadAuthorities();
  const connectors = await loadConnectors();
  const destination = { url, host, addresses, caCerts };
  const ignored = { attempt() {}, connected() {} };
  const ended = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
  try {
    const socket = await openPinnedSocket(destination, connectors, ignored, ended) as TLSSocket;
    const facts = tlsFacts(socket);
    socket.destroy();
    return facts;
  } catch {
    return undefined;
  }
}
