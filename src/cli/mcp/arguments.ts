/**
 * Arguments of a tool or prompt on the command line: `name=text`, `name:=json`, `name=@file`,
 * `name:=@file`; `name[member]=…` and `name[]=…` for what is in an object or list.
 *
 * @module
 */

import type { PrintedCommand } from "../../core/command_text.ts";
import { withCommand } from "../../core/command_text.ts";
import { editDistance } from "../../core/edit_distance.ts";
import { type Failure, usageFailure } from "../../core/failure.ts";
import { exactJson, isObject, isRawNumber, type JsonObject } from "../../core/json.ts";
import type { Io } from "../../core/system.ts";
import { printable, quoted } from "../../core/text.ts";
import { readInput } from "../shared/input_files.ts";
import { convertText, itemSchema, type SchemaField, typesOf, typeText } from "./schema_fields.ts";
import { suggestNames } from "./unknown_name.ts";

/** The first part of a URL or path is not the name of an argument. */
const ARGUMENT = /^([^\s=:/?{]+)(:?=)(@?)(.*)$/s;

export interface GivenArgument {
  readonly name: string;
  readonly isJson: boolean;
  readonly text: string;
}

/** What a tool or prompt declares. */
export interface Declared {
  /** `the tool "echo"`. */
  readonly subject: string;
  readonly fields: readonly SchemaField[];
  /** True if it may accept names that it does not declare. */
  readonly isOpen: boolean;
}

export const isArgument = (word: string): boolean => ARGUMENT.test(word) || word.startsWith("{");

export function invalidArguments(message: string, remedy?: string): Failure {
  return usageFailure("arguments_invalid", message, remedy);
}

/** The arguments in these words, and those of a JSON object among them. */
export async function readArguments(
  words: readonly string[],
  io: Io,
): Promise<{ readonly given: readonly GivenArgument[]; readonly object: JsonObject }> {
  const given: GivenArgument[] = [];
  const objects: JsonObject[] = [];
  for (const word of words) {
    const [, name, operator, at, rest = ""] = ARGUMENT.exec(word) ?? [];
    if (name === undefined) {
      const parsed = exactJson(word);
      if (!isObject(parsed) || isRawNumber(parsed)) {
        const why = word.startsWith("{") ? "not a JSON object" : "not an argument";
        throw invalidArguments(
          `${quoted(word, 60)} is ${why}`,
          "Write name=text, name:=json or name=@file",
        );
      }
      objects.push(parsed);
      continue;
    }
    const text = at === "" ? rest : await readInput(name, rest, io);
    given.push({ name, isJson: operator === ":=", text });
  }
  return { given, object: Object.assign(Object.create(null), ...objects) };
}

function declaredField({ subject, fields, isOpen }: Declared, name: string): JsonObject {
  const field = fields.find((it) => it.name === name);
  if (field !== undefined || isOpen) return field?.schema ?? {};
  const names = fields.map((it) => it.name);
  const [first = "", ...members] = name.split(".");
  const isPath = members.length > 0 && names.includes(first);
  throw invalidArguments(
    `${subject} has no argument ${quoted(name, 60)}`,
    isPath
      ? `Write ${pathText([first, ...members])}=…`
      : names.length === 0
      ? "It has no arguments"
      : suggestNames(name, names, "Its arguments"),
  );
}

/** `a[b][]` */
function pathText([first = "", ...members]: readonly string[]): string {
  return printable(first + members.map((it) => `[${it}]`).join(""), 200);
}

const memberNames = ({ properties }: JsonObject): string[] =>
  isObject(properties) ? Object.keys(properties) : [];

/** How to write the value of an object, if the schema requires one. */
function objectRemedy(name: string, schema: JsonObject): string | undefined {
  if (!typesOf(schema).includes("object")) return undefined;
  const [member] = memberNames(schema);
  return member === undefined
    ? `Write ${name}:=<json>`
    : `Write ${name}[${printable(member, 60)}]=… for each member`;
}

/** A placeholder for a value in a printed command line. */
function placeholder({ schema }: Pick<SchemaField, "schema">): string {
  return `<${typeText(schema).replaceAll('"', "").replaceAll(" | ", "|")}>`;
}

function valueOf(
  { name, isJson, text }: GivenArgument,
  schema: JsonObject,
  { subject }: Declared,
): unknown {
  if (text === placeholder({ schema })) {
    throw invalidArguments(`${quoted(text, 60)} is a placeholder`, `Give a value for ${name}`);
  }
  const value = isJson ? exactJson(text) : undefined;
  if (value !== undefined) return value;
  const converted = convertText(text, schema);
  if ("value" in converted) {
    if (!isJson) return converted.value;
    throw invalidArguments(
      `the value of ${quoted(name, 60)} is not JSON: ${quoted(text, 60)}`,
      `For text, write ${name}=…`,
    );
  }
  throw invalidArguments(
    `${subject}: the argument ${quoted(name, 60)} ${converted.objection}, not ${quoted(text, 60)}`,
    objectRemedy(name, schema),
  );
}

/** `["a", "b", ""]` for `a[b][]`; the name itself if the tool declares it like that. */
function pathOf(name: string, { fields }: Declared): string[] {
  const [, first, members = ""] = /^([^[\]]+)((?:\[[^[\]]*\])+)$/.exec(name) ?? [];
  if (first === undefined || fields.some((it) => it.name === name)) return [name];
  return [first, ...members.slice(1, -1).split("][")];
}

type Container = Record<string, unknown> | unknown[];

/** Writes a value; containers have no prototype, because their names are foreign. */
function write(target: Container, path: readonly string[], value: unknown): void {
  const [name = "", ...rest] = path;
  const key = Array.isArray(target) ? String(target.length) : name;
  const members = target as Record<string, unknown>;
  if (rest.length === 0) {
    members[key] = value;
    return;
  }
  const existing = members[key];
  const inner: Container = typeof existing === "object" && existing !== null
    ? existing as Container
    : rest[0] === ""
    ? []
    : Object.create(null);
  members[key] = inner;
  write(inner, rest, value);
}

/** The schema of a member of the field's value. */
function schemaAt(schema: JsonObject, path: readonly string[]): JsonObject {
  return path.reduce<JsonObject>((outer, name) => {
    const { properties } = outer;
    const inner = name === ""
      ? itemSchema(outer)
      : isObject(properties) && Object.hasOwn(properties, name)
      ? properties[name]
      : undefined;
    return isObject(inner) ? inner : {};
  }, schema);
}

/** Members that are not declared may be valid; one that is like a declared one is a mistake. */
function checkMembers(
  { subject }: Declared,
  schema: JsonObject,
  [first = "", ...path]: readonly string[],
): void {
  for (const [at, name] of path.entries()) {
    const outer = path.slice(0, at);
    const names = memberNames(schemaAt(schema, outer));
    const near = names.includes(name) || name === ""
      ? undefined
      : names.find((it) => it.length > 1 && editDistance(it, name) === 1);
    if (near === undefined) continue;
    throw invalidArguments(
      `${subject}: the argument ${quoted(first, 60)} has no member ${quoted(name, 60)}`,
      `Did you mean ${pathText([first, ...outer, near])}?`,
    );
  }
}

/**
 * The arguments as JSON. A text becomes what the schema requires: a number, `true`, a list item.
 *
 * @throws Failure `arguments_invalid` (usage).
 */
export function convertArguments(
  declared: Declared,
  given: readonly GivenArgument[],
  base: JsonObject,
): JsonObject {
  const result: Record<string, unknown> = Object.assign(Object.create(null), base);
  const seen = new Set<string>();
  for (const argument of given) {
    const [first = "", ...rest] = pathOf(argument.name, declared);
    const schema = declaredField(declared, first);
    const items = rest.length === 0 && !argument.isJson ? itemSchema(schema) : undefined;
    const isItem = items !== undefined && !argument.text.startsWith("[");
    const path = isItem ? [first, ""] : [first, ...rest];
    const isRepeated = path.at(-1) !== "" && seen.has(path.join("\0"));
    if (isRepeated) {
      throw invalidArguments(
        `the argument ${quoted(argument.name, 60)} is given twice`,
        `For a list, write ${argument.name}[]=… for each item`,
      );
    }
    seen.add(path.join("\0"));
    checkMembers(declared, schema, path);
    write(result, path, valueOf(argument, schemaAt(schema, path.slice(1)), declared));
  }
  return result;
}

export function missingFields({ fields }: Declared, values: JsonObject): SchemaField[] {
  return fields.filter(({ name, isRequired }) => isRequired && !Object.hasOwn(values, name));
}

/** The words for missing arguments in a command line to fill in. */
export function placeholderWords(missing: readonly SchemaField[]): string[] {
  return missing.map((field) => {
    const isObjectOnly = typesOf(field.schema).every((type) => type === "object");
    const operator = isObjectOnly && typesOf(field.schema).length > 0 ? ":=" : "=";
    return `${field.name}${operator}${placeholder(field)}`;
  });
}

/** @param command The same command line, with a placeholder for each missing argument. */
export function missingArguments(
  { subject }: Declared,
  missing: readonly SchemaField[],
  command: PrintedCommand,
): Failure {
  const named = missing.map(({ name, schema }) => `${quoted(name, 60)} (${typeText(schema)})`);
  const noun = missing.length === 1 ? "argument" : "arguments";
  return invalidArguments(
    `${subject} requires the ${noun} ${named.join(", ")}`,
    withCommand("Replace each placeholder with a value", command),
  );
}
