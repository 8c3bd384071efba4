/**
 * Certificates as text (RFC 7468).
 *
 * @module
 */

const TRUSTED = /-----BEGIN TRUSTED CERTIFICATE-----([^-]+)-----END TRUSTED CERTIFICATE-----/g;

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
  return pem.replace(TRUSTED, (_, body: string) => {
    const plain = firstValue(Uint8Array.fromBase64(body.replace(/\s/g, ""))).toBase64();
    const lines = plain.replace(/.{64}(?=.)/g, "$&\n");
    return `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----`;
  });
}
