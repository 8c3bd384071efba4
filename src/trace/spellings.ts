/**
 * The ways one secret can be written on the wire.
 *
 * @module
 */

/** A spelling, and whether the base64 text around it belongs to it. */
export interface Spelling {
  /** What to look for. */
  readonly text: string;
  /** True for the part of a base64 text that only this secret can produce. */
  readonly base64: boolean;
}

/** Text that percent-, form- and JSON-encoding leave alone. */
const UNCHANGED = /^[A-Za-z0-9\-._]*$/;

/** A base64 piece shorter than this could stand anywhere by chance. */
const SHORTEST_BASE64 = 8;

function strictPercent(value: string): string {
  const hex = (character: string) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
  return encodeURIComponent(value).replace(/[!'()*]/g, hex);
}

function lowerCaseHex(text: string): string {
  return text.replace(/%[0-9A-F]{2}/g, (escape) => escape.toLowerCase());
}

/** `value` as the standard's form encoding writes it (WHATWG URL §5.2). */
function form(value: string): string {
  return new URLSearchParams({ v: value }).toString().slice(2);
}

function json(value: string): string[] {
  const plain = JSON.stringify(value).slice(1, -1);
  const ascii = plain.replace(
    /[\u007f-\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
  const spellings = [plain, ascii, plain.replaceAll("/", "\\/")];
  return [...spellings, ...spellings.map((spelling) => JSON.stringify(spelling).slice(1, -1))];
}

/**
 * The characters of a base64 text that depend on `value` alone, for each of the three places in a
 * group of three bytes at which it can begin: `id:secret` in a Basic credential is one of them.
 */
function base64Pieces(value: string): string[] {
  const bytes = new TextEncoder().encode(value);
  const pieces: string[] = [];
  for (const before of [0, 1, 2]) {
    const shifted = new Uint8Array(before + bytes.length);
    shifted.set(bytes, before);
    const text = shifted.toBase64({ omitPadding: true });
    const whole = Math.floor((shifted.length * 8) / 6);
    const piece = text.slice(before === 0 ? 0 : before + 1, whole);
    if (piece.length < SHORTEST_BASE64) continue;
    pieces.push(piece, piece.replaceAll("+", "-").replaceAll("/", "_"));
  }
  return pieces;
}

/** Every spelling of `secret` without repetition; none is shorter than it. */
export function spellingsOf(secret: string): Spelling[] {
  // Most secrets are random and no encoding changes them: nothing to work out, at every login.
  if (UNCHANGED.test(secret)) {
    return [
      { text: secret, base64: false },
      ...base64Pieces(secret).map((text) => ({ text, base64: true })),
    ];
  }
  // Half a surrogate pair has no encoding; the encoders would throw on it.
  const value = secret.toWellFormed();
  const percent = [encodeURIComponent(value), strictPercent(value), encodeURI(value), form(value)];
  const encoded = [...percent, ...percent.map((spelling) => encodeURIComponent(spelling))];
  const plain = new Set([
    secret,
    ...encoded,
    ...encoded.map(lowerCaseHex),
    ...json(value),
  ]);
  const base64 = new Set([value, form(value)].flatMap(base64Pieces));
  return [
    ...Array.from(plain, (text) => ({ text, base64: false })),
    ...Array.from(base64, (text) => ({ text, base64: true })),
  ];
}
