/**
 * The content of an entry's file: the public members, the names of the secrets, and the secrets, in the
 * clear or sealed.
 * @module
 */

import { isObject, type JsonObject, parseJson } from "../core/json.ts";
import { isScopeToken } from "../core/text.ts";
import { canonicalResource } from "../oauth/mcp/resource.ts";
import { parseScope } from "../oauth/mcp/scope.ts";
import type { EntryRecord, EntrySummary, RecordSecrets, SecretName } from "./stored_entry.ts";
import { readPublicEntry, readSecrets, readValues } from "./entry_codec.ts";
import { damaged, newerVersion } from "./failures.ts";
import { entryKey } from "./entry_key.ts";
import { isSecretMember, RULES } from "./entry_rules.ts";
import {
  InvalidMember,
  invalidMemberText,
  type Read,
  readList,
  readMembers,
  readText,
} from "./member_reader.ts";

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

/** The public members as a text for the seal: without the key, nobody can change an endpoint. */
export function additionalDataOf({ version, entry, holds }: Omit<EntryRecord, "secrets">): string {
  return JSON.stringify([version, entry, holds]);
}

const SECRET_NAME = readText<SecretName>({
  test: isSecretMember,
  expected: "the name of a secret that mcpass knows",
});

const PLACES: Readonly<Record<RecordSecrets["place"], Read<RecordSecrets>>> = {
  file: (value, at) => ({ place: "file", ...readMembers({ values: readValues })(value, at) }),
  keyring: (value, at) => ({
    place: "keyring",
    ...readMembers({
      helper: readText(RULES.printable),
      id: readText(RULES.keyId),
      sealed: readMembers({ nonce: readText(RULES.base64), data: readText(RULES.base64) }),
    })(value, at),
  }),
};

const PLACE = readText<RecordSecrets["place"]>({
  test: (name) => Object.hasOwn(PLACES, name),
  expected: "file or keyring",
});

/**
 * Reads a record of the current version.
 *
 * @throws InvalidMember
 */
export function readRecord(value: JsonObject): Omit<EntryRecord, "version"> {
  const entry = readPublicEntry(value.entry, "entry");
  const holds = readList(SECRET_NAME)(value.holds, "holds");
  const { place } = readMembers({ place: PLACE })(value.secrets, "secrets");
  const secrets = PLACES[place](value.secrets, "secrets");
  if (secrets.place === "file") readSecrets(secrets.values, entry, "secrets.values");
  return { entry, holds, secrets };
}

export interface ParsedRecord {
  /** Migrated to {@link RECORD_VERSION}. */
  readonly record: EntryRecord;
  /** {@link additionalDataOf} the record before its migration. */
  readonly additionalData: string;
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
  return {
    record,
    get additionalData() {
      return additionalDataOf(found as unknown as EntryRecord);
    },
    marked: version >= 2,
  };
}

export function summaryOf(key: string, { entry, holds, secrets }: EntryRecord): EntrySummary {
  return { ...entry, key, holds, secretsIn: secrets.place };
}

/** The entries by server, account and issuer. */
export function sortEntries(entries: readonly EntrySummary[]): EntrySummary[] {
  const keyed = entries.map((entry) => ({
    entry,
    by: [canonicalResource(entry.serverUrl), entry.account, entry.issuer].join("\n"),
  }));
  return keyed.sort((a, b) => a.by < b.by ? -1 : a.by > b.by ? 1 : 0).map(({ entry }) => entry);
}
