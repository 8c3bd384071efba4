/** Paths to members of a document, such as `credentials.accessToken`, `tools[0].name`, `steps[].step`. @module */

import { isObject, member } from "../../core/json.ts";

/** A member's name, or an index; `each` is `[]`, all items of a list. */
export type PathPart = string | number | typeof EACH;

export const EACH = Symbol("each");

/** A name; `["a name"]`; `[0]`, also negative; or `[]`. */
const PART = /\.?([^.[\]"\s]+)|\["([^"]*)"\]|\[(-?\d{1,9})?\]/y;

/** Undefined for text that is not a path. */
export function parsePath(text: string): readonly PathPart[] | undefined {
  const parts: PathPart[] = [];
  PART.lastIndex = 0;
  while (PART.lastIndex < text.length) {
    const found = PART.exec(text);
    if (found === null) return undefined;
    const [, name, quotedName, index] = found;
    parts.push(name ?? quotedName ?? (index === undefined ? EACH : Number(index)));
  }
  return parts.length === 0 ? undefined : parts;
}

/** The path as a person writes it. */
export function pathText(parts: readonly PathPart[]): string {
  return parts.map((part, at) => {
    if (part === EACH) return "[]";
    if (typeof part === "number") return `[${part}]`;
    if (!/^[^.[\]"\s]+$/.test(part)) return `["${part}"]`;
    return at === 0 ? part : `.${part}`;
  }).join("");
}

/** The index that a part means for a list: `0` of `tools.0` too. */
export function indexOf(part: PathPart): number | undefined {
  if (typeof part === "number") return part;
  return typeof part === "string" && /^\d{1,9}$/.test(part) ? Number(part) : undefined;
}

/** The values at a path, or where the path ends too early. */
export type Selection =
  | { readonly values: readonly unknown[] }
  | { readonly end: unknown; readonly depth: number };

export function select(value: unknown, parts: readonly PathPart[], depth = 0): Selection {
  const part = parts[depth];
  if (part === undefined) return { values: [value] };
  if (part === EACH) {
    if (!Array.isArray(value)) return { end: value, depth };
    const found = value.map((item) => select(item, parts, depth + 1));
    const missing = found.find((it) => "end" in it);
    return missing ?? { values: found.flatMap((it) => "values" in it ? it.values : []) };
  }
  const index = indexOf(part);
  const next = Array.isArray(value) && index !== undefined
    ? value.at(index)
    : isObject(value) && typeof part !== "number"
    ? member(value, part)
    : undefined;
  return next === undefined ? { end: value, depth } : select(next, parts, depth + 1);
}
