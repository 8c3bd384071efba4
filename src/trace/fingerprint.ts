/**
 * SHA-256 without waiting.
 *
 * Masks are made inside synchronous rendering, Web Crypto only answers later, and loading
 * `node:crypto` takes longer than a whole start of the program.
 *
 * @module
 */

const WORDS = 64;

/** The fractional parts of the roots of the first primes (FIPS 180-4 §4.2.2, §5.3.3). */
function constants(): { readonly initial: Uint32Array; readonly round: Uint32Array } {
  const initial = new Uint32Array(8);
  const round = new Uint32Array(WORDS);
  let found = 0;
  for (let candidate = 2; found < WORDS; candidate++) {
    let prime = true;
    for (let divisor = 2; divisor * divisor <= candidate; divisor++) {
      if (candidate % divisor === 0) prime = false;
    }
    if (!prime) continue;
    if (found < 8) initial[found] = (Math.sqrt(candidate) % 1) * 2 ** 32;
    round[found++] = (Math.cbrt(candidate) % 1) * 2 ** 32;
  }
  return { initial, round };
}

let tables: ReturnType<typeof constants> | undefined;

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
  tables ??= constants();
  const at = (words: Uint32Array, index: number): number => words[index] ?? 0;
  const view = padded(text);
  const hash = tables.initial.slice();
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
        at(tables.round, i) + at(schedule, i);
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
