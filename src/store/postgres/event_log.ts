/** The event log, as `mcpass store log` and `mcpass store prune` use it. @module */

import { serverFolderName } from "../entry_key.ts";
import type { EventLog, RecordedEvent, StoreEvent } from "../store.ts";
import type { Row } from "./connection.ts";
import type { Database } from "./database.ts";
import { isoTime } from "./rows.ts";

/** An entry key begins with the folder name of its server. */
const LIST = `SELECT extract(epoch FROM at) * 1000::numeric AS at_ms, event, server_url, account, by
FROM mcpass.events
WHERE ($1::timestamptz IS NULL OR at >= $1) AND ($2::text IS NULL OR split_part(key, '/', 1) = $2)
  AND ($3::text IS NULL OR account = $3)
ORDER BY at DESC, id DESC LIMIT $4`;

const COUNT = "SELECT count(*) AS count FROM mcpass.events WHERE at < $1::timestamptz";

const REMOVE = `WITH removed AS (DELETE FROM mcpass.events WHERE at < $1::timestamptz RETURNING 1)
SELECT count(*) AS count FROM removed`;

function eventOf(row: Row): RecordedEvent {
  return {
    at: isoTime(Number(row["at_ms"])),
    // A newer mcpass may have written others; they are shown as they are.
    event: (row["event"] ?? "changed") as StoreEvent,
    by: row["by"] ?? "",
    serverUrl: row["server_url"] ?? "",
    account: row["account"] ?? "",
  };
}

export function openEventLog(database: Pick<Database, "read" | "write">): EventLog {
  return {
    async list({ since, serverUrl, account, limit }) {
      const server = serverUrl === undefined ? null : serverFolderName(serverUrl);
      const values = [since ?? null, server, account ?? null, limit];
      return (await database.read(LIST, values)).map(eventOf);
    },
    async removeBefore(time, isDryRun) {
      const [row] = isDryRun
        ? await database.read(COUNT, [time])
        : await database.write(REMOVE, [time]);
      return Number(row?.["count"] ?? 0);
    },
  };
}
