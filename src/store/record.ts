/**
 * An entry as it lies in its file: what may be seen, the names of its secrets, and the secrets, open
 * or sealed.
 *
 * @module
 */

import { isObject, type JsonObject, parseJson } from "../core/json.ts";
import { isScopeToken } from "../core/text.ts";
import { canonicalResource } from "../oauth/mcp/resource.ts";
import { parseScope } from "../oauth/mcp/scope.ts";
import type { EntrySummary, SecretName, StoredEntry } from "./entry.ts";
import { damaged, newerVersion } from "./failures.ts";
import { entryKey } from "./key.ts";
import { SECRET_RULES } from "./rules.ts";
import type { Sealed } from "./seal.ts";
import { InvalidMember, invalidMemberText, readRecord } from "./shape.ts";

/**
 * The version that is written. Since version 2 the keyring has a mark for each server with sealed
 * entries; what the members mean is as in version 1.
 */
export const RECORD_VERSION = 2;

/** What is visible of an entry in its file. */
export type ShownEntry = Omit<EntrySummary, "key" | "holds" | "place">;

/** The values of an entry's secrets. */
export type SecretValues = Partial<Readonly<Record<SecretName, string>>>;

/** Where a file has its secrets. */
export type RecordSecrets =
  | { readonly place: "file"; readonly values: SecretValues }
  | {
    readonly place: "keyring";
    /** The helper that holds the key. */
    readonly helper: string;
    /** The key's name in the keyring. */
    readonly id: string;
    /** {@link SecretValues} as JSON. */
    readonly sealed: Sealed;
  };

/** The content of a file. */
export interface EntryRecord {
  /** Version of this shape. */
  readonly version: number;
  /** What may be seen. */
  readonly entry: ShownEntry;
  /** Names of the secrets. */
  readonly holds: readonly SecretName[];
  /** The secrets. */
  readonly secrets: RecordSecrets;
}

/** Each turns a record of its version into one of the next. */
export type Migrations = Readonly<Record<number, (record: JsonObject) => JsonObject>>;

/** Version 1 has the granted scope as the server sent it; what is not a scope is left out. */
function withScopesOnly(record: JsonObject): JsonObject {
  const { entry } = record;
  if (!isObject(entry) || typeof entry.grantedScope !== "string") return record;
  const grantedScope = parseScope(entry.grantedScope).filter(isScopeToken).join(" ");
  return { ...record, entry: { ...entry, grantedScope } };
}

/** From the versions before {@link RECORD_VERSION}. */
const MIGRATIONS: Migrations = { 1: withScopesOnly };

/** Every secret, with the member of the entry that it is in and its name there. */
const SECRETS = (Object.keys(SECRET_RULES) as SecretName[]).map((secret) => {
  const [group = "", name] = secret.split(".");
  return name === undefined ? [secret, null, group] as const : [secret, group, name] as const;
});

/** Takes an entry apart. */
export function splitEntry(
  entry: StoredEntry,
): { readonly shown: ShownEntry; readonly secrets: SecretValues } {
  const shown = structuredClone(entry) as unknown as Record<string, unknown>;
  const secrets: Partial<Record<SecretName, string>> = {};
  for (const [secret, group, name] of SECRETS) {
    const holder = group === null ? shown : shown[group];
    if (!isObject(holder)) continue;
    const value = holder[name];
    if (typeof value === "string") secrets[secret] = value;
    delete (holder as Record<string, unknown>)[name];
  }
  return { shown: shown as unknown as ShownEntry, secrets };
}

/** Puts an entry together. */
export function joinEntry(shown: ShownEntry, secrets: SecretValues): StoredEntry {
  const entry = structuredClone(shown) as unknown as Record<string, unknown>;
  if (isObject(entry.tokens)) entry.tokens = { ...entry.tokens, refreshToken: null };
  for (const [secret, group, name] of SECRETS) {
    const holder = group === null ? entry : entry[group];
    const value = secrets[secret];
    if (isObject(holder) && value !== undefined) Object.assign(holder, { [name]: value });
  }
  return entry as unknown as StoredEntry;
}

/** What the seal of a record is bound to: no endpoint can be changed without the key. */
export function boundText({ version, entry, holds }: Omit<EntryRecord, "secrets">): string {
  return JSON.stringify([version, entry, holds]);
}

/** A file's text and what it was read as. */
export interface ParsedRecord {
  /** In the version that is written now. */
  readonly record: EntryRecord;
  /** What a seal in it is bound to, in the version that was found. */
  readonly bound: string;
  /** True when its version has a mark in the keyring for a sealed entry. */
  readonly marked: boolean;
}

/**
 * Reads the text of a file.
 *
 * @param key Where the file was found; an entry of another place is refused.
 * @throws Failure `store_version_newer` or `store_entry_damaged`.
 */
export function parseRecord(
  text: string,
  path: string,
  key: string,
  migrations: Migrations = MIGRATIONS,
  current = RECORD_VERSION,
): ParsedRecord {
  const found = parseJson(text);
  if (!isObject(found)) throw damaged(path, "it is no JSON object");
  const version = found.version;
  if (typeof version !== "number" || !Number.isInteger(version)) {
    throw damaged(path, 'it has no "version"');
  }
  if (version > current) throw newerVersion(path, version, current);
  let migrated = found;
  for (let from = version; from < current; from++) {
    const step = migrations[from];
    if (step === undefined) throw damaged(path, `there is no way from its version ${version}`);
    migrated = { ...step(migrated), version: from + 1 };
  }
  let record: EntryRecord;
  try {
    record = { version: current, ...readRecord(migrated) };
  } catch (error) {
    throw error instanceof InvalidMember ? damaged(path, invalidMemberText(error)) : error;
  }
  if (entryKey(record.entry) !== key) {
    throw damaged(path, "it belongs to another server, account, issuer or client than its name");
  }
  return { record, bound: boundText(found as unknown as EntryRecord), marked: version >= 2 };
}

/** What may be shown of a record. */
export function summaryOf(key: string, { entry, holds, secrets }: EntryRecord): EntrySummary {
  return { ...entry, key, holds, place: secrets.place };
}

/** Orders summaries for people. */
export function bySubject(a: EntrySummary, b: EntrySummary): number {
  const subject = (entry: EntrySummary) =>
    [canonicalResource(entry.serverUrl), entry.account, entry.issuer].join("\n");
  return subject(a) < subject(b) ? -1 : subject(a) > subject(b) ? 1 : 0;
}
