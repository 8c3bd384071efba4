/** Text from servers, made safe to show. @module */

/**
 * Replaces every character that could move the cursor, hide or reorder text by a visible escape
 * (`\x1b`, `\u202e`) and cuts at `limit` characters (a cut ends with `…`).
 *
 * Mask secrets before cutting, because masking does not find a part of a secret.
 */
export function printable(text: string, limit = Infinity): string {
  // Most texts do not need the table of Unicode below, which takes a millisecond to build.
  if (text.length <= limit && /^[\x20-\x7e]*$/.test(text)) return text;
  const unsafe = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;
  const safe = text.replace(unsafe, (character) => {
    const code = (character.codePointAt(0) ?? 0).toString(16);
    if (code.length <= 2) return `\\x${code.padStart(2, "0")}`;
    return code.length <= 4 ? `\\u${code.padStart(4, "0")}` : `\\u{${code}}`;
  });
  if (safe.length <= limit) return safe;
  const characters = [...safe];
  return characters.length <= limit ? safe : `${characters.slice(0, limit).join("")}…`;
}

/** Longest part of a secret that a cut can leave at the end of a text, in characters. */
export const MAX_PARTIAL_SECRET: number = 8 * 1024;

/** Removes the characters at the end of a cut text that may be a part of a secret. */
export function withoutPartialSecret(text: string): string {
  const shortest = Math.max(0, text.length - MAX_PARTIAL_SECRET);
  let end = text.length;
  while (end > shortest && /[\w.~+/=%\\-]/.test(text.charAt(end - 1))) end--;
  return text.slice(0, end);
}

/** The beginning of a text with secrets that are not masked yet: a cut leaves no part of one. */
export function excerpt(text: string, limit: number): string {
  return text.length <= limit ? text : `${withoutPartialSecret(text.slice(0, limit))}…`;
}

/** True for text that is not blank and has no character that is escaped. */
export function isPrintable(text: string): boolean {
  return text.trim() !== "" && printable(text) === text;
}

/** True for the name of a header field (RFC 9110 §5.1). */
export function isFieldName(text: string): boolean {
  return /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(text);
}

/** True for a scope token of RFC 6749 §3.3. */
export function isScopeToken(token: string): boolean {
  return /^[\x21\x23-\x5b\x5d-\x7e]+$/.test(token);
}

/** Quotes and backslashes inside are not escaped. */
export function quoted(text: string, limit = Infinity): string {
  return `"${printable(text, limit)}"`;
}

/** Where two texts differ: `first difference at character 20: expected "b", found "x"`. */
export function describeDifference(expected: string, found: string): string {
  const [a, b] = [[...expected], [...found]];
  let at = 0;
  while (at < a.length && a[at] === b[at]) at += 1;
  const name = (character?: string) => character === undefined ? "the end" : quoted(character);
  return `first difference at character ${at + 1}: expected ${name(a[at])}, found ${name(b[at])}`;
}

/**
 * On Windows the quotes are double, because `cmd` has no single quotes and PowerShell ends them at `'`.
 * Quotes, and what the two shells interpret inside them, become `?`.
 */
function inQuotes(text: string, os: typeof Deno.build.os): string {
  const safe = printable(text);
  if (os !== "windows") return `'${safe.replaceAll("'", "'\\''")}'`;
  let end = safe.length;
  while (safe[end - 1] === "\\") end -= 1;
  return `"${safe.replace(/["\u201c-\u201e$`]/g, "?")}${safe.slice(end)}"`;
}

/**
 * Quotes one argument of a command to copy, if it needs quotes, so that the shell runs nothing that a
 * server wrote; never cuts it.
 */
export function shellWord(word: string, os: typeof Deno.build.os = Deno.build.os): string {
  // PowerShell reads "@" and "," as operators, zsh a leading "=" as the path of a program.
  const plain = os === "windows" ? /^[\w+:./-][\w+=:./-]*$/ : /^[\w@%+:,./-][\w@%+=:,./-]*$/;
  return plain.test(word) ? word : inQuotes(word, os);
}

/** Minutes and seconds, from milliseconds: `4:05`. */
export function formatCountdown(milliseconds: number): string {
  const seconds = Math.max(0, Math.ceil(milliseconds / 1000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}
