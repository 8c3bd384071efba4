/** The entry of a server in the configuration of a client. @module */

import type { Entry, EntryValue } from "../../edit/config_text.ts";
import {
  type ConfigFormat,
  parseConfig,
  printConfig,
  removeEntry,
  setEntry,
  textBefore,
  valueAt,
} from "../../edit/edit_entry.ts";
import { isObject, type JsonObject, member } from "../../core/json.ts";
import type { ClientSetup, ConfigurableClient } from "./client_table.ts";

/** What fills the placeholders of the table. */
export interface EntryValues {
  /** The program that the client starts: an absolute path. */
  readonly command: string;
  readonly args: readonly string[];
  readonly url: string;
  readonly name: string;
  /** The command that prints headers, for a shell. */
  readonly helper: string;
}

function filled(value: EntryValue, values: EntryValues): EntryValue {
  if (Array.isArray(value)) return value.map((it) => filled(it, values));
  if (typeof value === "object") return filledEntry(value as Entry, values);
  switch (value) {
    case "$args":
      return values.args;
    case "$words":
      return [values.command, ...values.args];
    case "$command":
      return values.command;
    case "$url":
      return values.url;
    case "$name":
      return values.name;
    case "$helper":
      return values.helper;
    default:
      return value;
  }
}

function filledEntry(entry: Entry, values: EntryValues): Entry {
  return Object.fromEntries(Object.entries(entry).map(([name, it]) => [name, filled(it, values)]));
}

/** @param direct False for an entry that starts mcpass bridge. */
export function entryFor(setup: ClientSetup, values: EntryValues, direct: boolean): Entry {
  return filledEntry(direct ? setup.direct?.entry ?? {} : setup.entry, values);
}

/** The command line of the client's own program. */
export function installerWords(
  words: readonly string[],
  entry: Entry,
  values: EntryValues,
): string[] {
  return words.flatMap((word): string[] => {
    if (word === "$json") return [JSON.stringify(entry)];
    if (word === "$namedJson") return [JSON.stringify({ name: values.name, ...entry })];
    const value = filled(word, values);
    return Array.isArray(value) ? value.map(String) : [String(value)];
  });
}

export function formatOf(path: string): ConfigFormat {
  if (/\.toml$/i.test(path)) return "toml";
  return /\.ya?ml$/i.test(path) ? "yaml" : "json";
}

/** The names from the root of the file to the entry. */
export function entryPath(setup: ClientSetup, document: JsonObject, name: string): string[] {
  const { section, otherSection, ownFile } = setup;
  if (ownFile) return [];
  const hasOther = otherSection !== undefined && isObject(valueAt(document, otherSection));
  return [...hasOther ? otherSection : section, name];
}

/** Arguments that a person added at the end remain. */
function withAddedArguments(wanted: EntryValue, existing: unknown): EntryValue {
  if (!Array.isArray(wanted) || !Array.isArray(existing)) return wanted;
  const isLonger = wanted.every((it, at) => it === existing[at]) &&
    existing.every((it) => typeof it === "string");
  return isLonger ? existing as string[] : wanted;
}

export interface EntryChange {
  readonly before: string;
  /** Undefined if the file is removed. */
  readonly after: string | undefined;
  /** What the file has under the name; undefined if it has nothing. */
  readonly existing: unknown;
}

/**
 * The text of the file with the entry. An entry of another program is replaced completely.
 *
 * @throws Failure `config_not_changed`: the message is only the reason. */
export function changeWithEntry(
  { setup }: ConfigurableClient,
  format: ConfigFormat,
  text: string,
  name: string,
  entry: Entry,
  isOwn: (existing: unknown) => boolean,
): EntryChange {
  const document = parseConfig(format, text);
  if (setup.ownFile) {
    const isEmpty = Object.keys(document).length === 0;
    const after = printConfig(format, entry);
    return { before: text, after, existing: isEmpty ? undefined : document };
  }
  const path = entryPath(setup, document, name);
  const existing = valueAt(document, path);
  if (!isObject(existing) || !isOwn(existing)) {
    const replaced = isObject(existing) ? Object.keys(existing) : [];
    return { before: text, after: setEntry(format, text, path, entry, replaced), existing };
  }
  const wanted = Object.fromEntries(
    Object.entries(entry).map(([key, value]) => [
      key,
      withAddedArguments(value, member(existing, key)),
    ]),
  );
  const all = [setup.entry, setup.direct?.entry ?? {}].flatMap((it) => Object.keys(it));
  const obsolete = all.filter((key) => !Object.hasOwn(entry, key));
  return { before: text, after: setEntry(format, text, path, wanted, obsolete), existing };
}

/** The text of the file without the entry. @throws Failure `config_not_changed`: the message is only the reason. */
export function changeWithoutEntry(
  { setup }: ConfigurableClient,
  format: ConfigFormat,
  text: string,
  name: string,
  formerTexts: readonly string[],
): EntryChange {
  const document = parseConfig(format, text);
  const path = entryPath(setup, document, name);
  const existing = valueAt(document, path);
  if (path.length === 0) return { before: text, after: undefined, existing };
  if (existing === undefined) return { before: text, after: text, existing };
  const former = textBefore(format, text, path, formerTexts);
  return { before: text, after: former ?? removeEntry(format, text, path), existing };
}

/** A file that has only the entry, as a person can copy it. */
export function entryText(
  { setup }: ConfigurableClient,
  format: ConfigFormat,
  name: string,
  entry: Entry,
): string {
  const path = entryPath(setup, {}, name);
  const document = path.reduceRight<EntryValue>((inner, key) => ({ [key]: inner }), entry);
  return printConfig(format, document as Entry);
}
