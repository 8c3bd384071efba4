/**
 * Certificates as text (RFC 7468).
 *
 * @module
 */

/** A block of a text. */
export interface PemBlock {
  /** `CERTIFICATE`, `PRIVATE KEY`. */
  readonly label: string;
  /** What is between its first and its last line. */
  readonly body: string;
  /** Where it begins in the text. */
  readonly start: number;
  /** Where it ends in the text. */
  readonly end: number;
}

const BEGIN = "-----BEGIN ";
const DASHES = "-----";

/** Every complete block of a text, in order. */
export function pemBlocks(text: string): PemBlock[] {
  const found: PemBlock[] = [];
  let start = text.indexOf(BEGIN);
  while (start !== -1) {
    const afterLabel = text.indexOf(DASHES, start + BEGIN.length);
    const afterBody = afterLabel === -1 ? -1 : text.indexOf(DASHES, afterLabel + DASHES.length);
    if (afterBody === -1) break;
    const label = text.slice(start + BEGIN.length, afterLabel);
    const last = `-----END ${label}-----`;
    if (text.startsWith(last, afterBody)) {
      const body = text.slice(afterLabel + DASHES.length, afterBody);
      found.push({ label, body, start, end: afterBody + last.length });
    }
    start = text.indexOf(BEGIN, afterBody);
  }
  return found;
}

/** The first value of DER bytes (X.690 §8.1.3), without what follows it. */
function firstValue(der: Uint8Array): Uint8Array {
  const [, length = 0] = der;
  const more = length < 0x80 ? 0 : length & 0x7f;
  const long = der.subarray(2, 2 + more).reduce((sum, byte) => sum * 256 + byte, 0);
  return der.subarray(0, 2 + more + (more === 0 ? length : long));
}

/**
 * Certificates in PEM form, those in OpenSSL's own form (`TRUSTED CERTIFICATE`) without what stands
 * there beside the certificate: whom it is trusted for.
 *
 * @throws SyntaxError when one of those is not in Base64.
 */
export function withoutTrust(pem: string): string {
  let [plain, done] = ["", 0];
  for (const { label, body, start, end } of pemBlocks(pem)) {
    if (label !== "TRUSTED CERTIFICATE") continue;
    const value = firstValue(Uint8Array.fromBase64(body.replace(/\s/g, ""))).toBase64();
    const lines = value.replace(/.{64}(?=.)/g, "$&\n");
    plain += pem.slice(done, start) +
      `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----`;
    done = end;
  }
  return plain + pem.slice(done);
}
