/**
 * Changes single members of a JSON text; every other character remains as received. The text must be
 * valid JSON. Of members with the same name, the last counts, as for `JSON.parse`. @module
 */

import { stringEnd } from "../../core/json.ts";

export type Path = readonly (string | number)[];

interface Span {
  readonly start: number;
  readonly end: number;
}

/** A member of an object, whose `from` is that of its name, or an element of an array. */
interface Item extends Span {
  readonly from: number;
  readonly index: number;
}

function skipSpace(text: string, at: number): number {
  let next = at;
  while (text.charCodeAt(next) <= 0x20) next += 1;
  return next;
}

function valueEnd(text: string, start: number): number {
  let depth = 0;
  for (let at = start; at < text.length; at += 1) {
    switch (text.charCodeAt(at)) {
      case 0x22: // "
        at = stringEnd(text, at);
        break;
      case 0x5b: // [
      case 0x7b: // {
        depth += 1;
        continue;
      case 0x5d: // ]
      case 0x7d: // }
        if (depth === 0) return at;
        depth -= 1;
        break;
      case 0x2c: // ,
        if (depth === 0) return at;
        continue;
      default:
        if (depth > 0 || text.charCodeAt(at) > 0x20) continue;
        return at;
    }
    if (depth === 0) return at + 1;
  }
  return text.length;
}

/** Visits the items of the object or array that begins at `open`. */
function visitItems(text: string, open: number, visit: (item: Item) => void): void {
  const isObject = text.charAt(open) === "{";
  if (!isObject && text.charAt(open) !== "[") return;
  let from = skipSpace(text, open + 1);
  for (
    let index = 0;
    from < text.length && text.charAt(from) !== "}" && text.charAt(from) !== "]";
    index += 1
  ) {
    const start = isObject ? skipSpace(text, text.indexOf(":", stringEnd(text, from)) + 1) : from;
    const end = valueEnd(text, start);
    visit({ from, start, end, index });
    const next = skipSpace(text, end);
    from = text.charAt(next) === "," ? skipSpace(text, next + 1) : next;
  }
}

function isNamed(text: string, { from, index }: Item, key: string | number): boolean {
  if (typeof key === "number") return index === key;
  const end = stringEnd(text, from);
  if (end - from - 1 === key.length && text.startsWith(key, from + 1)) return !key.includes("\\");
  const name = text.slice(from, end + 1);
  return name.includes("\\") && JSON.parse(name) === key;
}

function spanAt(text: string, path: Path): Span | undefined {
  let start = skipSpace(text, 0);
  for (const key of path) {
    if (text.charAt(start) !== (typeof key === "string" ? "{" : "[")) return undefined;
    let found: Item | undefined;
    visitItems(text, start, (item) => {
      if (isNamed(text, item, key)) found = item;
    });
    if (found === undefined) return undefined;
    start = found.start;
  }
  return { start, end: valueEnd(text, start) };
}

/** The text of the value at a path, or undefined. */
export function valueText(text: string, path: Path): string | undefined {
  const span = spanAt(text, path);
  return span && text.slice(span.start, span.end);
}

/**
 * Sets the value at a path; missing members on the way are added. The text is returned unchanged if
 * something else than an object is on the way.
 */
export function setMember(text: string, path: Path, value: string): string {
  const span = spanAt(text, path);
  if (span !== undefined) return text.slice(0, span.start) + value + text.slice(span.end);
  const parent = path.slice(0, -1);
  const member = `${JSON.stringify(String(path.at(-1)))}:${value}`;
  const object = spanAt(text, parent);
  if (object === undefined) return setMember(text, parent, `{${member}}`);
  if (text.charAt(object.start) !== "{") return text;
  const at = object.start + 1;
  const comma = text.charAt(skipSpace(text, at)) === "}" ? "" : ",";
  return text.slice(0, at) + member + comma + text.slice(at);
}

/** Removes the items of the object or array at a path that `keep` refuses. */
function filterItems(text: string, path: Path, keep: (item: Item) => boolean): string {
  const container = spanAt(text, path);
  if (container === undefined) return text;
  let result = "";
  let from = 0;
  let previousEnd = 0;
  let kept = 0;
  let skipping = false;
  visitItems(text, container.start, (item) => {
    if (keep(item)) {
      if (skipping) from = item.from;
      skipping = false;
      kept += 1;
    } else {
      if (kept > 0) result += text.slice(from, previousEnd);
      else if (!skipping) result += text.slice(from, item.from);
      skipping = kept === 0;
      from = item.end;
    }
    previousEnd = item.end;
  });
  return from === 0 ? text : result + text.slice(from);
}

/** Removes a member with all its repetitions. */
export function removeMember(text: string, path: readonly string[]): string {
  const name = path.at(-1) ?? "";
  if (spanAt(text, path) === undefined) return text;
  return filterItems(text, path.slice(0, -1), (item) => !isNamed(text, item, name));
}

/** Removes the elements of an array that `keep` refuses, by their positions. */
export function filterElements(
  text: string,
  path: Path,
  keep: (index: number) => boolean,
): string {
  const array = spanAt(text, path);
  if (array === undefined || text.charAt(array.start) !== "[") return text;
  return filterItems(text, path, ({ index }) => keep(index));
}
