/**
 * Files of the age format (age-encryption.org/v1), which `age` and `rage` read too. This module loads
 * the library, so it is imported only when a file is sealed or opened. @module
 */

import {
  armor,
  Decrypter,
  Encrypter,
  generateX25519Identity,
  identityToRecipient,
} from "age-encryption";

/** Either recipients (`age1...`) or a passphrase. */
export type SealingKey =
  | { readonly recipients: readonly string[] }
  | { readonly passphrase: string };

export interface SealedFile {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly armored: string;
  /** Opens what was written, although the identities of its recipients are elsewhere. */
  reopen(written: Uint8Array): Promise<string>;
}

/** Of scrypt, as a power of two: 1-2 s and 128 MB. */
const WORK_FACTOR = 17;

/** Seals a text. @throws RangeError for a text that is not a recipient. */
export async function sealFile(text: string, key: SealingKey): Promise<SealedFile> {
  const encrypter = new Encrypter();
  let fileKey: Uint8Array | null = null;
  if ("passphrase" in key) {
    encrypter.setScryptWorkFactor(WORK_FACTOR);
    encrypter.setPassphrase(key.passphrase);
  } else {
    for (const recipient of key.recipients) {
      try {
        encrypter.addRecipient(recipient);
      } catch {
        throw new RangeError(recipient);
      }
    }
    // Writes nothing into the file.
    encrypter.addRecipient({
      wrapFileKey(own) {
        fileKey = own.slice();
        return [];
      },
    });
  }
  const bytes = Uint8Array.from(await encrypter.encrypt(text));
  return {
    bytes,
    armored: armor.encode(bytes),
    async reopen(written) {
      const decrypter = new Decrypter();
      if ("passphrase" in key) decrypter.addPassphrase(key.passphrase);
      else decrypter.addIdentity({ unwrapFileKey: () => fileKey });
      return await decrypter.decrypt(written, "text");
    },
  };
}

export type OpeningKey =
  | { readonly identities: readonly string[] }
  | { readonly passphrase: string };

/**
 * @returns Undefined if the key is another one.
 * @throws RangeError with an identity that is not one, and Error for a damaged file.
 */
export async function openFile(bytes: Uint8Array, key: OpeningKey): Promise<string | undefined> {
  const decrypter = new Decrypter();
  if ("passphrase" in key) decrypter.addPassphrase(key.passphrase);
  else {
    for (const identity of key.identities) {
      try {
        await identityToRecipient(identity);
        decrypter.addIdentity(identity);
      } catch {
        throw new RangeError("not an identity");
      }
    }
  }
  try {
    return await decrypter.decrypt(bytes, "text");
  } catch (error) {
    if (error instanceof Error && error.message.startsWith("no identity matched")) return undefined;
    throw error;
  }
}

export interface KeyPair {
  readonly identity: string;
  readonly recipient: string;
}

export async function newKeyPair(): Promise<KeyPair> {
  const identity = await generateX25519Identity();
  return { identity, recipient: await recipientOf(identity) };
}

/** @throws Error if the text is not an identity. */
export function recipientOf(identity: string): Promise<string> {
  return identityToRecipient(identity);
}
