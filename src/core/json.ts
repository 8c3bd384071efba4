import { quoted } from "./text.ts";

export type JsonObject = { readonly [name: string]: unknown };

export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The object's own member (never one of the prototype), or undefined. */
export function member(object: JsonObject, name: string): unknown {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}

/** The member as a non-empty string, or undefined. */
export function stringMember(object: JsonObject, name: string): string | undefined {
  const value = member(object, name);
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** {@link stringMember}; an integer counts as the text of its digits. */
export function textMember(object: JsonObject, name: string): string | undefined {
  const value = member(object, name);
  return Number.isSafeInteger(value) ? String(value) : stringMember(object, name);
}

/** The strings of a member that is an array, or undefined. */
export function stringListMember(object: JsonObject, name: string): string[] | undefined {
  const value = member(object, name);
  return Array.isArray(value) ? value.filter((item) => typeof item === "string") : undefined;
}

/** Nesting that is allowed in a document of a server. */
const MAX_DEPTH = 64;

/** Offset of the closing quote of the string that begins at `start`; the text's length without one. */
export function stringEnd(text: string, start: number): number {
  let end = start;
  let slashes: number;
  do {
    end = text.indexOf('"', end + 1);
    if (end === -1) return text.length;
    for (slashes = 0; text[end - 1 - slashes] === "\\";) slashes += 1;
  } while (slashes % 2 === 1);
  return end;
}

/** Visits every bracket and string of valid JSON text, with its nesting. */
function scan(text: string, visit: (depth: number, start: number, end: number) => void): void {
  let depth = 0;
  for (let at = 0; at < text.length; at += 1) {
    const first = text.charAt(at);
    const start = at;
    if (first === '"') at = stringEnd(text, at);
    else if (first === "{" || first === "[") depth += 1;
    else if (first === "}" || first === "]") depth -= 1;
    else continue;
    visit(depth, start, at + 1);
  }
}

/** Of valid JSON; for other text, any number. */
function depthOf(text: string): number {
  let deepest = 0;
  scan(text, (depth) => {
    deepest = Math.max(deepest, depth);
  });
  return deepest;
}

/** True if JSON text has more than `most` values. Parsing millions of them blocks for seconds. */
export function hasMoreValues(text: string, limit: number): boolean {
  let count = 0;
  for (let at = 0; at < text.length && count <= limit; at += 1) {
    const first = text.charAt(at);
    if (first === '"') at = stringEnd(text, at);
    else if ("[{,".includes(first)) count += 1;
  }
  return count > limit;
}

/** Parses JSON text; undefined when it is not JSON, or nested deeper than `maxDepth`. */
export function parseJson(text: string, maxDepth = MAX_DEPTH): unknown {
  // Parsing millions of levels blocks for seconds.
  if (depthOf(text) > maxDepth) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export function isNestedDeeper(value: unknown, limit: number): boolean {
  return typeof value === "object" && value !== null &&
    Object.values(value).some((it) => limit === 0 || isNestedDeeper(it, limit - 1));
}

/** Visits the name of every member of valid JSON text, with the nesting of its object. */
function scanNames(text: string, visit: (depth: number, name: string) => void): void {
  const colon = /[ \t\r\n]*:/y;
  scan(text, (depth, start, end) => {
    colon.lastIndex = end;
    if (text[start] === '"' && colon.test(text)) visit(depth, JSON.parse(text.slice(start, end)));
  });
}

/** Names that the JSON object in `text` has more than once: parsers differ in which value they use. */
export function repeatedMembers(text: string): string[] {
  if (!isObject(parseJson(text))) return [];
  const seen = new Set<string>();
  const repeated = new Set<string>();
  scanNames(text, (depth, name) => {
    if (depth === 1) (seen.has(name) ? repeated : seen).add(name);
  });
  return [...repeated];
}

function countMembers(value: unknown): number {
  if (typeof value !== "object" || value === null) return 0;
  const values = Object.values(value);
  const own = Array.isArray(value) ? 0 : values.length;
  return values.reduce<number>((sum, it) => sum + countMembers(it), own);
}

/** True if any object in valid JSON text has a member twice. */
export function hasRepeatedMember(text: string): boolean {
  let written = 0;
  scanNames(text, () => written += 1);
  return written !== countMembers(parseJson(text));
}

/** Describes an unexpected value for a message. */
export function describeValue(value: unknown): string {
  if (typeof value === "string") return quoted(value);
  if (Array.isArray(value)) return "a list";
  return isObject(value) ? "an object" : String(value);
}

const RAW = JSON as unknown as {
  rawJSON(source: string): object;
  isRawJSON(value: unknown): boolean;
};

/** Parses JSON. Integers that a double cannot represent remain as written. */
export function exactJson(text: string): unknown {
  const reviver = (
    _name: string,
    value: unknown,
    context?: { readonly source?: string },
  ): unknown =>
    typeof value === "number" && context?.source !== undefined && Math.abs(value) >= 2 ** 53
      ? RAW.rawJSON(context.source)
      : value;
  try {
    return JSON.parse(text, reviver as (name: string, value: unknown) => unknown);
  } catch {
    return undefined;
  }
}

/** True for a number of {@link exactJson} that a double cannot represent. */
export function isRawNumber(value: unknown): boolean {
  return RAW.isRawJSON(value);
}
