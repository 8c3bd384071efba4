/** Faults below HTTP. The reason is in the message on Deno 2.6, and in its `cause` on 2.9. @module */

import { Failure } from "../core/failure.ts";
import type { NetworkFault } from "../core/exchange.ts";
import type { Remedy } from "../core/command_text.ts";
import { printable } from "../core/text.ts";
import type { FaultCode } from "../findings/mod.ts";
import type { EarlyEnd } from "./deadline.ts";

interface FaultRow extends Remedy {
  /** Matches the runtime's message; absent for faults that mcpass finds. */
  readonly pattern?: RegExp;
  readonly message: string;
}

const CERTIFICATE = { clientCert: "<path>", clientKey: "<path>" };

/** The first match is used, so more specific patterns are first. */
const FAULTS: Readonly<Record<FaultCode, FaultRow>> = {
  proxy: {
    pattern: /tunnel|proxy auth|proxy server|socks|invalid response version/i,
    message: "the proxy did not connect to the server",
    remedy:
      "Check --proxy, or HTTPS_PROXY, HTTP_PROXY and ALL_PROXY: a user and a password, where the proxy asks for them, stand before the host; name hosts that need no proxy in NO_PROXY",
  },
  dns: {
    pattern: /dns error|failed to lookup address|no such host|nodename nor servname/i,
    message: "the host name could not be resolved",
    remedy: "Check the spelling of the host name and the DNS or VPN of this machine",
  },
  tls_certificate_required: {
    pattern: /fatal alert: (CertificateRequired|NoCertificate)/,
    message:
      "the server requires a client certificate in the TLS handshake, and none was presented",
    remedy:
      "A client certificate is presented to servers that you name, and to endpoints where a client authenticates. With one, run",
    loginFlags: CERTIFICATE,
  },
  tls_certificate_refused: {
    pattern:
      /fatal alert: (BadCertificate|UnsupportedCertificate|Certificate(Revoked|Expired|Unknown|Unobtainable)|UnknownCA|UnknownCa|AccessDenied)/,
    message: "the server did not accept the client certificate in the TLS handshake",
    remedy:
      "Check who issued the certificate, its validity and its use (clientAuth), and that the file has its chain",
  },
  tls_name: {
    pattern: /not valid for name|NotValidForName/i,
    message: "the server's certificate is for another name",
    remedy: "Use the name the certificate was issued for, or have the server present the right one",
  },
  tls_expired: {
    pattern:
      /certificate expired|not valid yet|CertExpired|CertNotYetValid|NotValidYet|: Expired\b/i,
    message: "the server's certificate is not valid at this time",
    remedy: "Renew the server's certificate, or correct the clock of this machine",
  },
  tls_untrusted: {
    pattern: /UnknownIssuer|CaUsedAsEndEntity|self[- ]signed|local issuer|BadSignature/i,
    message: "the server's certificate was not issued by an authority that is trusted here",
    remedy: "Server: send the intermediate certificates. DENO_CERT, DENO_TLS_CA_STORE and " +
      "NODE_EXTRA_CA_CERTS are not read. To trust the authority that issued the certificate (for " +
      "those of the system: --ca-store both), run",
    commandFlags: { caFile: "<path>" },
  },
  tls_closed: {
    pattern: /without sending TLS close_notify|tls handshake eof/,
    message: "the server closed the TLS connection without an alert",
    remedy:
      "Look at the log of the server, and of any proxy before it, at this time. It may require a client certificate. With one, run",
    loginFlags: CERTIFICATE,
  },
  tls_other: {
    pattern: /peer certificate|corrupt message|fatal alert|handshake|InvalidContentType|\btls\b/i,
    message: "no secure connection could be made",
    remedy:
      "Check that this port speaks https and which TLS versions and certificates the server offers",
  },
  connection_refused: {
    pattern: /connection refused|ECONNREFUSED|actively refused|os error (111|61|10061)\b/i,
    message: "the connection was refused",
    remedy: "Check the address and the port, and that the server is running",
  },
  timeout: {
    pattern: /timed out|ETIMEDOUT|os error (110|60|10060)\b/i,
    message: "no complete response was received in time",
    remedy: "Try again. To allow more time, run",
    commandFlags: { stepTimeout: "120000" },
  },
  unreachable: {
    pattern:
      /unreachable|ENETUNREACH|EHOSTUNREACH|no route to host|host is down|os error (101|113|65|51|64|10051|10065)\b/i,
    message: "the network of the server cannot be reached from here",
    remedy: "Check the network, VPN and firewall of this machine",
  },
  protocol: {
    pattern:
      /invalid HTTP|HTTP\/1\.1 protocol|headers overflow|body length|message head|invalid header|http2 error|unexpected end of file|deflate|gzip|brotli|parse/i,
    message: "the answer is not valid HTTP",
    remedy: "Check that this port speaks HTTP, and whether something on the way alters answers",
  },
  connection_reset: {
    pattern:
      /connection reset|ECONNRESET|EPIPE|other side closed|broken pipe|connection closed|connection abort|unexpected eof|reading a body from connection|os error (104|54|32|10053|10054)\b/i,
    message: "the connection ended before the answer was complete",
    remedy: "Look at the log of the server, and of any proxy before it, at this time",
  },
  blocked_port: {
    pattern: /requests to port \d+ are blocked/i,
    message: "this port is on the list of ports that HTTP clients do not use",
    remedy: "Let the server listen on another port",
  },
  body_too_large: {
    message: "the answer is larger than is accepted here",
    remedy: "Check that this address is the intended one; its answer should be a short document",
  },
  aborted: {
    message: "the request was ended by this program",
    remedy: "Run the command again",
  },
  other: {
    message: "the request failed",
    remedy: "Check the address and the network. To record every request with secrets masked, run",
    commandFlags: { debugOut: "mcpass-debug.json" },
  },
};

const FAULT_CODES = Object.keys(FAULTS) as FaultCode[];

const ABOUT_CONNECTING = new Set<FaultCode>([
  "connection_refused",
  "timeout",
  "unreachable",
  "dns",
]);

/** The messages of an error and its causes, outermost first, without the URL. */
function messagesOf(error: unknown): string[] {
  const found: string[] = [];
  const seen = new Set<unknown>();
  const queue = [error];
  while (queue.length > 0 && seen.size < 16) {
    const next = queue.shift();
    if (typeof next !== "object" || next === null || seen.has(next)) continue;
    seen.add(next);
    const { message, cause, errors } = next as Partial<AggregateError>;
    if (typeof message === "string") {
      // The URL, which others chose, is before the last "): "; spaces in it are encoded.
      const end = message.lastIndexOf("): client error");
      found.push(end === -1 ? message : message.slice(end + "): ".length));
    }
    queue.push(cause, ...(Array.isArray(errors) ? errors : []));
  }
  return found;
}

export function faultOf(code: FaultCode, detail?: string): NetworkFault {
  const { message } = FAULTS[code];
  return { code, message: detail ? `${message} (${printable(detail, 200)})` : message };
}

export function requestFault(
  error: unknown,
  ending: EarlyEnd | undefined,
  limitMs: number,
): NetworkFault {
  if (ending === undefined) return classifyError(error);
  return ending === "timeout" ? faultOf("timeout", `limit ${limitMs} ms`) : faultOf("aborted");
}

export function classifyError(error: unknown): NetworkFault {
  const texts = messagesOf(error);
  const text = texts.join("\n");
  const code = FAULT_CODES.find((it) => FAULTS[it].pattern?.test(text)) ?? "other";
  return faultOf(code, texts.at(-1)?.replace(/^client error \(\w+\): /, "") ?? String(error));
}

/** Faults after which the server may have rejected a certificate without an alert. */
const ABOUT_CERTIFICATES = new Set<FaultCode>(
  ["tls_closed", "tls_other", "connection_reset", "protocol", "other"],
);

/** @param request What was attempted: `POST https://as.example/token`. */
export function networkFailure(
  request: string,
  fault: NetworkFault,
  cause?: unknown,
  { viaProxy = false, certificate = false, isLimited = false } = {},
): Failure {
  const code = fault.code === "body_too_large"
    ? "response_too_large"
    : `network_${fault.code}` as const;
  const row: Remedy = isLimited && fault.code === "body_too_large"
    ? {
      remedy: "This is a limit of mcpass. To raise it, run",
      commandFlags: { maxResponseSize: "256" },
    }
    : FAULTS[fault.code];
  const hints = [
    ...viaProxy && ABOUT_CONNECTING.has(fault.code)
      ? ["A proxy is configured (--proxy or the proxy variables): check that it runs and answers. "]
      : [],
    ...certificate && ABOUT_CERTIFICATES.has(fault.code)
      ? [
        "A client certificate was presented: the server may not accept its issuer, its validity " +
        "or its use. ",
      ]
      : [],
  ];
  const { loginFlags, commandFlags } = row;
  const remedy = hints.join("") + row.remedy;
  const message = `${request}: ${fault.message}`;
  return new Failure(code, message, { remedy, loginFlags, commandFlags, cause });
}
