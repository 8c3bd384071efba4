/**
 * Synchronous SHA-256. Masks are made in synchronous code, Web Crypto is asynchronous, and loading
 * `node:crypto` takes longer than a start of mcpass.
 * @module
 */

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

/** Reused, because a list of entries needs thousands of hashes. */
const schedule = new Uint32Array(64);

/** The message, a one bit, zeros, and the length in bits: blocks of 64 bytes. */
function padded(text: string): DataView {
  const message = new TextEncoder().encode(text);
  const bytes = new Uint8Array(Math.ceil((message.length + 9) / 64) * 64);
  bytes.set(message);
  bytes[message.length] = 0x80;
  const view = new DataView(bytes.buffer);
  view.setUint32(bytes.length - 8, message.length / 0x2000_0000);
  view.setUint32(bytes.length - 4, message.length << 3);
  return view;
}

/**
 * SHA-256 of the UTF-8 bytes of `text`, in lower-case hexadecimal (FIPS 180-4 §6.2).
 *
 * Rotations are written out and the state is in plain variables: each start runs this in the
 * interpreter, where calls, arrays and iterators cost four times as many instructions.
 */
export function sha256Hex(text: string): string {
  const view = padded(text);
  const hash = INITIAL.slice();
  for (let block = 0; block < view.byteLength; block += 64) {
    let a = hash[0] as number;
    let b = hash[1] as number;
    let c = hash[2] as number;
    let d = hash[3] as number;
    let e = hash[4] as number;
    let f = hash[5] as number;
    let g = hash[6] as number;
    let h = hash[7] as number;
    for (let i = 0; i < 64; i++) {
      let word;
      if (i < 16) {
        word = view.getUint32(block + i * 4);
      } else {
        const near = schedule[i - 15] as number;
        const late = schedule[i - 2] as number;
        word = ((schedule[i - 16] as number) + (schedule[i - 7] as number) +
          ((near >>> 7 | near << 25) ^ (near >>> 18 | near << 14) ^ (near >>> 3)) +
          ((late >>> 17 | late << 15) ^ (late >>> 19 | late << 13) ^ (late >>> 10))) | 0;
      }
      schedule[i] = word;
      const first = h + ((e >>> 6 | e << 26) ^ (e >>> 11 | e << 21) ^ (e >>> 25 | e << 7)) +
        ((e & f) ^ (~e & g)) + (ROUND[i] as number) + word;
      const second = ((a >>> 2 | a << 30) ^ (a >>> 13 | a << 19) ^ (a >>> 22 | a << 10)) +
        ((a & b) ^ (a & c) ^ (b & c));
      h = g;
      g = f;
      f = e;
      e = (d + first) | 0;
      d = c;
      c = b;
      b = a;
      a = (first + second) | 0;
    }
    const state = [a, b, c, d, e, f, g, h];
    for (let i = 0; i < 8; i++) hash[i] = (hash[i] as number) + (state[i] as number);
  }
  const digest = new DataView(new ArrayBuffer(32));
  for (let i = 0; i < 8; i++) digest.setUint32(i * 4, hash[i] as number);
  return new Uint8Array(digest.buffer).toHex();
}

/** Equal secrets have equal masks. */
export function maskOf(secret: string): string {
  return `[masked sha256:${sha256Hex(secret).slice(0, 8)}]`;
}
