/**
 * Reads a client certificate and its key from their files, at a login and at each refresh.
 * @module
 */

import { createPrivateKey, createPublicKey, X509Certificate } from "node:crypto";
import { Failure, type FailureKind } from "../../core/failure.ts";
import { readInputText, unreadableReason } from "../../core/input_file.ts";
import { opensslFormObjection, pemBlocks } from "../../core/pem.ts";
import { readSecretFile } from "../../core/secret_file.ts";
import { quoted } from "../../core/text.ts";
import type {
  CertificateFacts,
  CertificateFiles,
  ClientCertificate,
} from "../../oauth/client/client_certificate.ts";
import type { StoredEntry } from "../../store/stored_entry.ts";

/** Returns the passphrase of an encrypted key; undefined if nobody can be asked. */
type PassphraseSource = () => Promise<string | undefined>;

const CERTIFICATE = "-----BEGIN CERTIFICATE-----";
const ENCRYPTED = /-----BEGIN ENCRYPTED PRIVATE KEY-----|^Proc-Type: 4,ENCRYPTED/m;

function unusable(kind: FailureKind, path: string, why: string, remedy: string): Failure {
  const message = `the client certificate cannot be used: ${quoted(path, 4096)} ${why}`;
  return new Failure("client_certificate_unusable", message, { kind, remedy });
}

async function readCertificateFile<T>(
  kind: FailureKind,
  path: string,
  read: (path: string, kind: FailureKind) => Promise<T>,
): Promise<T> {
  try {
    return await read(path, kind);
  } catch (cause) {
    if (cause instanceof Failure) throw cause;
    const reason = unreadableReason(cause) ?? "the system cannot open it";
    const flags = "--client-cert <path> --client-key <path>";
    throw new Failure(
      "client_certificate_unreadable",
      `the client certificate or its key cannot be read from ${quoted(path, 4096)}: ${reason}`,
      {
        kind,
        cause,
        remedy: kind === "usage"
          ? `Use files that exist and that you can read: ${flags}`
          : "Restore the file: the sign-in stores its path, not its content. Or sign in again " +
            `with ${flags}`,
      },
    );
  }
}

async function plainKey(kind: FailureKind, path: string, text: string, ask: PassphraseSource) {
  const cannot = (why: string, remedy: string) => unusable(kind, path, why, remedy);
  const block = pemBlocks(text).find(({ label }) => label.endsWith("PRIVATE KEY"));
  if (block === undefined) {
    const remedy = "Use a file with -----BEGIN PRIVATE KEY----- for --client-key";
    throw cannot("contains no PEM private key", remedy);
  }
  const key = { key: text.slice(block.start, block.end), format: "pem" } as const;
  const encrypted = ENCRYPTED.test(key.key);
  const passphrase = encrypted ? await ask() : undefined;
  if (encrypted && passphrase === undefined) {
    const remedy = "Sign in with --client-key-passphrase-file <path>; its path is stored too";
    throw cannot("is encrypted, and there is no terminal to ask for the passphrase", remedy);
  }
  try {
    return createPrivateKey(passphrase === undefined ? key : { ...key, passphrase })
      .export({ type: "pkcs8", format: "pem" }).toString();
  } catch {
    // The platform's message may quote the key.
    throw encrypted
      ? cannot("cannot be decrypted with that passphrase", "Check the passphrase")
      : cannot("contains no supported private key", "Use a file with a PEM key for --client-key");
  }
}

/** Converts the platform's `CN=x\nO=y` to the order and escapes of RFC 4514. */
function subjectOf(lines: string): string {
  return lines.split("\n").reverse().map((line) => {
    const at = line.indexOf("=");
    return `${line.slice(0, at)}=${line.slice(at + 1).replace(/[,+"\\<>;]/g, "\\$&")}`;
  }).join(",");
}

/** @throws Error of the platform if there is no certificate. */
export async function certificateFacts(pem: string): Promise<CertificateFacts> {
  const found = new X509Certificate(pem);
  // Older runtimes do not return the bytes.
  const block = pemBlocks(pem).find(({ label }) => label === "CERTIFICATE");
  const der = Uint8Array.fromBase64(block?.body.replace(/\s/g, "") ?? "");
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", der));
  return {
    thumbprint: digest.toBase64({ alphabet: "base64url", omitPadding: true }),
    selfSigned: found.subject === found.issuer,
    subject: subjectOf(found.subject),
    dnsName: /(?:^|, )DNS:([^,]+)/.exec(found.subjectAltName ?? "")?.[1],
    validFrom: Date.parse(found.validFrom),
    validTo: Date.parse(found.validTo),
    jwk: { ...found.publicKey.export({ format: "jwk" }), x5c: [der.toBase64()] },
  };
}

function belongTogether(key: string, jwk: ClientCertificate["facts"]["jwk"]) {
  const own = createPublicKey({ key, format: "pem" }).export({ format: "jwk" });
  return Object.entries(own).every(([name, value]) => jwk[name] === value);
}

/**
 * @param kind `usage` for files that the user just named.
 * @throws Failure `client_certificate_unreadable` for a missing file, `client_certificate_unusable`
 * for content that is not a certificate or key, or for two that do not match.
 */
export async function readClientCertificate(
  files: CertificateFiles,
  kind: FailureKind,
  passphrase: PassphraseSource,
): Promise<ClientCertificate> {
  const { certFile, keyFile } = files;
  const certText = keyFile === certFile
    ? undefined
    : await readCertificateFile(kind, certFile, readInputText);
  const secretFile = await readCertificateFile(kind, keyFile, readSecretFile);
  const cert = certText ?? secretFile.text;
  const objection = opensslFormObjection(cert, certFile);
  if (objection !== undefined) throw unusable(kind, certFile, objection.why, objection.remedy);
  const remedy = `Use a file with ${CERTIFICATE} for --client-cert`;
  if (!cert.includes(CERTIFICATE)) {
    throw unusable(kind, certFile, "contains no PEM certificate", remedy);
  }
  let facts: CertificateFacts;
  try {
    facts = await certificateFacts(cert);
  } catch {
    throw unusable(kind, certFile, "contains a certificate that cannot be parsed", remedy);
  }
  const key = await plainKey(kind, keyFile, secretFile.text, passphrase);
  if (!belongTogether(key, facts.jwk)) {
    const why = `is not the key of the certificate in ${quoted(certFile, 4096)}`;
    throw unusable(kind, keyFile, why, "Use the private key of this certificate for --client-key");
  }
  const secrets = key.split("\n").filter((line) => line !== "" && !line.startsWith("-----"));
  return { ...files, cert, key, secrets, facts, findings: secretFile.findings };
}

/** The certificate of files that an earlier login named. @throws Failure as {@link readClientCertificate}. */
export async function certificateFrom(files: CertificateFiles): Promise<ClientCertificate> {
  const { passphraseFile } = files;
  return await readClientCertificate(files, "operation", async () => {
    if (passphraseFile === undefined) return undefined;
    const { text } = await readCertificateFile("operation", passphraseFile, readSecretFile);
    return text.replace(/\r?\n$/, "");
  });
}

/** @throws Failure as {@link readClientCertificate}. */
export async function storedCertificate(
  { client: { certificate } }: StoredEntry,
): Promise<ClientCertificate | undefined> {
  return certificate && await certificateFrom(certificate);
}
