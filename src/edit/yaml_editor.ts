/** Edits YAML in block style. @module */

import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Pair,
  parseDocument,
  type YAMLMap,
} from "yaml";
import { isObject, type JsonObject } from "../core/json.ts";
import { quoted } from "../core/text.ts";
import {
  type Alternatives,
  appendedLines,
  type Editor,
  type Entry,
  type EntryValue,
  isTable,
  lineEnd,
  lineEnding,
  lineStart,
  nextLine,
  notChanged,
  removedLines,
  type Splice,
} from "./config_text.ts";

type Ranged = { readonly range?: readonly [number, number, number] | null };

const RESERVED = /^(?:y|yes|n|no|true|false|on|off|null)$/i;

function scalarText(value: EntryValue): string {
  const isPlain = typeof value === "string" && /^[A-Za-z/][\w./-]*$/.test(value) &&
    !RESERVED.test(value);
  return isPlain ? value : JSON.stringify(value);
}

/** On one line. */
function flowText(value: EntryValue): string {
  if (Array.isArray(value)) return `[${value.map(flowText).join(", ")}]`;
  if (!isTable(value)) return scalarText(value);
  return `{${
    Object.entries(value).map(([name, it]) => `${scalarText(name)}: ${flowText(it)}`).join(", ")
  }}`;
}

/** Maps and lists of maps in block style. */
function blockLines(table: Entry, indent: string, unit: string): string[] {
  return Object.entries(table).flatMap(([name, value]) => {
    const key = `${indent}${scalarText(name)}:`;
    if (isTable(value)) return [key, ...blockLines(value, indent + unit, unit)];
    if (!Array.isArray(value) || !value.some(isTable)) return [`${key} ${flowText(value)}`];
    const items = value.filter(isTable).flatMap((item) =>
      blockLines(item, `${indent}${unit}  `, unit).map((line, at) =>
        at === 0 ? `${indent}${unit}- ${line.trimStart()}` : line
      )
    );
    return [key, ...items];
  });
}

function readDocument(text: string): Document.Parsed {
  const document = parseDocument(text, { logLevel: "error" });
  const [error] = document.errors;
  if (error !== undefined) {
    const line = error.linePos?.[0]?.line;
    const where = line === undefined ? "" : ` (line ${line})`;
    throw notChanged(
      error.code === "DUPLICATE_KEY"
        ? `it has a key twice${where}`
        : `it is not one valid YAML document${where}`,
    );
  }
  return document;
}

type AnyMap = YAMLMap<unknown, unknown>;

function pairOf(map: AnyMap, name: string): Pair | undefined {
  return map.items.find(({ key }) => isScalar(key) && key.value === name);
}

const startOf = (node: unknown) => (node as Ranged | null)?.range?.[0] ?? 0;

/** The end of the last content; the ranges of blocks may have comments and line breaks behind it. */
function endOf(node: unknown): number {
  if (isMap(node) && !node.flow) {
    const last = node.items.at(-1);
    if (last !== undefined) return Math.max(endOf(last.key), endOf(last.value));
  }
  if (isSeq(node) && !node.flow && node.items.length > 0) return endOf(node.items.at(-1));
  return (node as Ranged | null)?.range?.[1] ?? 0;
}

function blockMap(node: unknown, name: string): AnyMap {
  if (isAlias(node)) throw notChanged(`${name} refers to another part of the file`);
  if (!isMap(node) || node.flow) throw notChanged(`${name} is in flow style ({ … })`);
  return node;
}

/** The indentation of a map, whose first key has to be the first thing on its line. */
function indentOf(text: string, map: AnyMap): { readonly indent: string; readonly at: number } {
  const first = startOf(map.items[0]?.key);
  const at = lineStart(text, first);
  const indent = text.slice(at, first);
  if (indent.trim() !== "") throw notChanged("its keys are not at the start of their lines");
  return { indent, at };
}

interface Section {
  readonly root: AnyMap | undefined;
  readonly pair: Pair | undefined;
}

function sectionOf(text: string, name: string): Section {
  const { contents } = readDocument(text);
  if (contents === null || isScalar(contents) && contents.value === null) {
    return { root: undefined, pair: undefined };
  }
  const root = blockMap(contents, "the document");
  return { root, pair: pairOf(root, name) };
}

const isEmpty = (node: unknown) =>
  node === null || node === undefined || isScalar(node) && node.value === null ||
  isMap(node) && node.flow === true && node.items.length === 0;

/** Offset after the colon of a key. */
function afterColon(text: string, { key }: Pair): number {
  return text.indexOf(":", (key as Ranged).range?.[1] ?? 0) + 1;
}

function insertLines(text: string, at: number, lines: readonly string[]): Splice {
  const eol = lineEnding(text);
  return { start: at, end: at, text: lines.map((line) => line + eol).join("") };
}

function addEntry(
  text: string,
  [section = "", name = ""]: readonly string[],
  value: Entry,
): Alternatives {
  const { root, pair } = sectionOf(text, section);
  const lines = (indent: string, unit: string) => blockLines({ [name]: value }, indent, unit);
  if (root === undefined || pair === undefined) {
    const { indent, at } = root === undefined ? { indent: "", at: 0 } : indentOf(text, root);
    const block = [`${indent}${section}:`, ...lines(`${indent}  `, "  ")];
    const atStart = root === undefined ? [] : [[insertLines(text, at, block)]];
    return [[appendedLines(text, block)], ...atStart];
  }
  const outer = indentOf(text, root as AnyMap).indent;
  if (isEmpty(pair.value)) {
    const eol = lineEnding(text);
    const colon = afterColon(text, pair);
    const block = lines(`${outer}  `, "  ").map((line) => eol + line).join("");
    const at = lineEnd(text, colon);
    // A comment on the line stays there.
    const braces = { start: colon, end: Math.max(colon, endOf(pair.value)), text: "" };
    return [[...isMap(pair.value) ? [braces] : [], { start: at, end: at, text: block }]];
  }
  const map = blockMap(pair.value, quoted(section));
  const { indent, at } = indentOf(text, map);
  const unit = " ".repeat(Math.max(2, indent.length - outer.length));
  return [[insertLines(text, at, lines(indent, unit))]];
}

/** The map that has the last name of the path, with its pair. */
function mapAt(
  text: string,
  path: readonly string[],
): { readonly map: AnyMap; readonly pair: Pair | undefined } {
  let node: unknown = readDocument(text).contents;
  for (const name of path.slice(0, -1)) node = pairOf(blockMap(node, quoted(name)), name)?.value;
  const name = path.at(-1) ?? "";
  const map = blockMap(node, quoted(path.at(-2) ?? name));
  return { map, pair: pairOf(map, name) };
}

export const YAML_EDITOR: Editor = {
  parse(text): JsonObject | undefined {
    let value: unknown;
    try {
      value = readDocument(text).toJS();
    } catch (error) {
      if (error instanceof ReferenceError) throw notChanged("it has too many aliases");
      throw error;
    }
    if (value === null || value === undefined) return undefined;
    if (!isObject(value)) throw notChanged("it is not a YAML map");
    return value;
  },
  add(text, path, value) {
    if (isTable(value)) return addEntry(text, path, value);
    const { map } = mapAt(text, path);
    const { indent, at } = indentOf(text, map);
    return [[
      insertLines(text, at, [`${indent}${scalarText(path.at(-1) ?? "")}: ${flowText(value)}`]),
    ]];
  },
  replace(text, path, value) {
    const { pair } = mapAt(text, path);
    if (pair === undefined || pair.value === null) return [];
    return [[{ start: startOf(pair.value), end: endOf(pair.value), text: flowText(value) }]];
  },
  remove(text, path) {
    const { map, pair } = mapAt(text, path);
    if (pair === undefined) return [];
    indentOf(text, map);
    const start = startOf(pair.key);
    const from = lineStart(text, start);
    if (text.slice(from, start).trim() !== "") return [];
    const end = Math.max(endOf(pair.key), endOf(pair.value));
    const removed = removedLines(text, from, text[end - 1] === "\n" ? end : nextLine(text, end));
    if (map.items.length > 1) return [[removed]];
    // A key without a value is null, which is not an empty map.
    const outer = mapAt(text, path.slice(0, -1)).pair;
    if (outer === undefined) return [];
    const colon = afterColon(text, outer);
    return [[removed, { start: colon, end: colon, text: " {}" }]];
  },
  print: (document) => `${blockLines(document, "", "  ").join("\n")}\n`,
};
