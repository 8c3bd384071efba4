/**
 * Ways to write a secret, and a search for one that was written in any of them.
 *
 * @module
 */

const bytesOf = (text: string) => new TextEncoder().encode(text);
const base64 = (text: string) => bytesOf(text).toBase64();
const base64url = (text: string) =>
  bytesOf(text).toBase64({ alphabet: "base64url", omitPadding: true });
const hex = (text: string) => bytesOf(text).toHex();
const unicode = (text: string) =>
  text.replace(/[^]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
/** Every byte as an escape, in upper and lower case by turns. */
const percent = (text: string) =>
  Array.from(bytesOf(text), (byte, at) => {
    const digits = byte.toString(16).padStart(2, "0");
    return `%${at % 2 === 0 ? digits : digits.toUpperCase()}`;
  }).join("");
const json = (text: string) => JSON.stringify(text).slice(1, -1);
const form = (text: string) => String(new URLSearchParams([["", text]])).slice(1);
const lowerCase = (text: string) => text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
const lines = (text: string, length: number, end: string) =>
  text.replace(new RegExp(`.{${length}}(?!$)`, "g"), `$&${end}`);

/** Encodings by name. */
export const ENCODINGS: Readonly<Record<string, (text: string) => string>> = {
  "as it is": (text) => text,
  "percent-encoded": encodeURIComponent,
  "percent-encoded, every byte": percent,
  "percent-encoded twice": (text) => encodeURIComponent(encodeURIComponent(text)),
  "percent-encoded twice, every byte": (text) => percent(percent(text)),
  "form-encoded": form,
  "JSON": json,
  "JSON in JSON": (text) => json(json(text)),
  "JSON with escaped ASCII": unicode,
  "JSON with escaped ASCII in JSON": (text) => json(unicode(text)),
  "HTML": (text) => text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`),
  "HTML, every character": (text) =>
    Array.from(text, (character) => `&#x${character.codePointAt(0)?.toString(16)};`).join(""),
  "base64": base64,
  "base64url": base64url,
  "base64 with a client id": (text) => base64(`client:${text}`),
  "base64 with a form-encoded client id": (text) => base64(`c:${form(text)}`),
  "base64 twice": (text) => base64(base64(text)),
  "base64 twice with other text": (text) => base64(`{"a":"${base64(`xy:${text}z`)}"}`),
  "base64url twice": (text) => base64url(base64url(text)),
  "base64 of JSON with escaped ASCII": (text) => base64(`{"a":"${unicode(text)}"}`),
  "base64, percent-encoded": (text) => encodeURIComponent(base64(text)),
  "base64 in JSON with escaped ASCII": (text) => unicode(base64(text)),
  "in lower case": lowerCase,
  "in upper case": (text) => text.replace(/[a-z]/g, (letter) => letter.toUpperCase()),
  "base64 in lines": (text) => lines(base64(`${"#".repeat(42)}${text}`), 76, "\r\n"),
  "base64 in short lines, in JSON": (text) => json(lines(base64(text), 20, "\n  ")),
  "hexadecimal in mixed case": (text) =>
    hex(text).replace(/[a-f]/g, (digit, at) => at % 3 === 0 ? digit.toUpperCase() : digit),
  "hexadecimal with colons": (text) => hex(text).replace(/..(?!$)/g, "$&:"),
  "hexadecimal in lines": (text) => lines(hex(text), 20, "\n"),
  "hexadecimal of base64": (text) => hex(base64(text)),
  "hexadecimal of hexadecimal": (text) => hex(hex(text)),
  "code point escapes": (text) =>
    Array.from(text, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`).join(""),
  "percent-encoded UTF-16": (text) => unicode(text).replaceAll("\\u", "%u"),
  "hexadecimal": hex,
  "hexadecimal in upper case": (text) => hex(text).toUpperCase(),
};

function attempt(decode: () => string): string {
  try {
    return decode();
  } catch {
    return "";
  }
}

const decodePercent = (text: string) =>
  text.replace(/(?:%[0-9a-f]{2})+/gi, (run) => attempt(() => decodeURIComponent(run)) || run);
const decodeJson = (text: string) =>
  text.replace(
    /\\(?:u([0-9a-f]{4})|(["\\/]))/gi,
    (_, code, character) => character ?? String.fromCharCode(parseInt(code, 16)),
  );
const decodeHtml = (text: string) =>
  text.replace(/&#(?:x([0-9a-f]{1,6})|(\d{1,7}));/gi, (whole, hexadecimal, decimal) => {
    const code = hexadecimal === undefined ? Number(decimal) : parseInt(hexadecimal, 16);
    return code > 0x10ffff ? whole : String.fromCodePoint(code);
  }).replaceAll("&quot;", '"').replaceAll("&lt;", "<").replaceAll("&gt;", ">")
    .replaceAll("&amp;", "&");

const decodeRun = (run: string) =>
  attempt(() => {
    const text = run.replaceAll("-", "+").replaceAll("_", "/");
    const whole = text.length % 4 === 1 ? text.slice(0, -1) : text;
    return new TextDecoder().decode(Uint8Array.fromBase64(whole));
  });

function* decodings(text: string): Generator<string> {
  for (const decode of [decodePercent, decodeJson, decodeHtml]) {
    const decoded = decode(text);
    if (decoded !== text) yield decoded;
  }
  for (const [run] of text.matchAll(/[A-Za-z0-9+/_-]{10,}/g)) {
    for (const skipped of [0, 1, 2, 3]) yield decodeRun(run.slice(skipped));
  }
  for (const [run] of text.matchAll(/(?:[0-9a-f]{2}){8,}/gi)) {
    yield attempt(() => new TextDecoder().decode(Uint8Array.fromHex(run)));
  }
}

/** True when `text` has `secret` in it, in any encoding, also of encodings. */
export function reveals(text: string, secret: string, depth = 3): boolean {
  for (const spelling of [secret, secret.replaceAll(" ", "+")]) {
    if (lowerCase(text).includes(lowerCase(spelling))) return true;
  }
  if (depth === 0) return false;
  for (const decoded of decodings(text)) {
    if (decoded.length >= secret.length && reveals(decoded, secret, depth - 1)) return true;
  }
  return false;
}
