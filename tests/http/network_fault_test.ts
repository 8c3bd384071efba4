import { doesNotMatch, equal, match } from "node:assert/strict";
import { classifyError, faultOf, networkFailure } from "../../src/http/network_fault.ts";
import type { FaultCode } from "../../src/findings/mod.ts";
import { openClient, readHead, serveRaw, write } from "./support.ts";

const AT = "error sending request for url (https://mcp.example/mcp)";
const FROM = "error sending request from 127.0.0.1:5 for http://mcp.example/ (127.0.0.1:80)";

/** Words of the runtime, recorded on Linux; those of other systems are from their error tables. */
const RECORDED: readonly (readonly [words: string, code: FaultCode])[] = [
  [
    `${AT}: client error (Connect): dns error: failed to lookup address information: Name or service not known`,
    "dns",
  ],
  [`${AT}: client error (Connect): dns error: No such host is known. (os error 11001)`, "dns"],
  [
    `${AT}: client error (Connect): tcp connect error: Connection refused (os error 111)`,
    "connection_refused",
  ],
  [
    `${AT}: client error (Connect): tcp connect error: No connection could be made because the target machine actively refused it. (os error 10061)`,
    "connection_refused",
  ],
  [
    `${AT}: client error (Connect): tcp connect error: Network is unreachable (os error 101)`,
    "unreachable",
  ],
  [
    `${AT}: client error (Connect): tcp connect error: Connection timed out (os error 110)`,
    "timeout",
  ],
  [`${AT}: client error (Connect): invalid peer certificate: UnknownIssuer`, "tls_untrusted"],
  [
    `${AT}: client error (Connect): invalid peer certificate: Other(OtherError(CaUsedAsEndEntity))`,
    "tls_untrusted",
  ],
  [
    `${AT}: client error (Connect): invalid peer certificate: certificate expired: verification time 1795319871 (UNIX), but certificate is not valid after 1609459200 (185860671 seconds ago)`,
    "tls_expired",
  ],
  [
    `${AT}: client error (Connect): invalid peer certificate: certificate not valid yet: verification time 1795319871 (UNIX), but certificate is not valid before 4102444800 (2307124929 seconds in future)`,
    "tls_expired",
  ],
  [
    `${AT}: client error (Connect): invalid peer certificate: certificate not valid for name "127.0.0.1"; certificate is only valid for DnsName("other.example")`,
    "tls_name",
  ],
  [
    `${AT}: client error (Connect): received corrupt message of type InvalidContentType`,
    "tls_other",
  ],
  [`${AT}: client error (Connect): received fatal alert: HandshakeFailure`, "tls_other"],
  [
    `${AT}: client error (Connect): received fatal alert: CertificateRequired`,
    "tls_certificate_required",
  ],
  ["received fatal alert: CertificateRequired", "tls_certificate_required"],
  ["peer closed connection without sending TLS close_notify: https://docs.rs/x", "tls_closed"],
  [`${AT}: client error (Connect): tls handshake eof`, "tls_closed"],
  ["received fatal alert: UnknownCA", "tls_certificate_refused"],
  ["received fatal alert: CertificateExpired", "tls_certificate_refused"],
  ["received fatal alert: BadCertificate", "tls_certificate_refused"],
  [`${AT}: client error (Connect): unexpected eof while tunneling`, "proxy"],
  [
    `${FROM}: client error (SendRequest): connection closed before message completed`,
    "connection_reset",
  ],
  [
    `${FROM}: client error (SendRequest): connection error: Connection reset by peer (os error 104)`,
    "connection_reset",
  ],
  [`${FROM}: client error (SendRequest): invalid HTTP version parsed`, "protocol"],
  [`${FROM}: client error (SendRequest): message head is too large`, "protocol"],
  ["error reading a body from connection", "connection_reset"],
  ["unexpected end of file", "protocol"],
  ["Fetch failed: Requests to port 1 are blocked", "blocked_port"],
  ["something nobody has seen", "other"],
];

for (const [words, code] of RECORDED) {
  Deno.test(`${code}: ${words.replace(/^error sending.*?\): /, "")}`, () => {
    equal(classifyError(new TypeError(words)).code, code, "reason in the message");
    const below = new TypeError("fetch failed", { cause: new Error(words) });
    equal(classifyError(below).code, code, "reason in the cause");
    const failure = networkFailure("GET https://mcp.example/mcp", classifyError(below), below);
    equal(failure.code, `network_${code}`);
    match(failure.message, /^GET https:\/\/mcp\.example\/mcp: [a-z]/);
    match(failure.remedy ?? "", /^[A-Z].*[^.]$/s);
    doesNotMatch(failure.message, /error sending request/);
  });
}

Deno.test("the words of a URL are not taken for the reason", () => {
  const url = "https://mcp.example/dns%20error/(UnknownIssuer):x?certificate-expired";
  const words =
    `error sending request for url (${url}): client error (Connect): Connection refused (os error 111)`;
  equal(classifyError(new TypeError(words)).code, "connection_refused");
});

Deno.test("a chain of causes that bites its tail is read once", () => {
  const error = new Error("fetch failed");
  error.cause = new AggregateError(
    [new Error("invalid peer certificate: UnknownIssuer"), error],
    "",
  );
  equal(classifyError(error).code, "tls_untrusted");
});

Deno.test("what is thrown without a message is classified too", () => {
  for (const thrown of [undefined, null, "text", 5, {}]) equal(classifyError(thrown).code, "other");
});

Deno.test("a too large answer keeps its own failure code", () => {
  equal(networkFailure("GET x", faultOf("body_too_large")).code, "response_too_large");
});

/** What may be the doing of a proxy, and what a server's that does not like a certificate. */
const HINTS: Readonly<Record<FaultCode, readonly ("proxy" | "certificate")[]>> = {
  proxy: [],
  dns: ["proxy"],
  tls_certificate_required: [],
  tls_certificate_refused: [],
  tls_name: [],
  tls_expired: [],
  tls_untrusted: [],
  tls_closed: ["certificate"],
  tls_other: ["certificate"],
  connection_refused: ["proxy"],
  timeout: ["proxy"],
  unreachable: ["proxy"],
  protocol: ["certificate"],
  connection_reset: ["certificate"],
  blocked_port: [],
  body_too_large: [],
  aborted: [],
  other: ["certificate"],
};

for (const [code, hints] of Object.entries(HINTS)) {
  Deno.test(`${code}: ${hints.length === 0 ? "no other cause" : hints.join(" and ")} is named`, () => {
    const remedy = (circumstances: Parameters<typeof networkFailure>[3]) =>
      networkFailure("GET x", faultOf(code as FaultCode), undefined, circumstances).remedy ?? "";
    const proxy = remedy({ viaProxy: true });
    const certificate = remedy({ certificate: true });
    equal(/A proxy is configured/.test(proxy), hints.includes("proxy"));
    equal(/Check the client certificate/.test(certificate), hints.includes("certificate"));
    doesNotMatch(remedy({}), /A proxy is configured|A client certificate was presented/);
  });
}

Deno.test("every fault has words and a remedy of its own", () => {
  const codes = Object.keys(HINTS) as FaultCode[];
  equal(new Set(codes.map((code) => faultOf(code).message)).size, codes.length);
  const remedies = codes.map((code) => networkFailure("GET x", faultOf(code)).remedy);
  equal(new Set(remedies).size >= codes.length - 1, true);
});

Deno.test("without a proxy and a certificate, the remedy of a fault is all that is advised", () => {
  equal(
    networkFailure("GET x", faultOf("dns")).remedy,
    "Check the spelling of the host name, and the DNS and VPN of this machine",
  );
});

const ANSWERS: readonly (readonly [what: string, answer: string, code: FaultCode])[] = [
  ["something that is not HTTP", "HELLO\r\n\r\n", "protocol"],
  ["nothing before it closes", "", "connection_reset"],
  [
    "less body than it announced",
    "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nabc",
    "connection_reset",
  ],
  [
    "a gzip body that is none",
    "HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 3\r\n\r\nabc",
    "protocol",
  ],
  ["a head without an end", `HTTP/1.1 200 OK\r\nx: ${"a".repeat(1_000_000)}`, "protocol"],
];

for (const [what, answer, code] of ANSWERS) {
  Deno.test(`a server that sends ${what} causes ${code}`, async () => {
    await using server = serveRaw(async (conn) => {
      await readHead(conn);
      await write(conn, answer);
    });
    await using client = openClient();
    const failure = await client.failure({ url: `${server.origin}/doc` });
    equal(failure.code, `network_${code}`);
    equal(client.exchanges[0]?.fault?.code, code);
    equal(client.exchanges[0]?.request.url, `${server.origin}/doc`);
  });
}

Deno.test("a port where nobody listens causes connection_refused", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  listener.close();
  await using client = openClient();
  const failure = await client.failure({ url: `http://127.0.0.1:${listener.addr.port}/` });
  equal(failure.code, "network_connection_refused");
  equal(client.exchanges[0]?.response, null);
});

Deno.test("a local TLS fault names http, because many local servers have no TLS", () => {
  const remedy = (request: string, code: "tls_closed" | "timeout" | "dns") =>
    networkFailure(request, faultOf(code)).remedy ?? "";
  for (const code of ["tls_closed", "timeout"] as const) {
    match(remedy("POST https://localhost:3000/mcp", code), /write http:\/\/ in its URL\n/);
    doesNotMatch(remedy("POST http://localhost:3000/mcp", code), /http:/);
    doesNotMatch(remedy("POST https://mcp.example/mcp", code), /http:/);
  }
  doesNotMatch(remedy("POST https://localhost:3000/mcp", "dns"), /http:/);
});
