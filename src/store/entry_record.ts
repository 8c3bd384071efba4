/**
 * The content of an entry's file: the public members, the names of the secrets, and the secrets, in the
 * clear or sealed.
 *
 * @module
 */

import { isObject, type JsonObject, parseJson } from "../core/json.ts";
import { isScopeToken } from "../core/text.ts";
import { canonicalResource } from "../oauth/mcp/resource.ts";
import { parseScope } from "../oauth/mcp/scope.ts";
import type {
  EntryRecord,
  EntrySummary,
  PublicEntry,
  SecretName,
  SecretValues,
  StoredEntry,
} from "./stored_entry.ts";
import { damaged, newerVersion } from "./failures.ts";
import { entryKey } from "./entry_key.ts";
import { SECRET_RULES } from "./entry_rules.ts";
import { InvalidMember, invalidMemberText, readRecord } from "./entry_reader.ts";

/**
 * The version that is written. Since version 2 the keyring has a mark for each server with sealed
 * entries; what the members mean is as in version 1.
 */
export const RECORD_VERSION = 2;

/** By version: turns a record into one of the next version. */
export type Migrations = Readonly<Record<number, (record: JsonObject) => JsonObject>>;

/** Version 1 has the granted scope as the server sent it; keeps only valid scopes. */
function withScopesOnly(record: JsonObject): JsonObject {
  const { entry } = record;
  if (!isObject(entry) || typeof entry.grantedScope !== "string") return record;
  const grantedScope = parseScope(entry.grantedScope).filter(isScopeToken).join(" ");
  return { ...record, entry: { ...entry, grantedScope } };
}

const MIGRATIONS: Migrations = { 1: withScopesOnly };

/** Each secret with the member of the entry that has it, and its name there. */
const SECRETS = (Object.keys(SECRET_RULES) as SecretName[]).map((secret) => {
  const [group = "", name] = secret.split(".");
  return name === undefined ? [secret, null, group] as const : [secret, group, name] as const;
});

/** Separates the secrets from an entry. */
export function splitEntry(
  entry: StoredEntry,
): { readonly publicEntry: PublicEntry; readonly secrets: SecretValues } {
  const members = structuredClone(entry) as unknown as Record<string, unknown>;
  const secrets: Partial<Record<SecretName, string>> = {};
  for (const [secret, group, name] of SECRETS) {
    const holder = group === null ? members : members[group];
    if (!isObject(holder)) continue;
    const value = holder[name];
    if (typeof value === "string") secrets[secret] = value;
    delete (holder as Record<string, unknown>)[name];
  }
  return { publicEntry: members as unknown as PublicEntry, secrets };
}

/** Adds the secrets to an entry. */
export function joinEntry(publicEntry: PublicEntry, secrets: SecretValues): StoredEntry {
  const entry = structuredClone(publicEntry) as unknown as Record<string, unknown>;
  if (isObject(entry.tokens)) entry.tokens = { ...entry.tokens, refreshToken: null };
  for (const [secret, group, name] of SECRETS) {
    const holder = group === null ? entry : entry[group];
    const value = secrets[secret];
    if (isObject(holder) && value !== undefined) Object.assign(holder, { [name]: value });
  }
  return entry as unknown as StoredEntry;
}

/** The text that a seal protects from changes: nobody can change an endpoint without the key. */
export function boundText({ version, entry, holds }: Omit<EntryRecord, "secrets">): string {
  return JSON.stringify([version, entry, holds]);
}

/** A record that was read from a file. */
export interface ParsedRecord {
  /** Migrated to {@link RECORD_VERSION}. */
  readonly record: EntryRecord;
  /** The {@link boundText} of the file's own version. */
  readonly bound: string;
  /** True if the keyring has a mark for sealed entries of this version. */
  readonly marked: boolean;
}

/**
 * Reads the text of a file.
 *
 * @param key The entry's key by the file's name; another entry in the file is refused.
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

export function summaryOf(key: string, { entry, holds, secrets }: EntryRecord): EntrySummary {
  return { ...entry, key, holds, secretsIn: secrets.place };
}

/** Sorts by server, account and issuer. */
export function compareEntries(a: EntrySummary, b: EntrySummary): number {
  const subject = (entry: EntrySummary) =>
    [canonicalResource(entry.serverUrl), entry.account, entry.issuer].join("\n");
  return subject(a) < subject(b) ? -1 : subject(a) > subject(b) ? 1 : 0;
}
