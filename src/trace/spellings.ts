/**
 * The ways one secret can be written in a text whose escapes are resolved.
 *
 * @module
 */

import { resolveEscapes } from "./escapes.ts";

/** A spelling, and whether the base64 text around it belongs to it. */
export interface Spelling {
  /** What to look for. */
  readonly text: string;
  /** True for the part of a base64 text that only this secret can produce. */
  readonly base64: boolean;
}

/** Text that percent-, form- and JSON-encoding leave alone. */
const UNCHANGED = /^[A-Za-z0-9\-._]*$/;

/** A shorter base64 or hexadecimal text may occur by chance. */
const SHORTEST_ENCODED = 8;

/** `value` as the standard's form encoding writes it (WHATWG URL §5.2). */
function form(value: string): string {
  return new URLSearchParams({ v: value }).toString().slice(2);
}

/** A base64 text and the same in the alphabet for URLs (RFC 4648 §5). */
function alphabets(base64: string): string[] {
  return [base64, base64.replaceAll("+", "-").replaceAll("/", "_")];
}

function bytesOf(value: string): Uint8Array {
  return new TextEncoder().encode(value);
}

/**
 * The characters of a base64 text that depend on `value` alone, for each of the three places in a
 * group of three bytes at which it can begin: `id:secret` in a Basic credential is one of them.
 */
function base64Pieces(value: string): string[] {
  const bytes = bytesOf(value);
  return [0, 1, 2].flatMap((before) => {
    const shifted = new Uint8Array(before + bytes.length);
    shifted.set(bytes, before);
    const text = shifted.toBase64({ omitPadding: true });
    const whole = Math.floor((shifted.length * 8) / 6);
    const piece = text.slice(before === 0 ? 0 : before + 1, whole);
    return piece.length < SHORTEST_ENCODED ? [] : alphabets(piece);
  });
}

function hexadecimal(value: string): string[] {
  const hex = Array.from(bytesOf(value), (byte) => byte.toString(16).padStart(2, "0")).join("");
  return [hex, hex.toUpperCase()];
}

/** `value` and what is left of it after escapes in it were resolved, as in the text around it. */
function resolved(value: string): string[] {
  const once = resolveEscapes(value)?.text;
  const twice = once === undefined ? undefined : resolveEscapes(once)?.text;
  return [value, once, twice].filter((text) => text !== undefined && text.length >= 4) as string[];
}

function json(value: string): string {
  return JSON.stringify(value).slice(1, -1);
}

/** The usual encodings: text before them may be an escape together with their first characters. */
function usual(value: string): string[] {
  const percent = [encodeURIComponent(value), form(value)];
  return [...percent, ...percent.map(encodeURIComponent), json(value), json(json(value))];
}

/** Every spelling of `secret` without repetition. */
export function spellingsOf(secret: string): Spelling[] {
  // Half a surrogate pair has no encoding; the encoders would throw on it.
  const value = secret.toWellFormed();
  // Most secrets are random and no encoding changes them: nothing to work out, at every login.
  const isUnchanged = UNCHANGED.test(secret);
  const plain = isUnchanged
    ? [secret]
    : [secret, ...[value, value.replaceAll(" ", "+")].flatMap(resolved), ...usual(value)];
  const encoded = isUnchanged ? [secret] : [value, form(value), encodeURIComponent(value)];
  const base64 = encoded.flatMap(base64Pieces);
  return [
    ...Array.from(new Set([...plain, ...hexadecimal(value)]), (text) => ({ text, base64: false })),
    ...Array.from(new Set(base64), (text) => ({ text, base64: true })),
  ];
}

/** The spellings of `secret` that are a complete token: for a secret that may be a part of words. */
export function tokenSpellingsOf(secret: string): string[] {
  const value = secret.toWellFormed();
  const base64 = [value, bytesOf(value).toBase64()].flatMap((text) => {
    const bytes = bytesOf(text);
    return [...alphabets(bytes.toBase64()), ...alphabets(bytes.toBase64({ omitPadding: true }))];
  });
  const encoded = [...base64, ...hexadecimal(value)].filter((text) => text.length >= 4);
  return [...new Set([secret, value, ...encoded])];
}
