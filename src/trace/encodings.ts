/** The encodings of a secret in a text whose escapes are resolved. @module */

import { resolveEscapes } from "./escapes.ts";
import type { Pattern } from "./matcher.ts";

/** Text that percent-, form- and JSON-encoding do not change. */
const UNCHANGED = /^[A-Za-z0-9\-._]*$/;

/** A shorter base64 or hexadecimal text may occur by chance. */
const MIN_ENCODED = 8;

const bytesOf = (value: string) => new TextEncoder().encode(value);

const inJson = (value: string) => JSON.stringify(value).slice(1, -1);

/** WHATWG URL §5.2. */
const formEncoded = (value: string) => new URLSearchParams({ v: value }).toString().slice(2);

function hexadecimal(value: string): string[] {
  const hex = bytesOf(value).toHex();
  return [hex, hex.toUpperCase()];
}

/** RFC 4648 §4 and §5. */
function inBothAlphabets(base64: string): string[] {
  return [base64, base64.replaceAll("+", "-").replaceAll("/", "_")];
}

/**
 * The characters of a base64 text that depend only on `value`, for each of the three positions in a group
 * of three bytes at which it can begin, as in the `id:secret` of a Basic credential.
 */
function base64Parts(value: string): string[] {
  const bytes = bytesOf(value);
  return [0, 1, 2].flatMap((before) => {
    const shifted = new Uint8Array(before + bytes.length);
    shifted.set(bytes, before);
    const whole = Math.floor((shifted.length * 8) / 6);
    const text = shifted.toBase64({ omitPadding: true }).slice(
      before === 0 ? 0 : before + 1,
      whole,
    );
    return text.length < MIN_ENCODED ? [] : inBothAlphabets(text);
  });
}

/** `value`, and its forms after the escapes in it were resolved once and twice. */
function resolved(value: string): string[] {
  const once = resolveEscapes(value)?.text;
  const twice = once === undefined ? undefined : resolveEscapes(once)?.text;
  return [value, once, twice].filter((text) => text !== undefined && text.length >= 4) as string[];
}

/** The usual encodings. With the text before them, their first characters may be an escape. */
function usualEncodings(value: string): string[] {
  const percent = [encodeURIComponent(value), formEncoded(value)];
  return [...percent, ...percent.map(encodeURIComponent), inJson(value), inJson(inJson(value))];
}

function patterns(texts: readonly string[], base64: boolean, secret: string): Pattern[] {
  return Array.from(new Set(texts), (text) => ({ text, base64, secret }));
}

export function encodingsOf(secret: string): Pattern[] {
  // Encoders throw for half a surrogate pair.
  const value = secret.toWellFormed();
  // Most secrets are random text that no encoding changes; this saves time at every login.
  const isUnchanged = UNCHANGED.test(secret);
  const plain = isUnchanged ? [secret] : [
    secret,
    ...[value, value.replaceAll(" ", "+")].flatMap(resolved),
    ...usualEncodings(value),
  ];
  const encoded = isUnchanged ? [secret] : [value, formEncoded(value), encodeURIComponent(value)];
  return [
    ...patterns([...plain, ...hexadecimal(value)], false, secret),
    ...patterns(encoded.flatMap(base64Parts), true, secret),
  ];
}

/** The encodings of a complete value, for a secret that may be a part of words. */
export function tokenEncodingsOf(secret: string): Pattern[] {
  const value = secret.toWellFormed();
  const base64 = [value, bytesOf(value).toBase64()].flatMap((text) => {
    const bytes = bytesOf(text);
    return [bytes.toBase64(), bytes.toBase64({ omitPadding: true })].flatMap(inBothAlphabets);
  });
  const encoded = [...base64, ...hexadecimal(value)].filter((text) => text.length >= 4);
  return patterns([secret, value, ...encoded], false, secret);
}
