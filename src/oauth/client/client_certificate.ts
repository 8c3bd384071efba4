/** Client certificates, and the tokens bound to them (RFC 8705). @module */

import type { Judgement } from "../../core/finding.ts";
import { isObject } from "../../core/json.ts";
import { quoted } from "../../core/text.ts";
import { unverifiedClaims } from "../common/jwt_claims.ts";

export interface CertificateFiles {
  /** Absolute path of the certificate, PEM, the chain after it. */
  readonly certFile: string;
  /** Absolute path of its private key, PEM. */
  readonly keyFile: string;
  readonly passphraseFile?: string;
}

export interface ClientCertificate extends CertificateFiles {
  readonly cert: string;
  /** The key, PEM, not encrypted. */
  readonly key: string;
  readonly secrets: readonly string[];
  readonly facts: CertificateFacts;
  readonly findings: readonly Judgement[];
}

export interface CertificateFacts {
  /** `x5t#S256` (RFC 8705 §3.1). */
  readonly thumbprint: string;
  readonly selfSigned: boolean;
  /** RFC 4514. */
  readonly subject: string;
  /** The first DNS name among its alternative names. */
  readonly dnsName: string | undefined;
  /** Milliseconds since the epoch, as is `validTo`. */
  readonly validFrom: number;
  readonly validTo: number;
  /** The public key, with the certificate in it (`x5c`). */
  readonly jwk: Readonly<Record<string, unknown>>;
}

export function validityFindings(
  { certFile, facts }: Pick<ClientCertificate, "certFile" | "facts">,
  now: number,
): readonly Judgement[] {
  const { validFrom, validTo } = facts;
  if (now >= validFrom && now <= validTo) return [];
  const said = now > validTo
    ? `expired ${new Date(validTo).toISOString()}`
    : `is not valid before ${new Date(validFrom).toISOString()}`;
  return [{
    code: "client_certificate_expired",
    severity: "warning",
    message: `the client certificate ${quoted(certFile, 4096)} ${said}; servers will refuse it`,
    remedy: "Obtain a new certificate, or correct the clock of this machine",
    reference: "RFC 5280 §4.1.2.5",
  }];
}

export function certificateMetadata(
  method: string,
  { subject, dnsName, jwk }: CertificateFacts,
): Readonly<Record<string, unknown>> {
  const bound = { tls_client_certificate_bound_access_tokens: true };
  if (method === "self_signed_tls_client_auth") return { ...bound, jwks: { keys: [jwk] } };
  if (method !== "tls_client_auth") return bound;
  return dnsName === undefined
    ? { ...bound, tls_client_auth_subject_dn: subject }
    : { ...bound, tls_client_auth_san_dns: dnsName };
}

/** `cnf` of a token (RFC 8705 §3.1); null if it has none, undefined if the token cannot be read. */
export function boundThumbprint(token: string): string | null | undefined {
  const claims = unverifiedClaims(token);
  if (claims === undefined) return undefined;
  const { cnf } = claims;
  const thumbprint = isObject(cnf) ? cnf["x5t#S256"] : undefined;
  return typeof thumbprint === "string" ? thumbprint : null;
}

export interface Binding {
  /** True when the certificate has to be presented with it. */
  readonly bound: boolean;
  readonly judgements: readonly Judgement[];
}

/** Judges the binding of a token; `announced` (RFC 8705 §3.3) decides for one that cannot be read. */
export function judgeBinding(
  token: string,
  { thumbprint }: CertificateFacts,
  issuer: string,
  announced: boolean,
): Binding {
  const found = boundThumbprint(token);
  if (found === undefined) return { bound: announced, judgements: [] };
  if (found === thumbprint) return { bound: true, judgements: [] };
  const server = quoted(issuer);
  if (found !== null) {
    return {
      bound: true,
      judgements: [{
        code: "certificate_binding_mismatch",
        severity: "warning",
        message: "the token (not verified) is bound to the certificate " +
          `${quoted(found, 60)}; mcpass presented ${quoted(thumbprint)} to ${server}`,
        remedy: "Authorization server: have the TLS terminator forward the client's certificate, " +
          "not its own",
        reference: "RFC 8705 §3.1, §6.5",
      }],
    };
  }
  const unbound: Judgement = {
    code: "certificate_not_bound",
    severity: "warning",
    message:
      `${server} announces certificate-bound access tokens, and the token (not verified) is not ` +
      "bound",
    remedy: "Authorization server: register the client with " +
      "tls_client_certificate_bound_access_tokens",
    reference: "RFC 8705 §3.4",
  };
  return { bound: false, judgements: announced ? [unbound] : [] };
}
