/** The head of a file of the age format, which is text: what opens it. @module */

const ARMOR_BEGIN = "-----BEGIN AGE ENCRYPTED FILE-----";
const ARMOR_END = "-----END AGE ENCRYPTED FILE-----";
const FIRST_LINE = "age-encryption.org/v1";

/** As `latin1`, so that each byte is a character. */
function textOf(bytes: Uint8Array): string {
  return new TextDecoder("latin1").decode(bytes);
}

/** The file without its armor. @throws RangeError with the reason if it is not an age file. */
export function withoutArmor(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const text = textOf(bytes).trim();
  if (!text.startsWith(ARMOR_BEGIN)) return bytes;
  if (!text.endsWith(ARMOR_END)) throw new RangeError("its end is missing");
  const inner = text.slice(ARMOR_BEGIN.length, -ARMOR_END.length);
  try {
    return Uint8Array.fromBase64(inner, { lastChunkHandling: "strict" });
  } catch {
    throw new RangeError("its text is not base64");
  }
}

export interface AgeHeader {
  readonly opensWith: "passphrase" | "identity";
  /** Of scrypt, as a power of two. */
  readonly workFactor?: number;
}

const MAX_HEADER = 64 * 1024;

/** @throws RangeError with the reason if it is not an age file. */
export function readHeader(bytes: Uint8Array): AgeHeader {
  const text = textOf(bytes.subarray(0, MAX_HEADER));
  if (!text.startsWith(`${FIRST_LINE}\n`)) {
    const other = /^age-encryption\.org\/(v\d{1,6})\n/.exec(text)?.[1];
    throw new RangeError(
      other === undefined
        ? "it is not a file of the age format"
        : `it has version ${other} of the age format, and mcpass reads v1`,
    );
  }
  const end = text.indexOf("\n--- ");
  if (end === -1) throw new RangeError("its end is missing");
  const stanzas = text.slice(0, end).split("\n").filter((line) => line.startsWith("-> "));
  const scrypt = stanzas.map((line) => line.split(" ")).find(([, type]) => type === "scrypt");
  if (scrypt === undefined) return { opensWith: "identity" };
  return { opensWith: "passphrase", workFactor: Number(scrypt[3]) };
}
