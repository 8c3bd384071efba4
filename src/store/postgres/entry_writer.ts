/**
 * Writes entries by compare and swap: a write names the version that it replaces, and goes through
 * only if nobody else wrote since. It waits for no lock, so that a process whose lock was lost can
 * still store a rotated token. @module
 */

import { Failure } from "../../core/failure.ts";
import { processName } from "../../core/process_name.ts";
import { refreshLimitMs } from "../lock_limit.ts";
import type { StoreEvent } from "../store.ts";
import type { StoredEntry } from "../stored_entry.ts";
import type { ClockSkew } from "./clock_skew.ts";
import type { Row, Values } from "./connection.ts";
import type { Database } from "./database.ts";
import { LAST_WRITE, REMOVE, WRITE } from "./entry_sql.ts";
import { entryChanged } from "./failures.ts";
import type { KeyRing } from "./key_ring.ts";
import { processHasEnded, thisProcess } from "./process_identity.ts";
import { rowOf } from "./rows.ts";

/** A new sign-in replaces what is stored, no matter who wrote it. */
const REPLACING: readonly StoreEvent[] = ["signed_in", "registered", "imported"];

/** After these, the server may have run a statement although its response is missing. */
const UNCERTAIN: readonly string[] = ["store_connection_lost", "store_late"];

const randomId = () => crypto.getRandomValues(new Uint8Array(16)).toHex();

type RefreshChange = "start" | "clear" | "same";

function refreshChange(event: StoreEvent, { journal }: StoredEntry): RefreshChange {
  if (journal === undefined || event === "refresh_failed") return "clear";
  return event === "refresh_started" ? "start" : "same";
}

export interface EntryWriter {
  /** How the clocks differed at the last read. */
  skew: ClockSkew;
  /** The version that a read found; undefined if there was no row. */
  saw(key: string, version: string | undefined): void;
  /** Returns the entry's key. @throws Failure `store_entry_changed`. */
  write(entry: StoredEntry, event: StoreEvent): Promise<string>;
  remove(key: string, event: StoreEvent): Promise<boolean>;
  /** Milliseconds that the refresh of a row may still run in another process. */
  refreshLeft(row: Row | undefined): number;
}

/** @param timeoutMs Time limit of one request of a refresh. */
export function openEntryWriter(
  database: Database,
  keys: KeyRing,
  timeoutMs: number,
): EntryWriter {
  /** Null: there was no row. */
  const versions = new Map<string, string | null>();
  /** The IDs of all writes of a key since the last result that is known. */
  const uncertain = new Map<string, readonly string[]>();
  const instance = randomId();

  /** Undefined if another process has changed the row. */
  async function tryWrite(values: Values, expected: string | null | undefined) {
    if (expected === undefined) return (await database.write(WRITE.always, values))[0];
    if (expected === null) return (await database.write(WRITE.ifAbsent, values))[0];
    return (await database.write(WRITE.ifVersion, [...values, expected]))[0];
  }

  const writer: EntryWriter = {
    skew: { toMachine: 0 },

    saw(key, version) {
      versions.set(key, version ?? null);
      uncertain.delete(key);
    },

    async write(entry, event) {
      const row = await rowOf(entry, keys, writer.skew);
      const { key, server, account, name, body, keyId, nonce, sealed } = row;
      const by = processName();
      const id = randomId();
      const change = refreshChange(event, entry);
      const values = [
        ...[key, server, account, name, body, keyId, nonce, sealed, by, id],
        ...[change, refreshLimitMs(timeoutMs), thisProcess(instance)],
        ...[event, entry.serverUrl, entry.account, by],
      ];
      const isReplacing = REPLACING.includes(event);
      for (let attempt = 0;; attempt++) {
        const expected = isReplacing ? undefined : versions.get(key);
        let written: Row | undefined;
        try {
          written = await tryWrite(values, expected);
        } catch (error) {
          if (!(error instanceof Failure && UNCERTAIN.includes(error.code))) throw error;
          uncertain.set(key, [...(uncertain.get(key) ?? []), id]);
          if (attempt > 0 || error.code === "store_late") throw error;
          continue;
        }
        if (written === undefined) {
          const [last] = await database.read(LAST_WRITE, [key]);
          const isOwn = uncertain.get(key)?.includes(last?.["write_id"] ?? "") === true;
          if (last === undefined || !isOwn) {
            throw entryChanged(entry.serverUrl, last?.["written_by"] ?? undefined);
          }
          versions.set(key, last["version"] ?? null);
          // The write of an earlier call was committed: this one has other content.
          if (last["write_id"] !== id) continue;
          written = last;
        }
        uncertain.delete(key);
        versions.set(key, written["version"] ?? null);
        return key;
      }
    },

    async remove(key, event) {
      const rows = await database.write(REMOVE, [key, event, processName()]);
      versions.set(key, null);
      uncertain.delete(key);
      return rows.length > 0;
    },

    refreshLeft(row) {
      const left = Number(row?.["left_ms"] ?? 0);
      if (!(left > 0)) return 0;
      return processHasEnded(row?.["refresh_process"] ?? "", instance) ? 0 : Math.ceil(left);
    },
  };
  return writer;
}
