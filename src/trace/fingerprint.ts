/**
 * SHA-256 without waiting.
 *
 * Masks are made inside synchronous rendering, Web Crypto only answers later, and loading
 * `node:crypto` takes longer than a whole start of the program.
 *
 * @module
 */

const WORDS = 64;

/** Fractional parts of the square roots of the first 8 primes (FIPS 180-4 §5.3.3). */
// deno-fmt-ignore
const INITIAL = Uint32Array.of(
  0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
);

/** Fractional parts of the cube roots of the first 64 primes (FIPS 180-4 §4.2.2). */
// deno-fmt-ignore
const ROUND = Uint32Array.of(
  0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
  0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
  0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
  0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
  0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
  0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
  0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
  0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
);

const rotate = (word: number, by: number): number => (word >>> by) | (word << (32 - by));

/** The message, a one bit, zeros, and the length in bits: whole blocks of 64 bytes. */
function padded(text: string): DataView {
  const message = new TextEncoder().encode(text);
  const bytes = new Uint8Array(Math.ceil((message.length + 9) / 64) * 64);
  bytes.set(message);
  bytes[message.length] = 0x80;
  const view = new DataView(bytes.buffer);
  view.setBigUint64(bytes.length - 8, BigInt(message.length) * 8n);
  return view;
}

/** SHA-256 of the UTF-8 bytes of `text`, in lower-case hexadecimal (FIPS 180-4 §6.2). */
export function sha256Hex(text: string): string {
  const at = (words: Uint32Array, index: number): number => words[index] ?? 0;
  const view = padded(text);
  const hash = INITIAL.slice();
  const schedule = new Uint32Array(WORDS);
  for (let block = 0; block < view.byteLength; block += 64) {
    for (let i = 0; i < 16; i++) schedule[i] = view.getUint32(block + i * 4);
    for (let i = 16; i < WORDS; i++) {
      const near = at(schedule, i - 15);
      const late = at(schedule, i - 2);
      schedule[i] = at(schedule, i - 16) + at(schedule, i - 7) +
        (rotate(near, 7) ^ rotate(near, 18) ^ (near >>> 3)) +
        (rotate(late, 17) ^ rotate(late, 19) ^ (late >>> 10));
    }
    let [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = hash;
    for (let i = 0; i < WORDS; i++) {
      const first = h + (rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)) + ((e & f) ^ (~e & g)) +
        at(ROUND, i) + at(schedule, i);
      const second = (rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)) +
        ((a & b) ^ (a & c) ^ (b & c));
      [h, g, f, e, d, c, b, a] = [g, f, e, (d + first) | 0, c, b, a, (first + second) | 0];
    }
    [a, b, c, d, e, f, g, h].forEach((word, i) => hash[i] = at(hash, i) + word);
  }
  return Array.from(hash, (word) => word.toString(16).padStart(8, "0")).join("");
}

/** What is shown in place of a secret: two equal secrets have equal masks. */
export function maskOf(secret: string): string {
  return `[masked sha256:${sha256Hex(secret).slice(0, 8)}]`;
}
