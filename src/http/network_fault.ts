/** Faults below HTTP. The reason is in the message on Deno 2.6, and in its `cause` on 2.9. @module */

import { Failure } from "../core/failure.ts";
import type { NetworkFault } from "../core/exchange.ts";
import type { Remedy } from "../core/command_text.ts";
import { printable } from "../core/text.ts";
import { isLoopbackHost, parseUrl } from "../core/url.ts";
import type { FaultCode } from "../findings/mod.ts";
import type { EarlyEnd } from "./deadline.ts";

interface FaultRow extends Remedy {
  /** Matches the runtime's message; absent for faults that mcpass finds. */
  readonly pattern?: RegExp;
  readonly message: string;
  /** What is shown instead of the runtime's text, which would repeat the title. */
  readonly observed?: string;
}

const CERTIFICATE = { clientCert: "<path>", clientKey: "<path>" };

/** The first match is used, so more specific patterns are first. */
const FAULTS: Readonly<Record<FaultCode, FaultRow>> = {
  proxy: {
    pattern: /tunnel|proxy auth|proxy server|socks|invalid response version/i,
    message: "the proxy did not connect to the server",
    remedy:
      "Check --proxy, or HTTPS_PROXY, HTTP_PROXY and ALL_PROXY. If the proxy requires a user, write http://user:password@host:port. Hosts that need no proxy belong in NO_PROXY",
  },
  dns: {
    pattern: /dns error|failed to lookup address|no such host|nodename nor servname/i,
    message: "the host name could not be resolved",
    remedy: "Check the spelling of the host name, and the DNS and VPN of this machine",
  },
  tls_certificate_required: {
    pattern: /fatal alert: (CertificateRequired|NoCertificate)/,
    message:
      "the server requires a client certificate in the TLS handshake, and none was presented",
    remedy: "Present a client certificate",
    loginFlags: CERTIFICATE,
  },
  tls_certificate_refused: {
    pattern:
      /fatal alert: (BadCertificate|UnsupportedCertificate|Certificate(Revoked|Expired|Unknown|Unobtainable)|UnknownCA|UnknownCa|AccessDenied)/,
    message: "the server did not accept the client certificate in the TLS handshake",
    remedy:
      "Check the issuer of the certificate, its validity and its extended key usage (clientAuth), and that the file contains its chain",
  },
  tls_name: {
    pattern: /not valid for name|NotValidForName/i,
    message: "the server's certificate is for another name",
    remedy: "Server: present a certificate for this name\nUse the name that the certificate is for",
  },
  tls_expired: {
    pattern:
      /certificate expired|not valid yet|CertExpired|CertNotYetValid|NotValidYet|: Expired\b/i,
    message: "the server's certificate is not valid at this time",
    remedy: "Server: renew the certificate\nCheck the clock of this machine",
  },
  tls_untrusted: {
    pattern: /UnknownIssuer|CaUsedAsEndEntity|self[- ]signed|local issuer|BadSignature/i,
    message: "the server's certificate was not issued by a trusted authority",
    remedy: "Server: send the intermediate certificates\n" +
      "Trust the authority that issued the certificate (--ca-store both trusts those of the " +
      "system; DENO_CERT, DENO_TLS_CA_STORE and NODE_EXTRA_CA_CERTS are not read)",
    commandFlags: { caFile: "<path>" },
  },
  tls_closed: {
    pattern: /without sending TLS close_notify|tls handshake eof/,
    message: "the server closed the TLS connection without an alert",
    remedy: "Server: look for the reason in the log of the server, or of a proxy in front of it\n" +
      "Present a client certificate, if the server requires one",
    loginFlags: CERTIFICATE,
  },
  tls_other: {
    pattern: /peer certificate|corrupt message|fatal alert|handshake|InvalidContentType|\btls\b/i,
    message: "no TLS connection could be established",
    remedy: "Check that the server speaks HTTPS on this port, and which TLS versions it supports",
  },
  connection_refused: {
    pattern: /connection refused|ECONNREFUSED|actively refused|os error (111|61|10061)\b/i,
    message: "the connection was refused",
    observed: "no program accepts connections on this port",
    remedy: "Check the address and the port, and that the server is running",
  },
  timeout: {
    pattern: /timed out|ETIMEDOUT|os error (110|60|10060)\b/i,
    message: "no complete response was received in time",
    remedy: "Allow more time",
    commandFlags: { stepTimeout: "120000" },
  },
  unreachable: {
    pattern:
      /unreachable|ENETUNREACH|EHOSTUNREACH|no route to host|host is down|os error (101|113|65|51|64|10051|10065)\b/i,
    message: "the network of the server cannot be reached from this machine",
    remedy: "Check the network, VPN and firewall of this machine",
  },
  protocol: {
    pattern:
      /invalid HTTP|HTTP\/1\.1 protocol|headers overflow|body length|message head|invalid header|http2 error|unexpected end of file|deflate|gzip|brotli|parse/i,
    message: "the response is not valid HTTP",
    remedy: "Check that the server speaks HTTP on this port, and that no proxy changes responses",
  },
  connection_reset: {
    pattern:
      /connection reset|ECONNRESET|EPIPE|other side closed|broken pipe|connection closed|connection abort|unexpected eof|reading a body from connection|os error (104|54|32|10053|10054)\b/i,
    message: "the connection ended before the response was complete",
    remedy: "Server: look for the reason in the log of the server, or of a proxy in front of it",
  },
  blocked_port: {
    pattern: /requests to port \d+ are blocked/i,
    message: "this port is blocked for HTTP clients (Fetch standard)",
    remedy: "Server: listen on another port",
  },
  body_too_large: {
    message: "the response is too large",
    remedy: "Check the URL: its response should be a short document",
  },
  aborted: {
    message: "mcpass stopped the request",
    remedy: "Run the command again",
  },
  other: {
    message: "the request failed",
    remedy: "Check the address and the network, and record a trace",
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

/** Faults of a TLS handshake with a server that speaks HTTP, which local servers often do. */
const MAY_BE_HTTP = new Set<FaultCode>(["tls_closed", "tls_other", "timeout"]);

function isLoopbackTls(request: string): boolean {
  const url = parseUrl(request.replace(/^[A-Z]+ /, ""));
  return url?.protocol === "https:" && isLoopbackHost(url.hostname);
}

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
      remedy: "Raise this limit of mcpass",
      commandFlags: { maxResponseSize: "256" },
    }
    : FAULTS[fault.code];
  const hints = [
    ...viaProxy && ABOUT_CONNECTING.has(fault.code)
      ? ["A proxy is configured (--proxy or the proxy variables): check that it is running\n"]
      : [],
    ...certificate && ABOUT_CERTIFICATES.has(fault.code)
      ? [
        "Check the client certificate: the server may not accept its issuer, validity or extended " +
        "key usage\n",
      ]
      : [],
  ];
  if (MAY_BE_HTTP.has(fault.code) && isLoopbackTls(request)) {
    hints.push("If the server has no TLS, write http:// in its URL\n");
  }
  const { loginFlags, commandFlags } = row;
  const { message, observed: known } = FAULTS[fault.code];
  const detail = fault.message.slice(message.length).replace(/^ \((.*)\)$/, "$1")
    .replace(/^limit (?=\d+ ms$)/, "stopped after ");
  const observed = known ?? detail;
  return new Failure(code, `${request}: ${fault.message}`, {
    observed: observed === "" ? request : `${request}: ${observed}`,
    remedy: hints.join("") + row.remedy,
    loginFlags,
    commandFlags,
    cause,
  });
}
