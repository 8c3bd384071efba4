/**
 * Text with HTML's character references resolved, and where each character of it came from.
 *
 * @module
 */

/** A text without references. */
export interface ResolvedText {
  /** What a browser would show. */
  readonly text: string;
  /** For each index of `text`, and its end, the index in the original at which it begins. */
  readonly origins: readonly number[];
}

const NAMED: Readonly<Record<string, string>> = {
  amp: "&",
  lt: "<",
  gt: ">",
  quot: '"',
  apos: "'",
};

/** Named ones as far as encoders write them, and every numeric one (HTML §13.2.5.72 and after). */
const REFERENCE = /&(?:#0*(\d{1,7})|#x0*([0-9a-f]{1,6})|(amp|lt|gt|quot|apos)(?=;));?/gi;

function character(decimal?: string, hex?: string, name?: string): string | undefined {
  if (name !== undefined) return NAMED[name.toLowerCase()];
  const code = decimal === undefined ? parseInt(hex ?? "", 16) : Number(decimal);
  return code <= 0x10ffff ? String.fromCodePoint(code) : undefined;
}

/** `text` with its references resolved once; undefined when it has none. */
export function resolveReferences(text: string): ResolvedText | undefined {
  if (!text.includes("&")) return undefined;
  let resolved = "";
  const origins: number[] = [];
  let at = 0;
  const keep = (end: number) => {
    for (let index = at; index < end; index += 1) origins.push(index);
    resolved += text.slice(at, end);
  };
  for (const { 0: reference, 1: decimal, 2: hex, 3: name, index } of text.matchAll(REFERENCE)) {
    const meant = character(decimal, hex, name);
    if (meant === undefined) continue;
    keep(index);
    for (let unit = 0; unit < meant.length; unit += 1) origins.push(index);
    resolved += meant;
    at = index + reference.length;
  }
  if (at === 0) return undefined;
  keep(text.length);
  return { text: resolved, origins: [...origins, text.length] };
}
