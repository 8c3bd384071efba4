/**
 * Text from servers, made safe to show.
 *
 * @module
 */

/** C0 and C1 controls, DEL, bidi controls, zero-width and tag characters, lone surrogates, BOM. */
const UNSAFE =
  // deno-lint-ignore no-control-regex
  /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/gu;

/**
 * Replaces every character that could move the cursor, hide or reorder text by a visible escape
 * (`\x1b`, `\u202e`) and cuts at `limit` characters (a cut ends with `…`).
 *
 * Mask secrets before calling this: a cut could leave half a secret that no mask finds.
 */
export function printable(text: string, limit = 300): string {
  const safe = text.replace(UNSAFE, (character) => {
    const code = character.codePointAt(0) ?? 0;
    if (code <= 0xff) return `\\x${code.toString(16).padStart(2, "0")}`;
    if (code <= 0xffff) return `\\u${code.toString(16).padStart(4, "0")}`;
    return `\\u{${code.toString(16)}}`;
  });
  const characters = [...safe];
  return characters.length <= limit ? safe : `${characters.slice(0, limit).join("")}…`;
}

/** {@link printable} in double quotes; quotes and backslashes inside stay as they are. */
export function quoted(text: string, limit = 300): string {
  return `"${printable(text, limit)}"`;
}
