/**
 * Texts that a server may send to make masking slow, by what is repeated in them.
 *
 * @module
 */

import { maskMembers } from "../../src/trace/mask_members.ts";
import { createRedactor } from "../../src/trace/redactor.ts";
import { maskCredentials, maskParameters, maskTokens } from "../../src/trace/mask_text.ts";
import { createSecrets } from "../../src/trace/secrets.ts";
import { print } from "../shell.ts";

/** A secret of each kind: random, with characters that encodings change, periodic, and weak. */
const SECRETS = [
  "s9Vb-4k2LqZ_0xT1r8",
  `s3cr&t /"é+<x>'%!~`,
  `${"a".repeat(4000)}b${"a".repeat(4000)}`,
  "token",
];

const repeated = (part: string) => (length: number) =>
  part.repeat(Math.ceil(length / part.length)).slice(0, length);

/** Texts of a length, by name. */
export const HOSTILE_TEXTS: Readonly<Record<string, (length: number) => string>> = {
  'starts of tokens: "eyJ-"': repeated("eyJ-"),
  "starts of tokens with points": repeated("eyJabcd.eyJ-"),
  "lists of members": repeated('"token":["a1b2c3d4e5",'),
  "lists within lists": (length) => `"token":${"[".repeat(length - 8)}`,
  "lists of strings without an end": repeated('"token":["\\'),
  "objects within objects": repeated('{"token":'),
  "names before backslashes": (length) => `"token":"${"\\".repeat(length - 9)}`,
  backslashes: repeated("\\"),
  "quotes after backslashes": repeated('\\\\\\"'),
  "character references": repeated("&amp;&#x41;&"),
  "percent signs": repeated("%41%2%"),
  "base64": repeated("QUFB"),
  "lines of base64": repeated("QUFBQUFBQUFBQUFBQUFB\n"),
  "hexadecimal": repeated("6a"),
  "hexadecimal with colons": repeated("6a:6a:6a:6a:6a:6a:6a:6a:6a "),
  "code points": repeated("\\u{0000041}\\u{00"),
  "starts of credentials": repeated("Bearer Basic "),
  "starts of passwords": repeated("://a:"),
  parameters: repeated("?code=a&"),
  "parts of a secret": repeated("a"),
  "white space": (length) => `"token"${" ".repeat(length - 7)}`,
};

/** Everything that masking does with a text, without the limit of a body. */
export function maskAll(text: string): string {
  const secrets = createSecrets();
  SECRETS.forEach(secrets.add);
  const mask = () => "[masked]";
  const structured = maskMembers(maskParameters(text, mask), mask);
  return maskCredentials(maskTokens(secrets.maskForeign(structured), mask), mask);
}

/** What masking does with a body of a response. */
export function maskBody(text: string): string {
  const secrets = createSecrets();
  SECRETS.forEach(secrets.add);
  return createRedactor({ secrets }).text(text);
}

if (import.meta.main) {
  const [title = "", length] = Deno.args;
  const make = HOSTILE_TEXTS[title];
  if (make === undefined) throw new Error(`no text "${title}"`);
  print(String(maskAll(make(Number(length))).length));
}
