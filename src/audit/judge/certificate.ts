/** The validity of a server's certificate, for `oauth conformance` and `server doctor`. @module */

import { formatPeriod } from "../../core/quantities.ts";
import type { TlsFacts } from "../../http/guard/tls_facts.ts";

const DAY_MS = 86_400_000;

const RENEW_WITHIN_DAYS = 14;

export const RENEW_CERTIFICATE = "Server: renew the certificate, and automate the renewal";

export interface CertificateVerdict {
  readonly status: "valid" | "ends_soon" | "expired" | "unknown";
  readonly text: string;
}

/** @param now Milliseconds since the epoch. */
export function judgeCertificate(
  { certificate, version }: TlsFacts,
  now: number,
): CertificateVerdict {
  const protocol = version ?? "TLS";
  const verdict = (status: CertificateVerdict["status"], text: string): CertificateVerdict => ({
    status,
    text,
  });
  if (certificate === null) {
    return verdict("unknown", `${protocol}; the runtime does not report the certificate`);
  }
  const left = Date.parse(certificate.validTo) - now;
  const until = `${protocol}; the certificate of ${certificate.subject} is valid until ` +
    certificate.validTo.slice(0, 10);
  if (left <= 0) {
    return verdict("expired", `${until}: it expired ${formatPeriod(-left / 1000)} ago`);
  }
  const days = Math.floor(left / DAY_MS);
  return days < RENEW_WITHIN_DAYS
    ? verdict("ends_soon", `${until}: ${formatPeriod(left / 1000)} from now`)
    : verdict("valid", `${until} (${days} days)`);
}
