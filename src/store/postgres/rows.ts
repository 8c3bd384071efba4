/** A row of `mcpass.entries` as an entry, and back. @module */

import { parseJson } from "../../core/json.ts";
import { quoted } from "../../core/text.ts";
import { joinEntry, readSecrets, splitEntry } from "../entry_codec.ts";
import { entryKey, splitKey } from "../entry_key.ts";
import { parsePublicRecord, type PublicRecord, RECORD_VERSION } from "../entry_record.ts";
import { InvalidMember, invalidMemberText } from "../member_reader.ts";
import type { SecretName } from "../entry_rules.ts";
import { seal, unseal } from "../seal.ts";
import type { EntrySummary, StoredEntry } from "../stored_entry.ts";
import { keyUnknown, rowDamaged, rowVersionNewer, sealBroken } from "./failures.ts";
import type { KeyRing, SealingKey } from "./key_ring.ts";
import type { Row } from "./connection.ts";
import { type ClockSkew, shiftTimes } from "./clock_skew.ts";

/** The columns of a row that a reader needs. */
export const COLUMNS = [
  ...["key", "version", "body", "key_id", "nonce", "sealed", "written_by", "write_id"],
] as const;

const column = (row: Row, name: typeof COLUMNS[number]): string => Reflect.get(row, name) ?? "";

/** How messages name a row. */
export function rowName(key: string): string {
  return `the row ${key} of mcpass.entries`;
}

/** What the seal covers: a row cannot be moved to another entry, and its body cannot be changed. */
function additionalData(key: string, keyId: string, body: string): string {
  return JSON.stringify(["mcpass entry", key, keyId, body]);
}

/**
 * The columns by which rows are found are not sealed: whoever changes them must not be able to give a
 * server the token of another one.
 *
 * @param keyStart What the keys of the rows that were asked for begin with.
 * @throws Failure `store_entry_damaged`.
 */
export function assertAsked(row: Row, keyStart: string): void {
  const key = column(row, "key");
  if (key.startsWith(keyStart)) return;
  throw rowDamaged(rowName(key), "its server or account differs from its key");
}

/** @throws Failure `store_entry_damaged` or `store_version_newer`. */
function parseRow(row: Row): PublicRecord {
  const key = column(row, "key");
  const where = rowName(key);
  const record = parsePublicRecord(column(row, "body"), {
    damaged: (reason) => rowDamaged(where, reason),
    newer: (version) => rowVersionNewer(where, version, RECORD_VERSION),
  });
  if (entryKey(record.entry) !== key) {
    throw rowDamaged(where, "its server, account, issuer or client differs from its key");
  }
  return record;
}

/** A column can have `infinity`, which is no date: then the epoch. */
export function isoTime(ms: number): string {
  const time = new Date(ms);
  return Number.isNaN(time.getTime()) ? new Date(0).toISOString() : time.toISOString();
}

/** @throws Failure `store_entry_damaged` or `store_version_newer`. */
export function summaryOf(row: Row, skew: ClockSkew): EntrySummary {
  const { entry, holds } = parseRow(row);
  const at = (ms: string | null | undefined) => isoTime(Number(ms) + skew.toMachine);
  const event = row["tokens_event"];
  return {
    ...shiftTimes(entry, skew.toMachine),
    key: column(row, "key"),
    holds,
    secretsIn: "postgres",
    written: {
      by: column(row, "written_by"),
      at: at(row["written_ms"]),
    },
    ...event && entry.tokens !== null
      ? { obtained: { event, by: row["tokens_by"] ?? "", at: at(row["tokens_ms"]) } }
      : {},
  };
}

/** The key that sealed a row. @throws Failure `store_key_unknown`. */
function keyOf(row: Row, keys: KeyRing, where: string): SealingKey {
  const keyId = column(row, "key_id");
  const found = keys.find(keyId);
  if (found === undefined) throw keyUnknown(where, keyId, keys.current.id);
  return found;
}

/**
 * A machine with another key file must neither show a sign-in as usable nor delete or replace it.
 *
 * @throws Failure `store_key_unknown`.
 */
export function assertKnownKey(row: Row, keys: KeyRing, serverUrl: string): void {
  keyOf(row, keys, `the sign-in to ${quoted(serverUrl)}`);
}

/** @throws Failure `store_key_unknown` or `store_secrets_lost`. */
async function openSeal(row: Row, keys: KeyRing): Promise<string> {
  const [key, keyId] = [column(row, "key"), column(row, "key_id")];
  const found = keyOf(row, keys, rowName(key));
  const sealed = { nonce: column(row, "nonce"), data: column(row, "sealed") };
  const text = await unseal(sealed, found.key, additionalData(key, keyId, column(row, "body")));
  if (text === undefined) throw sealBroken(rowName(key));
  return text;
}

/** @throws Failure as {@link summaryOf}, `store_key_unknown` or `store_secrets_lost`. */
export async function entryOf(row: Row, keys: KeyRing, skew: ClockSkew): Promise<StoredEntry> {
  const { entry } = parseRow(row);
  const text = await openSeal(row, keys);
  try {
    const secrets = readSecrets(parseJson(text), entry);
    return joinEntry(shiftTimes(entry, skew.toMachine), secrets);
  } catch (error) {
    if (!(error instanceof InvalidMember)) throw error;
    throw rowDamaged(rowName(column(row, "key")), invalidMemberText(error.fault));
  }
}

export interface SealedRow {
  readonly key: string;
  readonly server: string;
  readonly account: string;
  readonly name: string | null;
  readonly body: string;
  readonly keyId: string;
  readonly nonce: string;
  readonly sealed: string;
}

type SealedPart = Pick<SealedRow, "keyId" | "nonce" | "sealed">;

async function sealText(
  key: string,
  body: string,
  text: string,
  sealing: SealingKey,
): Promise<SealedPart> {
  const { nonce, data } = await seal(text, sealing.key, additionalData(key, sealing.id, body));
  return { keyId: sealing.id, nonce, sealed: data };
}

export async function rowOf(
  entry: StoredEntry,
  { current }: KeyRing,
  skew: ClockSkew,
): Promise<SealedRow> {
  const key = entryKey(entry);
  const { server, name: file } = splitKey(key);
  const { publicEntry, secrets } = splitEntry(entry);
  const body = JSON.stringify({
    version: RECORD_VERSION,
    entry: shiftTimes(publicEntry, -skew.toMachine),
    holds: Object.keys(secrets) as SecretName[],
  });
  return {
    key,
    server,
    account: file.replace(/-.*/, ""),
    name: entry.name ?? null,
    body,
    ...await sealText(key, body, JSON.stringify(secrets), current),
  };
}

/** The same row, sealed with the current key. @throws Failure as {@link entryOf}. */
export async function resealed(row: Row, keys: KeyRing): Promise<SealedPart> {
  const text = await openSeal(row, keys);
  return await sealText(column(row, "key"), column(row, "body"), text, keys.current);
}
