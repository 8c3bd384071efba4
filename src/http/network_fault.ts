/**
 * Faults below HTTP, from the messages of the runtime.
 *
 * Deno 2.6 puts the reason into the message, Deno 2.9 into the `cause` below "fetch failed"; both
 * are read as one text.
 *
 * @module
 */

import { Failure } from "../core/failure.ts";
import type { NetworkFault } from "../core/exchange.ts";
import { printable } from "../core/text.ts";
import type { FaultCode } from "../findings/mod.ts";
import type { EarlyEnd } from "./deadline.ts";

interface FaultRow {
  readonly code: FaultCode;
  /** Matches the runtime's message; absent for faults that this program finds. */
  readonly words?: RegExp;
  readonly message: string;
  readonly remedy: string;
}

const CHECK_ADDRESS = "Check the address and the port, and that the server is running";

/** The first match decides, so the more specific words come first. */
const FAULTS: readonly FaultRow[] = [
  {
    code: "proxy",
    words: /tunnel|proxy auth|proxy server|socks|invalid response version/i,
    message: "the proxy did not connect to the server",
    remedy:
      "Check --proxy, or HTTPS_PROXY, HTTP_PROXY and ALL_PROXY: a user and a password, where the " +
      "proxy asks for them, stand before the host; name hosts that need no proxy in NO_PROXY",
  },
  {
    code: "dns",
    words: /dns error|failed to lookup address|no such host|nodename nor servname/i,
    message: "the host name could not be resolved",
    remedy: "Check the spelling of the host name and the DNS or VPN of this machine",
  },
  {
    code: "tls_certificate_required",
    words: /fatal alert: (CertificateRequired|NoCertificate)/,
    message: "the server wants a client certificate in the TLS handshake, and none was presented",
    remedy:
      "Give the certificate and its key with --client-cert <path> --client-key <path>; it is presented to servers that were named, and to endpoints where a client authenticates",
  },
  {
    code: "tls_certificate_refused",
    words:
      /fatal alert: (BadCertificate|UnsupportedCertificate|Certificate(Revoked|Expired|Unknown|Unobtainable)|UnknownCA|UnknownCa|AccessDenied)/,
    message: "the server did not accept the client certificate in the TLS handshake",
    remedy:
      "Check who issued the certificate, its validity and its use (clientAuth), and that its chain is in --client-cert",
  },
  {
    code: "tls_name",
    words: /not valid for name|NotValidForName/i,
    message: "the server's certificate is for another name",
    remedy: "Use the name the certificate was issued for, or have the server present the right one",
  },
  {
    code: "tls_expired",
    words: /certificate expired|not valid yet|CertExpired|CertNotYetValid|NotValidYet|: Expired\b/i,
    message: "the server's certificate is not valid at this time",
    remedy: "Renew the server's certificate, or correct the clock of this machine",
  },
  {
    code: "tls_untrusted",
    words: /UnknownIssuer|CaUsedAsEndEntity|self[- ]signed|local issuer|BadSignature/i,
    message: "the server's certificate was not issued by an authority that is trusted here",
    remedy:
      "Pass the authority's certificate with --ca-file, or have the server send its intermediate " +
      "certificates. --ca-store both adds the authorities of the system; DENO_CERT, " +
      "DENO_TLS_CA_STORE and NODE_EXTRA_CA_CERTS are not read",
  },
  {
    code: "tls_closed",
    words: /without sending TLS close_notify|tls handshake eof/,
    message: "the server ended the TLS connection without a word",
    remedy:
      "It may want a client certificate: --client-cert <path> --client-key <path>. Look at the log of the server, and of any proxy before it, at this time",
  },
  {
    code: "tls_other",
    words: /peer certificate|corrupt message|fatal alert|handshake|InvalidContentType|\btls\b/i,
    message: "no secure connection could be made",
    remedy:
      "Check that this port speaks https and which TLS versions and certificates the server offers",
  },
  {
    code: "connection_refused",
    words: /connection refused|ECONNREFUSED|actively refused|os error (111|61|10061)\b/i,
    message: "the connection was refused",
    remedy: CHECK_ADDRESS,
  },
  {
    code: "timeout",
    words: /timed out|ETIMEDOUT|os error (110|60|10060)\b/i,
    message: "no complete answer came in time",
    remedy: "Try again, or allow more time with --step-timeout",
  },
  {
    code: "unreachable",
    words:
      /unreachable|ENETUNREACH|EHOSTUNREACH|no route to host|host is down|os error (101|113|65|51|64|10051|10065)\b/i,
    message: "the network of the server cannot be reached from here",
    remedy: "Check the network, VPN and firewall of this machine",
  },
  {
    code: "protocol",
    words:
      /invalid HTTP|HTTP\/1\.1 protocol|headers overflow|body length|message head|invalid header|http2 error|unexpected end of file|deflate|gzip|brotli|parse/i,
    message: "the answer is not valid HTTP",
    remedy: "Check that this port speaks HTTP, and whether something on the way alters answers",
  },
  {
    code: "connection_reset",
    words:
      /connection reset|ECONNRESET|EPIPE|other side closed|broken pipe|connection closed|connection abort|unexpected eof|reading a body from connection|os error (104|54|32|10053|10054)\b/i,
    message: "the connection ended before the answer was complete",
    remedy: "Look at the log of the server, and of any proxy before it, at this time",
  },
  {
    code: "blocked_port",
    words: /requests to port \d+ are blocked/i,
    message: "this port is on the list of ports that HTTP clients do not use",
    remedy: "Let the server listen on another port",
  },
  {
    code: "body_too_large",
    message: "the answer is larger than is accepted here",
    remedy: "Check that this address is the intended one; its answer should be a short document",
  },
  {
    code: "aborted",
    message: "the request was ended by this program",
    remedy: "Run the command again",
  },
  {
    code: "other",
    message: "the request failed",
    remedy: "Check the address and the network; --debug-out records the whole attempt",
  },
];

const ROWS = new Map(FAULTS.map((row) => [row.code, row]));
const row = (code: FaultCode): FaultRow =>
  ROWS.get(code) ?? { code, message: code, remedy: CHECK_ADDRESS };

const ABOUT_CONNECTING: ReadonlySet<string> = new Set(
  ["connection_refused", "timeout", "unreachable", "dns"] satisfies FaultCode[],
);

/** The URL is before the last "): ", and others chose it; spaces in it are encoded. */
function withoutUrl(message: string): string {
  const end = message.lastIndexOf("): client error");
  return end === -1 ? message : message.slice(end + "): ".length);
}

/** The messages of an error and of everything below it, outermost first, without the URL. */
function reasons(error: unknown): string[] {
  const found: string[] = [];
  const seen = new Set<unknown>();
  const queue = [error];
  while (queue.length > 0 && seen.size < 16) {
    const next = queue.shift();
    if (typeof next !== "object" || next === null || seen.has(next)) continue;
    seen.add(next);
    const { message, cause, errors } = next as Partial<AggregateError>;
    if (typeof message === "string") found.push(withoutUrl(message));
    queue.push(cause, ...(Array.isArray(errors) ? errors : []));
  }
  return found;
}

export function faultOf(code: FaultCode, detail?: string): NetworkFault {
  const message = row(code).message;
  return { code, message: detail ? `${message} (${printable(detail, 200)})` : message };
}

/** The fault of a request that failed: its early ending if there was one, else what was thrown. */
export function requestFault(
  error: unknown,
  ending: EarlyEnd | undefined,
  limitMs: number,
): NetworkFault {
  if (ending === undefined) return classifyError(error);
  return ending === "timeout" ? faultOf("timeout", `limit ${limitMs} ms`) : faultOf("aborted");
}

/** Classifies an error thrown by `fetch` or while reading a body. */
export function classifyError(error: unknown): NetworkFault {
  const texts = reasons(error);
  const text = texts.join("\n");
  const code = FAULTS.find(({ words }) => words?.test(text))?.code ?? "other";
  return faultOf(code, texts.at(-1)?.replace(/^client error \(\w+\): /, "") ?? String(error));
}

/** Faults that a server causes when it rejects a certificate without an alert. */
const ABOUT_CERTIFICATES: ReadonlySet<string> = new Set(
  ["tls_closed", "tls_other", "connection_reset", "protocol", "other"] satisfies FaultCode[],
);

export interface Circumstances {
  readonly viaProxy?: boolean;
  readonly certificate?: boolean;
}

/**
 * The failure for a fault.
 *
 * @param request What was attempted, e.g. `POST https://as.example/token`.
 */
export function networkFailure(
  request: string,
  fault: NetworkFault,
  cause?: unknown,
  { viaProxy = false, certificate = false }: Circumstances = {},
): Failure {
  const code = fault.code === "body_too_large"
    ? "response_too_large"
    : `network_${fault.code}` as const;
  const { remedy } = row(fault.code);
  const proxyHint = viaProxy && ABOUT_CONNECTING.has(fault.code)
    ? ". A proxy is configured (--proxy or the proxy variables): check that it runs and answers"
    : "";
  const certificateHint = certificate && ABOUT_CERTIFICATES.has(fault.code)
    ? ". A client certificate was presented: the server may not accept its issuer, its validity or " +
      "its use"
    : "";
  const hints = proxyHint + certificateHint;
  return new Failure(code, `${request}: ${fault.message}`, { remedy: remedy + hints, cause });
}
