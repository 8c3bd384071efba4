/**
 * Looking into parsed JSON without trusting it.
 *
 * @module
 */

/** A JSON object of unknown shape. */
export type JsonObject = { readonly [name: string]: unknown };

/** True for a JSON object (not null, not an array). */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The member as a non-empty string, or undefined. */
export function stringMember(object: JsonObject, name: string): string | undefined {
  const value = object[name];
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** The member as a list of strings (other items dropped), or undefined when it is no array. */
export function stringListMember(object: JsonObject, name: string): string[] | undefined {
  const value = object[name];
  return Array.isArray(value) ? value.filter((item) => typeof item === "string") : undefined;
}

/** Parses JSON text; undefined when it is not JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
