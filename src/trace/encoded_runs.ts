/** Text within runs of base64 and hexadecimal. @module */

export interface RunEncoding {
  /** Bits of a character. */
  readonly bits: 4 | 6;
  /** How many of the first characters the encoded text may begin at. */
  readonly alignments: number;
  /** From how many of them the decoded text is searched for runs too: this bounds the work. */
  readonly nested: number;
}

export const IN_BASE64: RunEncoding = { bits: 6, alignments: 4, nested: 1 };
export const IN_HEX: RunEncoding = { bits: 4, alignments: 2, nested: 2 };

const BASE64_RUN = /[A-Za-z0-9+/_-]{14,}/g;
const SHORT_BASE64_RUN = /[A-Za-z0-9+/_-]{8,}/g;
/** Hexadecimal, also as dumps and fingerprints write it: in lines, with spaces, colons, hyphens. */
const HEX_RUN = /[0-9a-f]{2}(?:(?:\r\n|[\s:-])?[0-9a-f]{2}){3,}[0-9a-f]?/gi;

export type Run = RegExpExecArray;

export function base64Runs(text: string, isShort: boolean): Run[] {
  return [...text.matchAll(isShort ? SHORT_BASE64_RUN : BASE64_RUN)];
}

export function hexRuns(text: string): Run[] {
  return [...text.matchAll(HEX_RUN)];
}

/** The value of a character that is not a digit. */
const NO_DIGIT = 64;

function base64Digit(code: number): number {
  if (code >= 0x61) return code <= 0x7a ? code - 0x61 + 26 : NO_DIGIT;
  if (code >= 0x41) return code <= 0x5a ? code - 0x41 : code === 0x5f ? 63 : NO_DIGIT;
  if (code >= 0x30) return code <= 0x39 ? code - 0x30 + 52 : NO_DIGIT;
  return code === 0x2b || code === 0x2d ? 62 : code === 0x2f ? 63 : NO_DIGIT;
}

function hexDigit(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const letter = (code | 0x20) - 0x61;
  return letter >= 0 && letter < 6 ? letter + 10 : NO_DIGIT;
}

/** U+FFFF, which is in no text, and its UTF-8 bytes: what separates decoded runs. */
export const SEPARATOR = "\uffff";
const SEPARATOR_BYTES = [0xef, 0xbf, 0xbf];

const DECODER = new TextDecoder();

/**
 * The texts in `runs`, read from each of their first characters `from` up to `to`, with a
 * {@link SEPARATOR} after each. Decoding them together costs a fraction: a text has thousands.
 */
export function decodeRuns(
  runs: readonly Run[],
  { bits }: RunEncoding,
  from: number,
  to: number,
): string {
  const digitOf = bits === 6 ? base64Digit : hexDigit;
  const characters = runs.reduce((sum, [run]) => sum + run.length, 0);
  const bytes = new Uint8Array((to - from) * (characters + runs.length * SEPARATOR_BYTES.length));
  let length = 0;
  for (const [run] of runs) {
    for (let skipped = from; skipped < to; skipped += 1) {
      let value = 0;
      let count = 0;
      for (let at = skipped; at < run.length; at += 1) {
        const digit = digitOf(run.charCodeAt(at));
        if (digit === NO_DIGIT) continue;
        value = (value << bits) | digit;
        count += bits;
        if (count < 8) continue;
        count -= 8;
        const byte = (value >> count) & 0xff;
        const endsSeparator = byte === 0xbf && bytes[length - 1] === 0xbf &&
          bytes[length - 2] === 0xef;
        bytes[length++] = endsSeparator ? 0 : byte;
      }
      for (const byte of SEPARATOR_BYTES) bytes[length++] = byte;
    }
  }
  return DECODER.decode(bytes.subarray(0, length));
}
