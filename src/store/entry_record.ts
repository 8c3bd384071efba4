import { isObject, type JsonObject, parseJson } from "../core/json.ts";
import { isScopeToken } from "../core/text.ts";
import { parseScope } from "../oauth/mcp/scope.ts";
import type { PublicEntry, SecretValues } from "./stored_entry.ts";
import { readPublicEntry, readSecrets } from "./entry_codec.ts";
import type { Failure } from "../core/failure.ts";
import { damaged, newerVersion } from "./failures.ts";
import { entryKey } from "./entry_key.ts";
import { isSecretMember, RULES, type SecretName } from "./entry_rules.ts";
import {
  InvalidMember,
  invalidMemberText,
  readList,
  readMember,
  readMembers,
  readText,
} from "./member_reader.ts";
import type { Sealed } from "./seal.ts";

interface SealedSecrets {
  readonly helper: string;
  readonly id: string;
  /** {@link SecretValues} as JSON. */
  readonly sealed: Sealed;
}

export type RecordSecrets =
  | { readonly place: "file"; readonly values: SecretValues }
  | { readonly place: "keyring" } & SealedSecrets;

export interface EntryRecord {
  readonly version: number;
  readonly entry: PublicEntry;
  readonly holds: readonly SecretName[];
  readonly secrets: RecordSecrets;
}

/** Since version 2, the keyring has a mark for each server with sealed entries. */
export const RECORD_VERSION = 2;

/** By version, to the next one. */
type Migrations = Readonly<Record<number, (record: JsonObject) => JsonObject>>;

/** Version 1 has the granted scope as the server sent it. Removes invalid scopes. */
function withScopesOnly(record: JsonObject): JsonObject {
  const { entry } = record;
  if (!isObject(entry) || typeof entry.grantedScope !== "string") return record;
  const grantedScope = parseScope(entry.grantedScope).filter(isScopeToken).join(" ");
  return { ...record, entry: { ...entry, grantedScope } };
}

const MIGRATIONS: Migrations = { 1: withScopesOnly };

/** The public members as a text for the seal: without the key, nobody can change an endpoint. */
export function additionalDataOf({ version, entry, holds }: JsonObject): string {
  return JSON.stringify([version, entry, holds]);
}

const readSecretNames = readList(readText<SecretName>({
  test: isSecretMember,
  expected: "the name of a secret that mcpass knows",
}));

const readPlace = readMembers({
  place: readText<RecordSecrets["place"]>({
    test: (place) => place === "file" || place === "keyring",
    expected: "file or keyring",
  }),
});

const readSealedSecrets = readMembers<SealedSecrets>({
  helper: readText(RULES.printable),
  id: readText(RULES.keyId),
  sealed: readMembers({ nonce: readText(RULES.base64), data: readText(RULES.base64) }),
});

function readRecordSecrets(value: unknown, entry: PublicEntry): RecordSecrets {
  const { place } = readPlace(value);
  if (place === "keyring") return { place, ...readSealedSecrets(value) };
  const values = isObject(value) ? value.values : undefined;
  return { place, values: readMember("values", (it) => readSecrets(it, entry), values) };
}

/** Reads a part of the file at `path`. @throws Failure `store_entry_damaged`. */
export function readStored<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw error instanceof InvalidMember ? damaged(path, invalidMemberText(error.fault)) : error;
  }
}

/** @throws InvalidMember */
function readPublicRecord(value: JsonObject): PublicRecord {
  const entry = readMember("entry", readPublicEntry, value.entry);
  return { entry, holds: readMember("holds", readSecretNames, value.holds) };
}

/** @throws InvalidMember */
export function readRecord(value: JsonObject): Omit<EntryRecord, "version"> {
  const { entry, holds } = readPublicRecord(value);
  const secrets = readMember("secrets", (it) => readRecordSecrets(it, entry), value.secrets);
  return { entry, holds, secrets };
}

export interface ParsedRecord {
  /** Migrated to {@link RECORD_VERSION}. */
  readonly record: EntryRecord;
  /** Before the migration, as it was sealed. */
  readonly original: JsonObject;
  /** True if the keyring has a mark for sealed entries of this version. */
  readonly marked: boolean;
}

/** The failures for a record that cannot be used. */
interface RecordFaults {
  damaged(reason: string): Failure;
  newer(version: number): Failure;
}

interface MigratedRecord {
  readonly original: JsonObject;
  readonly migrated: JsonObject;
  readonly version: number;
}

function migrateRecord(
  text: string,
  faults: RecordFaults,
  migrations: Migrations = MIGRATIONS,
): MigratedRecord {
  const found = parseJson(text);
  if (!isObject(found)) throw faults.damaged("it is not a JSON object");
  const { version } = found;
  if (typeof version !== "number" || !Number.isInteger(version)) {
    throw faults.damaged('it has no "version"');
  }
  if (version > RECORD_VERSION) throw faults.newer(version);
  let migrated = found;
  for (let from = version; from < RECORD_VERSION; from++) {
    const step = migrations[from];
    if (step === undefined) throw faults.damaged(`its version ${version} cannot be migrated`);
    migrated = { ...step(migrated), version: from + 1 };
  }
  return { original: found, migrated, version };
}

export type PublicRecord = Pick<EntryRecord, "entry" | "holds">;

/** Reads a record whose secrets are elsewhere. @throws Failure from `faults`. */
export function parsePublicRecord(text: string, faults: RecordFaults): PublicRecord {
  const { migrated } = migrateRecord(text, faults);
  try {
    return readPublicRecord(migrated);
  } catch (error) {
    if (!(error instanceof InvalidMember)) throw error;
    throw faults.damaged(invalidMemberText(error.fault));
  }
}

/**
 * @param key The entry's key, from the name of the file. The file must not contain another entry.
 * @throws Failure `store_version_newer` or `store_entry_damaged`.
 */
export function parseRecord(
  text: string,
  path: string,
  key: string,
  migrations: Migrations = MIGRATIONS,
): ParsedRecord {
  const { original, migrated, version } = migrateRecord(text, {
    damaged: (reason) => damaged(path, reason),
    newer: (newer) => newerVersion(path, newer, RECORD_VERSION),
  }, migrations);
  const record = { version: RECORD_VERSION, ...readStored(path, () => readRecord(migrated)) };
  if (entryKey(record.entry) !== key) {
    throw damaged(path, "its server, account, issuer or client differs from its file name");
  }
  return { record, original, marked: version >= 2 };
}
