/** Edits JSON, also with comments and trailing commas. @module */

import { isObject, type JsonObject, parseJson } from "../core/json.ts";
import { quoted } from "../core/text.ts";
import {
  beforeLineBreak,
  type Editor,
  type Entry,
  type EntryValue,
  isTable,
  lineEnding,
  lineStart,
  notChanged,
  type Splice,
} from "./config_text.ts";
import { afterString, type PlainJson, toPlainJson } from "./jsonc.ts";

interface Member {
  readonly name: string;
  readonly keyStart: number;
  readonly start: number;
  readonly end: number;
}

/** An object in the text. */
interface Braces {
  readonly open: number;
  readonly close: number;
  readonly members: readonly Member[];
}

interface Source extends PlainJson {
  readonly text: string;
}

const source = (text: string): Source => ({ text, ...toPlainJson(text) });

function afterBlanks(plain: string, start: number): number {
  let at = start;
  while (" \t\r\n".includes(plain[at] ?? "x")) at += 1;
  return at;
}

/** Offset after the value that starts at `start`, in valid JSON. */
function afterValue(plain: string, start: number): number {
  let depth = 0;
  let at = start;
  do {
    const character = plain[at] ?? "";
    if (character === '"') at = afterString(plain, at);
    else if (character === "{" || character === "[") {
      depth += 1;
      at += 1;
    } else if (character === "}" || character === "]") {
      depth -= 1;
      at += 1;
    } else if (depth > 0) at += 1;
    else while (at < plain.length && !/[\s,}\]]/.test(plain[at] ?? "")) at += 1;
  } while (depth > 0 && at < plain.length);
  return at;
}

/** @throws Failure for a name that the object has twice: programs differ in which of them they use. */
function bracesAt({ plain }: Source, open: number): Braces {
  const members: Member[] = [];
  const names = new Set<string>();
  let at = afterBlanks(plain, open + 1);
  while (plain[at] === '"') {
    const keyStart = at;
    const keyEnd = afterString(plain, at);
    const name: string = JSON.parse(plain.slice(keyStart, keyEnd));
    if (names.has(name)) throw notChanged(`it has two members named ${quoted(name, 60)}`);
    names.add(name);
    const start = afterBlanks(plain, afterBlanks(plain, keyEnd) + 1);
    const end = afterValue(plain, start);
    members.push({ name, keyStart, start, end });
    at = afterBlanks(plain, end);
    if (plain[at] === ",") at = afterBlanks(plain, at + 1);
  }
  return { open, close: at, members };
}

/** The objects on the path as far as they exist, outermost first. */
function objectsOn(from: Source, path: readonly string[]): Braces[] {
  const found = [bracesAt(from, afterBlanks(from.plain, 0))];
  for (const name of path) {
    const member = found.at(-1)?.members.find((it) => it.name === name);
    if (member === undefined || from.plain.charAt(member.start) !== "{") break;
    found.push(bracesAt(from, member.start));
  }
  return found;
}

const indentationAt = (text: string, at: number) =>
  /^[ \t]*/.exec(text.slice(lineStart(text, at), at))?.[0] ?? "";

/** One level of indentation. */
function unitOf(text: string): string {
  const first = /^([ \t]+)["/]/m.exec(text)?.[1] ?? "  ";
  return first.includes("\t") ? "\t" : first;
}

interface Form {
  readonly eol: string;
  readonly unit: string;
}

const isScalar = (value: EntryValue) => typeof value !== "object";

/** Lists of scalars are on one line. */
function pretty(value: EntryValue, indent: string, form: Form): string {
  if (Array.isArray(value) && value.every(isScalar)) return inline(value, " ");
  if (!isTable(value) && !Array.isArray(value)) return JSON.stringify(value);
  const inner = indent + form.unit;
  const [open, close] = isTable(value) ? "{}" : "[]";
  const items = isTable(value)
    ? Object.entries(value).map(([name, it]) =>
      `${JSON.stringify(name)}: ${pretty(it, inner, form)}`
    )
    : value.map((it: EntryValue) => pretty(it, inner, form));
  if (items.length === 0) return `${open}${close}`;
  return open + form.eol + items.map((it) => inner + it).join(`,${form.eol}`) + form.eol + indent +
    close;
}

function inline(value: EntryValue, space: string): string {
  if (Array.isArray(value)) return `[${value.map((it) => inline(it, space)).join(`,${space}`)}]`;
  if (!isTable(value)) return JSON.stringify(value);
  const members = Object.entries(value).map(([name, it]) =>
    `${JSON.stringify(name)}:${space}${inline(it, space)}`
  );
  return members.length === 0 ? "{}" : `{${space}${members.join(`,${space}`)}${space}}`;
}

const isOneLine = (text: string) => !text.trim().includes("\n") && !/^\s*\{\s*\}\s*$/.test(text);

const spaceOf = (plain: string) => /":\S/.test(plain) && !/": /.test(plain) ? "" : " ";

/** Before the first member, so that no comment changes its owner. A comment on the line of `{` stays there. */
function insertion(
  { text, plain }: Source,
  { open, close, members: [first] }: Braces,
  name: string,
  value: EntryValue,
): Splice {
  const form = { eol: lineEnding(text), unit: unitOf(text) };
  const base = indentationAt(text, open);
  const inside = text.slice(open + 1, first?.keyStart ?? close);
  if (inside.includes("\n")) {
    const line =
      /^[ \t]*(?:\/\/[^\r\n]*|\/\*(?:[^*\r\n]|\*(?!\/))*\*\/[ \t]*)?(?=\r?\n)/.exec(inside)?.[0] ??
        "";
    const at = open + 1 + line.length;
    const before = first === undefined
      ? ""
      : text.slice(lineStart(text, first.keyStart), first.keyStart);
    const indent = first !== undefined && before.trim() === "" ? before : base + form.unit;
    const member = `${JSON.stringify(name)}: ${pretty(value, indent, form)}`;
    return {
      start: at,
      end: at,
      text: form.eol + indent + member + (first === undefined ? "" : ","),
    };
  }
  if (first === undefined && inside.trim() === "" && !isOneLine(text)) {
    const indent = base + form.unit;
    const member = `${JSON.stringify(name)}: ${pretty(value, indent, form)}`;
    return {
      start: open + 1,
      end: close,
      text: form.eol + indent + member + form.eol + base,
    };
  }
  const space = spaceOf(plain);
  const at = open + 1 + (/^[ \t]*/.exec(inside)?.[0].length ?? 0);
  const member = `${JSON.stringify(name)}:${space}${inline(value, space)}`;
  const after = first !== undefined ? `,${space}` : inside.trim() === "" ? "" : " ";
  return { start: at, end: at, text: member + after };
}

/** `{ mcpServers: { linear: … } }` for the part of the path that does not exist. */
function nested(path: readonly string[], value: EntryValue): EntryValue {
  return path.reduceRight<EntryValue>((inner, name) => ({ [name]: inner }), value);
}

function commaAfter({ plain, trailingCommas }: Source, member: Member, close: number) {
  const at = afterBlanks(plain, member.end);
  if (plain[at] === ",") return at;
  return trailingCommas.find((comma) => comma >= member.end && comma < close);
}

/** The member with its comma, its line break and the comment behind it. */
function removal(from: Source, { open, close, members }: Braces, name: string): Splice[] {
  const { text, plain } = from;
  const index = members.findIndex((it) => it.name === name);
  const [before, member] = [members[index - 1], members[index]];
  if (member === undefined) return [];
  const line = lineStart(text, member.keyStart);
  const isFirstOnLine = text.slice(line, member.keyStart).trim() === "";
  const start = isFirstOnLine ? beforeLineBreak(text, line) : member.keyStart;
  const comma = commaAfter(from, member, close);
  const contentEnd = comma === undefined ? member.end : comma + 1;
  const comment = /^[ \t]*\/\/[^\r\n]*/.exec(text.slice(contentEnd))?.[0] ?? "";
  const end = contentEnd + comment.length;
  const isOnly = members.length === 1;
  if (isOnly && (text.slice(open + 1, start) + text.slice(end, close)).trim() === "") {
    return [{ start: open + 1, end: close, text: "" }];
  }
  if (comma !== undefined && !isFirstOnLine) {
    const spaces = /^[ \t]*/.exec(text.slice(end))?.[0].length ?? 0;
    return [{ start, end: end + spaces, text: "" }];
  }
  if (comma !== undefined || before === undefined) return [{ start, end, text: "" }];
  const previous = afterBlanks(plain, before.end);
  let lead = start;
  while (!isFirstOnLine && lead > previous + 1 && /[ \t]/.test(text.charAt(lead - 1))) lead -= 1;
  return [
    { start: previous, end: previous + 1, text: "" },
    { start: lead, end, text: "" },
  ];
}

export const JSON_EDITOR: Editor = {
  parse(text): JsonObject | undefined {
    const { plain, isComplete } = toPlainJson(text);
    if (plain.trim() === "" && isComplete) return undefined;
    const value = isComplete ? parseJson(plain) : undefined;
    if (value === undefined) throw notChanged("it is not valid JSON");
    if (!isObject(value)) throw notChanged("it is not a JSON object");
    return value;
  },
  add(text, path, value) {
    const from = source(text);
    if (from.plain.trim() === "") {
      const eol = lineEnding(text);
      const document = pretty(nested(path, value), "", { eol, unit: "  " });
      const before = text.trim() === "" || text.endsWith("\n") ? "" : eol;
      return [[{ start: text.length, end: text.length, text: before + document + eol }]];
    }
    const objects = objectsOn(from, path.slice(0, -1));
    const braces = objects.at(-1);
    const [name = "", ...rest] = path.slice(objects.length - 1);
    if (braces === undefined) return [];
    return [[insertion(from, braces, name, nested(rest, value))]];
  },
  replace(text, path, value) {
    const from = source(text);
    const member = objectsOn(from, path.slice(0, -1)).at(-1)?.members
      .find(({ name }) => name === path.at(-1));
    if (member === undefined) return [];
    const { keyStart, start, end } = member;
    const isInline = isOneLine(text) ||
      text.slice(lineStart(text, keyStart), keyStart).trim() !== "";
    const form = { eol: lineEnding(text), unit: unitOf(text) };
    const written = isInline
      ? inline(value, spaceOf(from.plain))
      : pretty(value, indentationAt(text, keyStart), form);
    return [[{ start, end, text: written }]];
  },
  remove(text, path) {
    const from = source(text);
    const braces = objectsOn(from, path.slice(0, -1)).at(-1);
    return braces === undefined ? [] : [removal(from, braces, path.at(-1) ?? "")];
  },
  // Not every client accepts comments and trailing commas.
  isPlain: (text) => text.trim() === "" || parseJson(text) !== undefined,
  print: (document: Entry) => `${pretty(document, "", { eol: "\n", unit: "  " })}\n`,
};
