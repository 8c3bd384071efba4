/** The properties of a JSON Schema, as the arguments of a tool and the fields of a form. @module */

import {
  exactJson,
  isObject,
  isRawNumber,
  type JsonObject,
  stringListMember,
} from "../../core/json.ts";
import { printable } from "../../core/text.ts";
import type { Choice } from "../command/runtime.ts";

const MAX_TEXT = 500;

export interface SchemaField {
  readonly name: string;
  readonly schema: JsonObject;
  readonly isRequired: boolean;
}

export function fieldsOf(schema: unknown): SchemaField[] {
  if (!isObject(schema)) return [];
  const required = stringListMember(schema, "required") ?? [];
  const properties = isObject(schema["properties"]) ? schema["properties"] : {};
  return Object.entries(properties).map(([name, property]) => ({
    name,
    schema: isObject(property) ? property : {},
    isRequired: required.includes(name),
  }));
}

export function choice(value: string, label = value): Choice {
  return { value, label: printable(label, MAX_TEXT) };
}

/** The alternatives of a schema. */
function alternativesOf(schema: JsonObject): JsonObject[] {
  const listed = [schema["oneOf"], schema["anyOf"]].find(Array.isArray) ?? [];
  return listed.filter(isObject);
}

/** The values of an enumeration, with their titles, in each of the forms that MCP has. */
export function choicesOf(schema: JsonObject): Choice[] | undefined {
  const alternatives = alternativesOf(schema);
  if (alternatives.length > 0 && alternatives.every((it) => it["const"] !== undefined)) {
    return alternatives.map(({ const: value, title }) =>
      choice(String(value), typeof title === "string" ? title : undefined)
    );
  }
  const values = schema["enum"];
  if (!Array.isArray(values)) return alternatives.map(choicesOf).find((it) => it !== undefined);
  const titles = stringListMember(schema, "enumNames");
  return values.filter((value) => value !== null)
    .map((value, at) => choice(String(value), titles?.[at]));
}

const typeName = (value: unknown) =>
  value === null ? "null" : Array.isArray(value) ? "array" : typeof value;

/** The JSON types that a schema accepts; none if it does not say. */
export function typesOf(schema: JsonObject): string[] {
  const { type, enum: values, const: only } = schema;
  const named = [type].flat().filter((it) => typeof it === "string");
  if (named.length > 0) return named;
  if (only !== undefined) return [typeName(only)];
  if (Array.isArray(values)) return [...new Set(values.map(typeName))];
  return [...new Set(alternativesOf(schema).flatMap(typesOf))];
}

const itemsOf = (schema: JsonObject): JsonObject => {
  const { items } = [schema, ...alternativesOf(schema)].find((it) => isObject(it["items"])) ?? {};
  return isObject(items) ? items : {};
};

const MAX_SHOWN_CHOICES = 12;

/** `integer`, `list of strings`, `"fast" or "slow"`. */
export function typeText(schema: JsonObject): string {
  const choices = choicesOf(schema)?.map(({ value }) => `"${printable(value, 60)}"`);
  if (choices !== undefined && choices.length > 0) {
    const shown = choices.slice(0, MAX_SHOWN_CHOICES);
    const more = choices.length - shown.length;
    return `${shown.join(" | ")}${more > 0 ? ` | ${more} more` : ""}`;
  }
  const names = typesOf(schema).filter((type) => type !== "null").map((type) => {
    if (type !== "array") return printable(type, 20);
    const item = typeText(itemsOf(schema));
    return item === "any type"
      ? "list"
      : /^\w+$/.test(item)
      ? `list of ${item}s`
      : `list of ${item}`;
  });
  return names.length === 0 ? "any type" : names.join(" or ");
}

const isTime = (text: string): boolean => !Number.isNaN(Date.parse(text));

const FORMATS: ReadonlyMap<unknown, (text: string) => boolean> = new Map([
  ["email", (text) => /^[^\s@]+@[^\s@]+$/.test(text)],
  ["uri", (text) => URL.canParse(text)],
  ["date", (text) => /^\d{4}-\d\d-\d\d$/.test(text) && isTime(text)],
  ["date-time", (text) => /^\d{4}-\d\d-\d\dT/.test(text) && isTime(text)],
]);

const isNumberText = (text: string) => /^[-+\d.eE]+$/.test(text) && Number.isFinite(Number(text));

function rangeObjection(size: number, least: unknown, most: unknown, unit = "") {
  if (typeof least === "number" && size < least) return `must be at least ${least}${unit}`;
  if (typeof most === "number" && size > most) return `must be at most ${most}${unit}`;
  return undefined;
}

/** Why a text that is a value of this field's type is not accepted. */
function textObjection(text: string, schema: JsonObject): string | undefined {
  const { minimum, maximum, minLength, maxLength, format } = schema;
  const choices = choicesOf(schema)?.map(({ value }) => value);
  if (choices !== undefined && !choices.includes(text)) {
    const shown = choices.slice(0, MAX_SHOWN_CHOICES).map((it) => printable(it, 60));
    const more = choices.length - shown.length;
    return `must be one of: ${shown.join(", ")}${more > 0 ? `, or ${more} more` : ""}`;
  }
  const types = typesOf(schema);
  if (types.includes("number") || types.includes("integer")) {
    return rangeObjection(Number(text), minimum, maximum);
  }
  const length = rangeObjection([...text].length, minLength, maxLength, " characters");
  if (length !== undefined) return length;
  return FORMATS.get(format)?.(text) === false
    ? `must have the format ${printable(String(format), 40)}`
    : undefined;
}

/** An integer that a double cannot represent remains as written. */
const integerOf = (text: string): unknown =>
  /^-?[1-9]\d{15,}$/.test(text) ? exactJson(text) : Number(text);

const TYPES = new Map<string, (text: string) => unknown>([
  [
    "integer",
    (text) => isNumberText(text) && Number.isInteger(Number(text)) ? integerOf(text) : undefined,
  ],
  ["number", (text) => isNumberText(text) ? integerOf(text) : undefined],
  ["boolean", (text) => text === "true" ? true : text === "false" ? false : undefined],
  ["null", (text) => text === "null" ? null : undefined],
  ["array", (text) => [exactJson(text)].find(Array.isArray)],
  ["object", (text) => [exactJson(text)].find((it) => isObject(it) && !isRawNumber(it))],
]);

const NOUNS: ReadonlyMap<string, string> = new Map([
  ["integer", "a whole number"],
  ["number", "a number"],
  ["boolean", "true or false"],
  ["array", "a JSON array"],
  ["object", "a JSON object"],
]);

export type Converted = { readonly value: unknown } | { readonly objection: string };

/** The value that a text is for a schema: a text, unless the schema only has other types. */
export function convertText(text: string, schema: JsonObject): Converted {
  const types = typesOf(schema);
  const isText = types.length === 0 || types.includes("string");
  for (const type of isText ? [] : types) {
    const value = TYPES.get(type)?.(text);
    if (value === undefined) continue;
    const isContainer = typeof value === "object" && !isRawNumber(value);
    const objection = isContainer ? undefined : textObjection(text, schema);
    return objection === undefined ? { value } : { objection };
  }
  const objection = isText
    ? textObjection(text, schema)
    : `must be ${types.flatMap((type) => NOUNS.get(type) ?? []).join(" or ") || typeText(schema)}`;
  return objection === undefined ? { value: text } : { objection };
}

/** The schema of the items, if the value is a list. */
export function itemSchema(schema: JsonObject): JsonObject | undefined {
  const types = typesOf(schema);
  return types.includes("array") && !types.includes("string") ? itemsOf(schema) : undefined;
}

/** The arguments of a prompt, which are texts. */
export function promptFields({ arguments: declared }: JsonObject): SchemaField[] {
  const listed: unknown[] = Array.isArray(declared) ? declared : [];
  return listed.filter(isObject).map(({ name, required, title, description }) => ({
    name: String(name),
    schema: { type: "string", title, description },
    isRequired: required === true,
  }));
}
