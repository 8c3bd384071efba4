/** Masks secrets by the syntax around them, in linear time. @module */

import { isSecretName } from "./secret_names.ts";

export type Mask = (value: string) => string;

/** `?name=value`, also after `&` as HTML and JSON write it, and at the start of a form. */
const PARAMETER = /(^|[?&#;]|\\u0026)([^\s=&?#;"'<>\\]{1,64})=([^\s&#;"'<>\\]+)/g;
/** The same inside a URL that is itself a parameter. */
const NESTED_PARAMETER = /(%3F|%26|%23)(\w{1,64})%3D((?:(?!%26|%23)[^\s&#;"'<>\\])+)/gi;
const USER_INFO = /(:\/\/[^\s/?#@:"'<>]*:)([^\s/?#@"'<>]+)@/g;
/** A mask, or the placeholder for a secret option. */
const MASKED = /^\[(?:masked(?: sha256:[0-9a-f]{8})?|secret)\]$/;
const MASK_AND_END = /\[masked(?: sha256:[0-9a-f]{8})?\](?=[\s&#;"'<>\\]|%26|%23|$)/iy;

export function isMasked(value: string): boolean {
  return MASKED.test(value);
}

function decoded(value: string): string {
  try {
    return decodeURIComponent(value.replaceAll("+", " "));
  } catch {
    return value;
  }
}

export function maskParameters(text: string, mask: Mask): string {
  const parameter = (...match: [string, string, string, string, number, string]): string => {
    const [whole, _separator, name, value, at, given] = match;
    const start = whole.length - value.length;
    MASK_AND_END.lastIndex = at + start;
    return isSecretName(decoded(name)) && !MASK_AND_END.test(given)
      ? whole.slice(0, start) + mask(decoded(value))
      : whole;
  };
  return text
    .replace(PARAMETER, parameter)
    .replace(NESTED_PARAMETER, parameter)
    .replace(USER_INFO, (_, before, password) => `${before}${mask(decoded(password))}@`);
}

const TOKEN_RUN = /[\w.-]+/g;
const TOKEN_START = /(?<![\w])eyJ/;
/** Signed (three parts) and encrypted (five parts) tokens. */
const TOKEN = /^eyJ[\w-]{4,}\.[\w-]*(?:\.[\w-]+){0,3}/;

export function maskTokens(text: string, mask: Mask): string {
  if (!text.includes("eyJ")) return text;
  return text.replace(TOKEN_RUN, (run) => {
    let shown = "";
    let rest = run;
    for (let start = rest.search(TOKEN_START); start !== -1; start = rest.search(TOKEN_START)) {
      const token = TOKEN.exec(rest.slice(start))?.[0];
      // A later start in the same part would have the same end.
      const end = token === undefined ? rest.indexOf(".", start) : start + token.length;
      if (end === -1) break;
      shown += rest.slice(0, start) + (token === undefined ? rest.slice(start, end) : mask(token));
      rest = rest.slice(end);
    }
    return shown + rest;
  });
}

const SCHEME = /\b(?:Bearer|DPoP|Basic) +/gi;
const CREDENTIAL = /[\w.~+/-]+=*/y;
const MIN_CREDENTIAL = 16;

/** Masks the value after `Bearer`, `DPoP` or `Basic`, unless it is a word or a parameter (`realm="…"`). */
export function maskCredentials(text: string, mask: Mask): string {
  let shown = "";
  let done = 0;
  for (const { 0: scheme, index } of text.matchAll(SCHEME)) {
    const start = index + scheme.length;
    CREDENTIAL.lastIndex = start;
    const value = CREDENTIAL.exec(text)?.[0] ?? "";
    const end = start + value.length;
    const isSecret = value.length >= MIN_CREDENTIAL && /\d/.test(value) &&
      !/^["']?[\w.~+/=-]/.test(text.slice(end, end + 2));
    if (!isSecret || start < done) continue;
    shown += text.slice(done, start) + mask(value);
    done = end;
  }
  return shown + text.slice(done);
}
