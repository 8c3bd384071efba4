import { deepEqual } from "node:assert/strict";
import type { TLSSocket } from "node:tls";
import { type TlsFacts, tlsFacts } from "../../../src/http/guard/tls_facts.ts";

const PEER = {
  subject: { CN: "mcp.example", O: ["One", "Two"] },
  issuer: { CN: "CA" },
  valid_from: "Jan  1 00:00:00 2026 GMT",
  valid_to: "some day",
  subjectaltname: "DNS:mcp.example, IP Address:7F000001, IP Address:7F00000",
  fingerprint256: "AA:BB",
};

const CERTIFICATE = {
  subject: "CN=mcp.example, O=One, O=Two",
  issuer: "CN=CA",
  validFrom: "2026-01-01T00:00:00.000Z",
  validTo: "some day",
  subjectAltNames: ["DNS:mcp.example", "IP Address:127.0.0.1", "IP Address:7F00000"],
  fingerprint256: "AA:BB",
};

const NOTE = "this runtime does not report the TLS version and the cipher";
const whole = {
  getPeerCertificate: () => PEER,
  getProtocol: () => "TLSv1.3",
  getCipher: () => ({ name: "TLS_AES_256_GCM_SHA384" }),
};
const known = { version: "TLSv1.3", cipher: "TLS_AES_256_GCM_SHA384", certificate: CERTIFICATE };
const withPeer = (parts: object) => ({ getPeerCertificate: () => ({ ...PEER, ...parts }) });

/** What runtimes have of a socket, and what is reported. */
const SOCKETS: Readonly<Record<string, readonly [socket: object, facts: Partial<TlsFacts>]>> = {
  "says everything": [{}, {}],
  "cannot say the version": [{ getProtocol: undefined }, { version: null, note: NOTE }],
  "has no version": [{ getProtocol: () => null }, { version: null, note: NOTE }],
  "cannot say the cipher": [{ getCipher: undefined }, { cipher: null, note: NOTE }],
  "has no cipher": [{ getCipher: () => undefined }, { cipher: null, note: NOTE }],
  "has a cipher without a name": [{ getCipher: () => ({}) }, { cipher: null, note: NOTE }],
  "cannot say the certificate": [{ getPeerCertificate: undefined }, { certificate: null }],
  "has no certificate": [{ getPeerCertificate: () => undefined }, { certificate: null }],
  "has an empty certificate": [{ getPeerCertificate: () => ({}) }, { certificate: null }],
  "has a certificate without other names": [
    withPeer({ subjectaltname: undefined }),
    { certificate: { ...CERTIFICATE, subjectAltNames: [] } },
  ],
  "has a certificate without a subject": [
    withPeer({ subject: undefined }),
    { certificate: { ...CERTIFICATE, subject: "" } },
  ],
  "has a certificate for an IPv6 address": [
    withPeer({ subjectaltname: "IP Address:00000000000000000000000000000001" }),
    { certificate: { ...CERTIFICATE, subjectAltNames: ["IP Address:::1"] } },
  ],
};

for (const [what, [socket, facts]] of Object.entries(SOCKETS)) {
  Deno.test(`the facts of a connection that ${what}`, () => {
    deepEqual(tlsFacts({ ...whole, ...socket } as unknown as TLSSocket), { ...known, ...facts });
  });
}
