import { shellWord } from "./text.ts";

/** RFC 7468. */
interface PemBlock {
  /** `CERTIFICATE`, `PRIVATE KEY`. */
  readonly label: string;
  /** The text between the BEGIN and END lines. */
  readonly body: string;
  /** Offset in the text. */
  readonly start: number;
  readonly end: number;
}

const BEGIN = "-----BEGIN ";
const DASHES = "-----";

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

/** Why a certificate in OpenSSL's own form is refused: only OpenSSL reads it. */
export function opensslFormObjection(
  pem: string,
  path: string,
): { readonly why: string; readonly remedy: string } | undefined {
  if (!pemBlocks(pem).some(({ label }) => label === "TRUSTED CERTIFICATE")) return undefined;
  return {
    why: "contains a certificate in OpenSSL's TRUSTED CERTIFICATE format",
    remedy: `Convert it, and use the new file:\n  openssl x509 -in ${
      shellWord(path)
    } -out cert.pem`,
  };
}
