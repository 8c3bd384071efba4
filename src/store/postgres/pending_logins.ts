/** Pending logins in the database, whose clock decides when one expires. @module */

import type { PendingClaim, PendingLogins, PendingOutcome } from "../pending_logins.ts";
import { newKey } from "../seal.ts";
import type { Row } from "./connection.ts";
import type { Database } from "./database.ts";

const iso = (column: string) =>
  `to_char(${column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;

/** `outcome` is the name of a claim until the login is closed. */
const CLAIM = `UPDATE mcpass.pending_logins
  SET claimed_at = coalesce(claimed_at, clock_timestamp()), outcome = $2
  WHERE id = $1 AND closed_at IS NULL AND expires_at > clock_timestamp()
    AND (claimed_at IS NULL OR outcome = $2)
  RETURNING record, ${iso("expires_at")} AS expires_at`;

const STATE = `SELECT outcome, ${iso("closed_at")} AS closed_at, ${iso("expires_at")} AS expires_at,
    claimed_at IS NULL AS is_open
  FROM mcpass.pending_logins WHERE id = $1`;

const RELEASE = `UPDATE mcpass.pending_logins
  SET claimed_at = NULL, outcome = NULL, released = true
  WHERE id = $1 AND claimed_at IS NOT NULL AND closed_at IS NULL AND NOT released
    AND expires_at > clock_timestamp()
  RETURNING id`;

const CLOSE = `UPDATE mcpass.pending_logins
  SET record = '', outcome = $2, closed_at = clock_timestamp() WHERE id = $1`;

const EXPIRE = `UPDATE mcpass.pending_logins
  SET record = '', outcome = 'expired', closed_at = clock_timestamp()
  WHERE claimed_at IS NULL AND closed_at IS NULL AND expires_at <= clock_timestamp()`;

const REMOVE_OLD = `DELETE FROM mcpass.pending_logins
  WHERE coalesce(closed_at, expires_at) < clock_timestamp() - interval '1 day'`;

/** Running it twice stores the same row. */
const PUT = `INSERT INTO mcpass.pending_logins (id, record, expires_at)
  VALUES ($1, $2, clock_timestamp() + $3::float8 * interval '1 millisecond')
  ON CONFLICT (id) DO UPDATE SET record = excluded.record
  RETURNING ${iso("expires_at")} AS expires_at`;

function stateOf(row: Row): PendingClaim {
  const { closed_at: at, expires_at: expiresAt, is_open: isOpen } = row;
  if (at) return { state: row["outcome"] as PendingOutcome, at };
  return isOpen === "t" ? { state: "expired", at: expiresAt ?? "" } : { state: "claimed" };
}

export function openPendingLogins({ read, write }: Database): PendingLogins {
  return {
    async put(id, record, lifetimeMs) {
      // Rows that cannot be deleted must not prevent a login.
      await read(EXPIRE).then(() => read(REMOVE_OLD)).catch(() => {});
      const [row] = await read(PUT, [id, record, lifetimeMs]);
      return row?.["expires_at"] ?? "";
    },

    async claim(id) {
      // After a lost connection, the same claim may be in the table already.
      const [claimed] = await read(CLAIM, [id, `claim ${newKey()}`]);
      if (claimed !== undefined) {
        const { record, expires_at: expiresAt } = claimed;
        return { state: "open", record: record ?? "", expiresAt: expiresAt ?? "" };
      }
      const [row] = await read(STATE, [id]);
      return row && stateOf(row);
    },

    release: async (id) => (await write(RELEASE, [id])).length > 0,

    close: async (id, outcome) => void await read(CLOSE, [id, outcome]),
  };
}
