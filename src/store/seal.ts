/**
 * Seals secrets in a file with a key in the OS keyring (AES-256-GCM).
 *
 * The keyring has only the key, because its helpers cut or refuse long values (`secret-tool` stores 8,192
 * bytes and reports success, a Windows credential has 2,560), and because then one rename replaces a
 * rotated token.
 * @module
 */

/** Both in base64. */
export interface Sealed {
  readonly nonce: string;
  /** Ciphertext and tag. */
  readonly data: string;
}

const encoder = new TextEncoder();

function parameters(iv: Uint8Array<ArrayBuffer>, additionalData: string): AesGcmParams {
  return { name: "AES-GCM", iv, additionalData: encoder.encode(additionalData) };
}

function importKey(key: string, use: "encrypt" | "decrypt"): Promise<CryptoKey> {
  return crypto.subtle.importKey("raw", Uint8Array.fromHex(key), "AES-GCM", false, [use]);
}

/** 32 random bytes in hexadecimal. */
export function newKey(): string {
  return crypto.getRandomValues(new Uint8Array(32)).toHex();
}

export function isKey(text: string): boolean {
  return /^[0-9a-f]{64}$/.test(text);
}

/** @param additionalData Public text: {@link unseal} fails if it was changed. */
export async function seal(text: string, key: string, additionalData: string): Promise<Sealed> {
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const data = await crypto.subtle.encrypt(
    parameters(iv, additionalData),
    await importKey(key, "encrypt"),
    encoder.encode(text),
  );
  return { nonce: iv.toBase64(), data: new Uint8Array(data).toBase64() };
}

/** Undefined for another key, other `additionalData`, or changed data. */
export async function unseal(
  sealed: Sealed,
  key: string,
  additionalData: string,
): Promise<string | undefined> {
  try {
    const data = await crypto.subtle.decrypt(
      parameters(Uint8Array.fromBase64(sealed.nonce), additionalData),
      await importKey(key, "decrypt"),
      Uint8Array.fromBase64(sealed.data),
    );
    return new TextDecoder().decode(data);
  } catch {
    return undefined;
  }
}
