/** Private keys of clients: PEM (PKCS #8, PKCS #1, SEC 1; also encrypted) or JWK. @module */

import type { Io } from "../../core/system.ts";
import { type Failure, usageFailure } from "../../core/failure.ts";
import type { Judgement } from "../../core/finding.ts";
import { isObject, parseJson } from "../../core/json.ts";
import { pickDefined } from "../../core/pick_defined.ts";
import { quoted } from "../../core/text.ts";
import { algorithmsOf } from "../../oauth/common/signing.ts";
import { readSecretInput } from "./input_files.ts";

const FLAG = "--private-key-file";

function unusableKey(path: string, why: string, remedy: string): Failure {
  return usageFailure("private_key_unusable", `${FLAG}: ${quoted(path)} ${why}`, remedy);
}

const FORMS = "Give a private key in PEM format (-----BEGIN PRIVATE KEY-----) or a JWK";

async function fromPem(
  pem: string,
  path: string,
  passphrase: () => Promise<string | undefined>,
): Promise<Record<string, unknown>> {
  const { createPrivateKey } = await import("node:crypto");
  const encrypted = /-----BEGIN ENCRYPTED PRIVATE KEY-----|^Proc-Type: 4,ENCRYPTED/m.test(pem);
  const phrase = encrypted ? await passphrase() : undefined;
  if (encrypted && phrase === undefined) {
    throw unusableKey(
      path,
      "contains an encrypted key, and mcpass cannot ask for the passphrase",
      "Give it with --private-key-passphrase-file <path>",
    );
  }
  try {
    const key = createPrivateKey({
      key: pem,
      format: "pem",
      ...pickDefined({ passphrase: phrase }),
    });
    return { ...key.export({ format: "jwk" }) };
  } catch {
    // The message of the runtime may quote the key.
    throw encrypted
      ? unusableKey(path, "cannot be decrypted with that passphrase", "Check the passphrase")
      : unusableKey(path, "contains no supported private key", FORMS);
  }
}

/** @throws Failure `private_key_unusable`, and as `readInput`. */
export async function readPrivateKey(
  path: string,
  io: Io,
  passphrase: () => Promise<string | undefined>,
): Promise<{ readonly jwk: string; readonly findings: readonly Judgement[] }> {
  const file = await readSecretInput(FLAG, path, io);
  const text = file.text.trim();
  const parsed = parseJson(text);
  const jwk = isObject(parsed)
    ? parsed
    : text.includes("-----BEGIN ")
    ? await fromPem(text, path, passphrase)
    : undefined;
  if (jwk === undefined) throw unusableKey(path, "contains neither PEM nor a JWK", FORMS);
  if (typeof jwk["d"] !== "string") throw unusableKey(path, "contains no private key", FORMS);
  const json = JSON.stringify(jwk);
  if (algorithmsOf(json).length === 0) {
    throw unusableKey(
      path,
      "contains a key for which mcpass supports no signature algorithm",
      "Use a key on P-256, P-384, P-521 or Ed25519, or an RSA key",
    );
  }
  return { jwk: json, findings: file.findings };
}
