/** Edits TOML: an entry is a table of its own, at the end of the file. @module */

import { parse } from "smol-toml";
import { isObject, type JsonObject, member } from "../core/json.ts";
import {
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

interface Statement {
  /** `header` is `[a.b]` or `[[a.b]]`. */
  readonly kind: "header" | "value";
  /** From the root of the document. */
  readonly path: readonly string[];
  readonly start: number;
  /** Of the value; of a header, its `[`. */
  readonly valueStart: number;
  readonly end: number;
}

/** Offset after a string that starts at `start`, in valid TOML. */
function afterString(text: string, start: number): number {
  const quote = text[start] ?? "";
  const long = quote.repeat(3);
  const isLong = text.startsWith(long, start);
  let at = start + (isLong ? 3 : 1);
  while (at < text.length) {
    if (quote === '"' && text[at] === "\\") at += 2;
    else if (isLong && text.startsWith(long, at)) {
      at += 3;
      // Two quotes may be the end of the content.
      for (let more = 0; more < 2 && text[at] === quote; more += 1) at += 1;
      return at;
    } else if (!isLong && text[at] === quote) return at + 1;
    else at += 1;
  }
  return at;
}

function keyPart(text: string): string {
  if (text.startsWith("'")) return text.slice(1, -1);
  if (!text.startsWith('"')) return text;
  try {
    return JSON.parse(text);
  } catch {
    throw notChanged("it has a key with an unusual escape");
  }
}

/** Reads a dotted key; returns its parts and the offset after it. */
function readKey(text: string, start: number): { readonly path: string[]; readonly end: number } {
  const path: string[] = [];
  let at = start;
  for (;;) {
    while (text[at] === " " || text[at] === "\t" || text[at] === ".") at += 1;
    const from = at;
    if (text[at] === '"' || text[at] === "'") at = afterString(text, at);
    else while (/[A-Za-z0-9_-]/.test(text[at] ?? "")) at += 1;
    if (at === from) return { path, end: at };
    path.push(keyPart(text.slice(from, at)));
  }
}

/** Offset after the value that starts at `start`, in valid TOML. */
function afterValue(text: string, start: number): number {
  let depth = 0;
  let end = start;
  for (let at = start; at < text.length;) {
    const character = text[at] ?? "";
    if (character === "#") at = lineEnd(text, at);
    else if (character === "\n" && depth === 0) break;
    else if (character === '"' || character === "'") end = at = afterString(text, at);
    else {
      if (character === "[" || character === "{") depth += 1;
      if (character === "]" || character === "}") depth -= 1;
      at += 1;
      if (!/\s/.test(character)) end = at;
    }
  }
  return end;
}

function statementsOf(text: string): Statement[] {
  const found: Statement[] = [];
  let table: readonly string[] = [];
  for (let at = 0; at < text.length;) {
    const character = text[at] ?? "";
    if (/\s/.test(character)) at += 1;
    else if (character === "#") at = lineEnd(text, at);
    else if (character === "[") {
      const key = readKey(text, at + (text[at + 1] === "[" ? 2 : 1));
      const end = text.startsWith("]]", key.end) && text[at + 1] === "["
        ? key.end + 2
        : key.end + 1;
      table = key.path;
      found.push({ kind: "header", path: table, start: at, valueStart: at, end });
      at = end;
    } else {
      const key = readKey(text, at);
      let valueStart = key.end + 1;
      while (/[ \t]/.test(text.charAt(valueStart))) valueStart += 1;
      const end = afterValue(text, valueStart);
      const path = [...table, ...key.path];
      found.push({ kind: "value", path, start: at, valueStart, end });
      at = Math.max(end, at + 1);
    }
  }
  return found;
}

const isBelow = (path: readonly string[], top: readonly string[]) =>
  top.every((name, at) => path[at] === name);

const keyText = (name: string) => /^[A-Za-z0-9_-]+$/.test(name) ? name : JSON.stringify(name);

function valueText(value: EntryValue): string {
  if (Array.isArray(value)) return `[${value.map(valueText).join(", ")}]`;
  if (!isTable(value)) return JSON.stringify(value);
  const members = Object.entries(value).map(([name, it]) => `${keyText(name)} = ${valueText(it)}`);
  return members.length === 0 ? "{}" : `{ ${members.join(", ")} }`;
}

function tableLines(path: readonly string[], table: Entry): string[] {
  return [
    `[${path.map(keyText).join(".")}]`,
    ...Object.entries(table).map(([name, value]) => `${keyText(name)} = ${valueText(value)}`),
  ];
}

/** A key of a table that has a header. */
function addedKey(text: string, path: readonly string[], value: EntryValue): Splice[] {
  const header = statementsOf(text).find(({ kind, path: found }) =>
    kind === "header" && found.length === path.length - 1 && isBelow(path, found)
  );
  if (header === undefined) return [];
  const eol = lineEnding(text);
  const line = `${keyText(path.at(-1) ?? "")} = ${valueText(value)}`;
  const at = nextLine(text, header.end);
  const isEnd = at === text.length && !text.endsWith("\n");
  return [{ start: at, end: at, text: isEnd ? eol + line : line + eol }];
}

/** One splice for each run of statements below the path. */
function removals(text: string, path: readonly string[]): Splice[] {
  const statements = statementsOf(text);
  const found: Splice[] = [];
  for (let at = 0; at < statements.length; at += 1) {
    const first = statements[at];
    if (first === undefined || !isBelow(first.path, path)) continue;
    while (at + 1 < statements.length && isBelow(statements[at + 1]?.path ?? [], path)) at += 1;
    const end = nextLine(text, statements[at]?.end ?? 0);
    found.push(
      removedLines(text, lineStart(text, first.start), end, first.kind === "header" ? 1 : 0),
    );
  }
  return found;
}

export const TOML_EDITOR: Editor = {
  parse(text): JsonObject | undefined {
    if (text.trim() === "") return undefined;
    try {
      return parse(text, { integersAsBigInt: "asNeeded" });
    } catch (error) {
      const line = isObject(error) ? member(error, "line") : undefined;
      throw notChanged(`it is not valid TOML${typeof line === "number" ? ` (line ${line})` : ""}`);
    }
  },
  add(text, path, value) {
    if (!isTable(value)) return [addedKey(text, path, value)];
    return [[appendedLines(text, tableLines(path, value), 1)]];
  },
  replace(text, path, value) {
    const found = statementsOf(text).find(({ kind, path: own }) =>
      kind === "value" && own.length === path.length && isBelow(own, path)
    );
    if (found === undefined) return [];
    return [[{ start: found.valueStart, end: found.end, text: valueText(value) }]];
  },
  remove: (text, path) => [removals(text, path)],
  print(document) {
    const tables = (path: string[], value: EntryValue): string[] =>
      isTable(value) && Object.values(value).some(isTable)
        ? Object.entries(value).flatMap(([name, it]) => tables([...path, name], it))
        : [...tableLines(path, value as Entry)];
    return `${tables([], document).join("\n")}\n`;
  },
};
