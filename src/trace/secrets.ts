/**
 * The values that must never be shown.
 *
 * @module
 */

import { resolveReferences } from "./entities.ts";
import { maskOf } from "./fingerprint.ts";
import { type Spelling, spellingsOf } from "./spellings.ts";

/** Collects secret values as they arise and masks them wherever they turn up. */
export interface Secrets {
  /**
   * Remembers a secret. Every spelling it can take on the wire is masked too: percent-encoded,
   * form-encoded, JSON-escaped, in HTML, inside a Basic credential. Values shorter than 4 characters are
   * ignored, since masking them would destroy the text around them.
   */
  add(value: string | null | undefined): void;
  /** Replaces every known secret in `text` by its fingerprint mask. */
  mask(text: string): string;
}

interface Place {
  readonly start: number;
  readonly end: number;
  /** The secret that stands there; undefined for a mask that is already in the text. */
  readonly secret: string | undefined;
}

const SHORTEST = 4;
const MASK = /\[masked sha256:[0-9a-f]{8}\]/g;
/** Pages that quote pages: how often character references are resolved. */
const MOST_LAYERS = 3;
const BASE64 = /[A-Za-z0-9+/_-]/;

/** `place`, grown to the whole base64 text it lies in. */
function wholeBase64(text: string, place: Place): Place {
  let { start, end } = place;
  while (start > 0 && BASE64.test(text.charAt(start - 1))) start--;
  while (BASE64.test(text.charAt(end))) end++;
  while (text.charAt(end) === "=") end++;
  return { ...place, start, end };
}

/** A spelling of a secret. */
interface Known extends Spelling {
  readonly secret: string;
}

/** Adds the places of one spelling to `found`. */
function findPlaces(text: string, { text: spelling, base64, secret }: Known, found: Place[]): void {
  let start = text.indexOf(spelling);
  while (start !== -1) {
    const exact = { start, end: start + spelling.length, secret };
    const place = base64 ? wholeBase64(text, exact) : exact;
    found.push(place);
    start = text.indexOf(spelling, Math.max(start + 1, place.end));
  }
}

/**
 * An empty collection of secrets.
 *
 * @example
 * ```ts
 * import { createSecrets } from "./secrets.ts";
 *
 * const secrets = createSecrets();
 * secrets.add("correct horse");
 * secrets.mask("grant_type=x&password=correct+horse"); // …&password=[masked sha256:…]
 * ```
 */
export function createSecrets(): Secrets {
  const secrets = new Set<string>();
  /** What was not spelled out yet: most texts are shorter than any secret, and need no spellings. */
  let fresh: string[] = [];
  const known: Known[] = [];
  let shortest = Infinity;

  function find(text: string, layers = MOST_LAYERS): Place[] {
    const found: Place[] = [];
    for (const secret of fresh) {
      known.push(...spellingsOf(secret).map((spelling) => ({ ...spelling, secret })));
    }
    fresh = [];
    for (const spelling of known) {
      if (spelling.text.length <= text.length) findPlaces(text, spelling, found);
    }
    const resolved = layers === 0 ? undefined : resolveReferences(text);
    if (resolved === undefined) return found;
    const { origins } = resolved;
    return found.concat(
      find(resolved.text, layers - 1).map(({ start, end, secret }) => (
        { start: origins[start] ?? 0, end: origins[end] ?? text.length, secret }
      )),
    );
  }

  return {
    add(value) {
      if (!value || value.length < SHORTEST || secrets.has(value)) return;
      secrets.add(value);
      fresh.push(value);
      shortest = Math.min(shortest, value.length);
    },
    mask(text) {
      // No spelling is shorter than its secret.
      if (text.length < shortest) return text;
      const found = find(text);
      if (found.length === 0) return text;
      for (const { index, 0: mask } of text.matchAll(MASK)) {
        found.push({ start: index, end: index + mask.length, secret: undefined });
      }
      return replaceAll(text, found);
    },
  };
}

/** Writes a mask over each place; where places overlap, the first and longest names the mask. */
function replaceAll(text: string, found: Place[]): string {
  found.sort((a, b) => a.start - b.start || b.end - a.end);
  let masked = "";
  let at = 0;
  for (const { start, end, secret } of found) {
    if (end <= at) continue;
    masked += text.slice(at, Math.max(at, start));
    if (start >= at) masked += secret === undefined ? text.slice(start, end) : maskOf(secret);
    at = end;
  }
  return masked + text.slice(at);
}
