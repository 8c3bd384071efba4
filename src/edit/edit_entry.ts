/** Sets or removes one entry of a configuration file, and proves that nothing else changed. @module */

import { isDeepStrictEqual } from "node:util";
import { Failure } from "../core/failure.ts";
import { isObject, type JsonObject, member } from "../core/json.ts";
import { quoted } from "../core/text.ts";
import {
  type Alternatives,
  applySplices,
  type Editor,
  type Entry,
  type EntryValue,
  notChanged,
} from "./config_text.ts";
import { JSON_EDITOR } from "./json_editor.ts";
import { TOML_EDITOR } from "./toml_editor.ts";
import { YAML_EDITOR } from "./yaml_editor.ts";

export const FORMATS = ["json", "toml", "yaml"] as const;

export type ConfigFormat = typeof FORMATS[number];

const EDITORS: Readonly<Record<ConfigFormat, Editor>> = {
  json: JSON_EDITOR,
  toml: TOML_EDITOR,
  yaml: YAML_EDITOR,
};

/** Where an entry is: the names from the root of the document. */
type Path = readonly string[];

const BOM = "\ufeff";

const withoutBom = (text: string) => text.startsWith(BOM) ? text.slice(1) : text;

/** An empty object for a file without content. @throws Failure `config_not_changed`. */
export function parseConfig(format: ConfigFormat, text: string): JsonObject {
  return EDITORS[format].parse(withoutBom(text)) ?? {};
}

export function printConfig(format: ConfigFormat, document: Entry): string {
  return EDITORS[format].print(document);
}

/** The value at the path; undefined if there is none. */
export function valueAt(document: JsonObject, path: Path): unknown {
  return path.reduce<unknown>(
    (value, name) => isObject(value) ? member(value, name) : undefined,
    document,
  );
}

/** The document with another value at the path; undefined removes it. */
function withValue(document: JsonObject, [name = "", ...rest]: Path, value: unknown): JsonObject {
  if (rest.length === 0 && value === undefined) {
    return Object.fromEntries(Object.entries(document).filter(([other]) => other !== name));
  }
  const inner = member(document, name);
  const set = rest.length === 0 ? value : withValue(isObject(inner) ? inner : {}, rest, value);
  return { ...document, [name]: set };
}

function checkContainers(format: ConfigFormat, document: JsonObject, path: Path): void {
  for (let length = 1; length < path.length; length += 1) {
    const value = valueAt(document, path.slice(0, length));
    // In YAML, a key without a value is an empty map for every reader that expects a map.
    if (value === undefined || isObject(value) || format === "yaml" && value === null) continue;
    const name = quoted(path.slice(0, length).join("."));
    // The value may be a secret.
    const kind = Array.isArray(value) ? "a list" : value === null ? "null" : `a ${typeof value}`;
    throw notChanged(`${name} in it is ${kind}, not an object`);
  }
}

/** Parsers of YAML and TOML make objects with other prototypes. */
function isSame(one: unknown, other: unknown): boolean {
  return isDeepStrictEqual(structuredClone(one), structuredClone(other));
}

/** The first alternative whose result is the expected document. */
function proven(
  format: ConfigFormat,
  text: string,
  alternatives: Alternatives,
  expected: readonly JsonObject[],
): string {
  const { isPlain = () => true } = EDITORS[format];
  for (const splices of alternatives) {
    if (splices.length === 0) continue;
    const edited = applySplices(text, splices);
    try {
      const result = parseConfig(format, edited);
      if (isPlain(text) && !isPlain(edited)) continue;
      if (expected.some((document) => isSame(result, document))) return edited;
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
    }
  }
  throw notChanged("the entry cannot be changed without changing other parts of the file");
}

/** Changes only the members that differ, so that what a person added to the entry remains. */
function updateMembers(
  format: ConfigFormat,
  text: string,
  path: Path,
  existing: JsonObject,
  value: Entry,
): string {
  return Object.entries(value).reduce(
    (edited, [name, wanted]) =>
      isSame(member(existing, name), wanted)
        ? edited
        : setValue(format, edited, [...path, name], wanted),
    text,
  );
}

function setValue(format: ConfigFormat, text: string, path: Path, value: EntryValue): string {
  const editor = EDITORS[format];
  const document = parseConfig(format, text);
  checkContainers(format, document, path);
  const isNew = valueAt(document, path) === undefined;
  const alternatives = isNew ? editor.add(text, path, value) : editor.replace(text, path, value);
  return proven(format, text, alternatives, [withValue(document, path, value)]);
}

function removeValue(format: ConfigFormat, text: string, path: Path): string {
  const document = parseConfig(format, text);
  checkContainers(format, document, path);
  const removed = withValue(document, path, undefined);
  const section = path.slice(0, -1);
  // In TOML, a table without entries does not exist.
  const isLast = Object.keys(valueAt(removed, section) ?? {}).length === 0;
  const expected = [removed, ...isLast ? [withValue(document, section, undefined)] : []];
  return proven(format, text, EDITORS[format].remove(text, path), expected);
}

/** With the byte order mark of the file. */
function edit(text: string, change: (body: string) => string): string {
  const body = withoutBom(text);
  return text.slice(0, text.length - body.length) + change(body);
}

/**
 * The text with the entry. Everything outside of the entry has the bytes that it had before.
 *
 * @param obsolete Members that an entry of the other kind has: it is replaced completely.
 * @throws Failure `config_not_changed`: the message is only the reason.
 */
export function setEntry(
  format: ConfigFormat,
  text: string,
  path: Path,
  value: Entry,
  obsolete: readonly string[] = [],
): string {
  return edit(text, (body) => {
    const existing = valueAt(parseConfig(format, body), path);
    if (existing === undefined) return setValue(format, body, path, value);
    if (isObject(existing) && obsolete.every((name) => member(existing, name) === undefined)) {
      try {
        return updateMembers(format, body, path, existing, value);
      } catch (error) {
        if (!(error instanceof Failure)) throw error;
      }
    }
    if (format === "json") return setValue(format, body, path, value);
    return setValue(format, removeValue(format, body, path), path, value);
  });
}

/** @throws Failure `config_not_changed`: the message is only the reason. */
export function removeEntry(format: ConfigFormat, text: string, path: Path): string {
  return edit(text, (body) => removeValue(format, body, path));
}

/**
 * The former text that became this one when the entry was added: removing the entry gives it back, also
 * where the text with the entry does not show what was there before.
 */
export function textBefore(
  format: ConfigFormat,
  text: string,
  path: Path,
  formerTexts: readonly string[],
): string | undefined {
  const entry = valueAt(parseConfig(format, text), path);
  if (!isObject(entry)) return undefined;
  return formerTexts.find((former) => {
    try {
      return valueAt(parseConfig(format, former), path) === undefined &&
        setEntry(format, former, path, entry as Entry) === text;
    } catch {
      return false;
    }
  });
}
