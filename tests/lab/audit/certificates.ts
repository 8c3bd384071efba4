/**
 * Certificates of the audit lab: an authority, and what it issues for 127.0.0.1 (RFC 5280 §4.1).
 *
 * @module
 */

import type { LabTls } from "../scripted_server.ts";

/** An authority and the certificate of a server. */
export interface LabCertificate {
  readonly tls: LabTls;
  /** Certificate of the authority, PEM. */
  readonly authority: string;
}

type Bytes = Uint8Array<ArrayBuffer>;
type KeyPair = CryptoKeyPair;

const DAY = 24 * 3600 * 1000;
const ECDSA = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
const OID = {
  ecdsaWithSha256: "06082a8648ce3d040302",
  commonName: "0603550403",
  basicConstraints: "0603551d13",
  subjectAltName: "0603551d11",
  extendedKeyUsage: "0603551d25",
  serverAuth: "06082b06010505070301",
} as const;

function join(parts: readonly Bytes[]): Bytes {
  const joined = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

const hex = (text: string): Bytes => Uint8Array.fromHex(text);
const text = (value: string): Bytes => new TextEncoder().encode(value);

/** A value with its tag and length (X.690 §8.1). */
function der(tag: number, ...contents: readonly Bytes[]): Bytes {
  const content = join(contents);
  const size = content.length;
  const length = size < 0x80
    ? [size]
    : size < 0x100
    ? [0x81, size]
    : [0x82, size >> 8, size & 0xff];
  return join([Uint8Array.from([tag, ...length]), content]);
}

const sequence = (...contents: readonly Bytes[]) => der(0x30, ...contents);

/** An unsigned number. */
function integer(bytes: Bytes): Bytes {
  const start = bytes.findIndex((byte) => byte !== 0);
  const digits = bytes.slice(start < 0 ? bytes.length - 1 : start);
  return (digits[0] ?? 0) >= 0x80 ? der(2, Uint8Array.of(0), digits) : der(2, digits);
}

function time(milliseconds: number): Bytes {
  const digits = new Date(milliseconds).toISOString().replace(/[-:T]|\.\d+/g, "");
  return der(0x17, text(digits.slice(2)));
}

function name(commonName: string): Bytes {
  return sequence(der(0x31, sequence(hex(OID.commonName), der(0x0c, text(commonName)))));
}

function extension(oid: string, value: Bytes, critical = false): Bytes {
  const mark = critical ? [der(1, Uint8Array.of(0xff))] : [];
  return sequence(hex(oid), ...mark, der(4, value));
}

function pem(label: string, bytes: Bytes): string {
  const lines = bytes.toBase64().match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join("\n")}\n-----END ${label}-----\n`;
}

interface Contents {
  readonly subject: string;
  readonly key: CryptoKey;
  readonly until: number;
  readonly extensions: readonly Bytes[];
}

const AUTHORITY = "mcpass audit lab authority";

async function issue({ subject, key, until, extensions }: Contents, signer: CryptoKey) {
  const algorithm = sequence(hex(OID.ecdsaWithSha256));
  const body = sequence(
    der(0xa0, integer(Uint8Array.of(2))),
    integer(crypto.getRandomValues(new Uint8Array(8))),
    algorithm,
    name(AUTHORITY),
    sequence(time(Date.now() - DAY), time(until)),
    name(subject),
    new Uint8Array(await crypto.subtle.exportKey("spki", key)),
    der(0xa3, sequence(...extensions)),
  );
  const raw = new Uint8Array(await crypto.subtle.sign(ECDSA, signer, body));
  const signature = sequence(integer(raw.slice(0, 32)), integer(raw.slice(32)));
  return pem("CERTIFICATE", sequence(body, algorithm, der(3, Uint8Array.of(0), signature)));
}

function makeKeys(): Promise<KeyPair> {
  return crypto.subtle.generateKey(ECDSA, true, ["sign", "verify"]);
}

let authority: Promise<{ readonly keys: KeyPair; readonly certificate: string }> | undefined;

function labAuthority() {
  return authority ??= (async () => {
    const keys = await makeKeys();
    const certificate = await issue({
      subject: AUTHORITY,
      key: keys.publicKey,
      until: Date.now() + 365 * DAY,
      extensions: [
        extension(OID.basicConstraints, sequence(der(1, Uint8Array.of(0xff))), true),
      ],
    }, keys.privateKey);
    return { keys, certificate };
  })();
}

/** A certificate for loopback that is valid for some days. */
export async function certificateFor(days: number): Promise<LabCertificate> {
  const issuer = await labAuthority();
  const keys = await makeKeys();
  const names = sequence(
    der(0x82, text("localhost")),
    der(0x87, Uint8Array.of(127, 0, 0, 1)),
  );
  const cert = await issue({
    subject: "mcpass audit lab",
    key: keys.publicKey,
    until: Date.now() + days * DAY,
    extensions: [
      extension(OID.subjectAltName, names),
      extension(OID.extendedKeyUsage, sequence(hex(OID.serverAuth))),
    ],
  }, issuer.keys.privateKey);
  const key = pem(
    "PRIVATE KEY",
    new Uint8Array(await crypto.subtle.exportKey("pkcs8", keys.privateKey)),
  );
  return { tls: { cert, key, clientCa: issuer.certificate }, authority: issuer.certificate };
}
