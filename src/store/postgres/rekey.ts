/** Seals every entry with the first key of the key file. @module */

import { Failure } from "../../core/failure.ts";
import type { Row } from "./connection.ts";
import { checkMayWrite, checkSchema, type Database, openDatabase } from "./database.ts";
import { CAN_WRITE, DURABLE } from "./entry_sql.ts";
import { COLUMNS, resealed } from "./rows.ts";
import { openStoreSettings, type StoreSettings } from "./store_settings.ts";

export interface Rekeying {
  readonly database: string;
  /** The key that seals now. */
  readonly keyId: string;
  /** Entries that were sealed again. */
  readonly sealed: number;
  /** One for each entry that no key of the file opens. */
  readonly problems: readonly Failure[];
}

const PAGE = 100;

const OTHER_KEYS = `SELECT ${
  COLUMNS.map((name) => name === "body" ? "body::text AS body" : name).join(", ")
} FROM mcpass.entries WHERE key_id <> $1 AND key > $2 ORDER BY key LIMIT ${PAGE}`;

/** The version stays: body and secrets are the same, so a running refresh may replace the row. */
const RESEAL = `UPDATE mcpass.entries SET key_id = $3, nonce = $4, sealed = $5
WHERE key = $1 AND version = $2::bigint AND key_id <> $3 RETURNING key, ${DURABLE}`;

/**
 * Can be repeated after a failure: an entry has either key. One that another process wrote in the
 * meantime is read again.
 *
 * @throws Failure `store_…`.
 */
export async function rekey(settings: StoreSettings, signal?: AbortSignal): Promise<Rekeying> {
  const { database: options, keys } = await openStoreSettings(settings);
  const database = openDatabase(options);
  try {
    const [row] = await database.read(CAN_WRITE);
    checkSchema(row?.["schema"], database.text);
    checkMayWrite(row, database.text);
    const problems: Failure[] = [];
    const seal = async (one: Row): Promise<boolean> => {
      const { keyId, nonce, sealed } = await resealed(one, keys);
      const values = [one["key"] ?? "", one["version"] ?? "", keyId, nonce, sealed];
      return (await database.write(RESEAL, values)).length > 0;
    };
    let count = 0;
    // A second round finds entries that were written in the meantime, also with another key.
    for (let round = 0; round < 2; round++) {
      problems.length = 0;
      for await (const one of rowsOfOtherKeys(database, keys.current.id)) {
        signal?.throwIfAborted();
        try {
          if (await seal(one)) count++;
        } catch (error) {
          const isOfRow = error instanceof Failure &&
            ["store_key_unknown", "store_secrets_lost"].includes(error.code);
          if (!isOfRow) throw error;
          problems.push(error);
        }
      }
    }
    return { database: database.text, keyId: keys.current.id, sealed: count, problems };
  } finally {
    await database.close();
  }
}

async function* rowsOfOtherKeys(database: Database, keyId: string): AsyncGenerator<Row> {
  for (let after = "";;) {
    const rows = await database.read(OTHER_KEYS, [keyId, after]);
    yield* rows;
    if (rows.length < PAGE) return;
    after = rows.at(-1)?.["key"] ?? "";
  }
}
