import * as z from "zod";
import type { RecordedEvent } from "../../store/store.ts";
import type { RekeyDocument } from "../commands/store/rekey_command.ts";
import type { StoreLogDocument } from "../commands/store/store_log_command.ts";
import type { PrunedEntry, StorePruneDocument } from "../commands/store/store_prune_command.ts";
import type { MigrateDocument } from "../commands/store/migrate_command.ts";
import type { NewKeyDocument } from "../commands/store/new_key_command.ts";
import { error, object, result, text, time, url } from "./schema.ts";

const prunedEntry = object<PrunedEntry>()("A stored sign-in that is no longer usable", {
  name: text.nullable(),
  serverUrl: url,
  account: text,
  issuer: text,
  expiresAt: time.nullable(),
  reason: z.enum(["expired", "no_tokens"])
    .describe("expired: it cannot be refreshed; no_tokens: --without-tokens"),
  removed: z.boolean().describe("false with --dry-run, and if it was used or failed meanwhile"),
});

export const STORE_PRUNE = result<StorePruneDocument>()("Removed sign-ins", {
  completed: z.boolean().describe("same as ok"),
  dryRun: z.boolean(),
  entries: z.array(prunedEntry),
  events: z.strictObject({ before: time, count: z.number() }).nullable()
    .describe("removed events; null in a store that records none"),
  problems: z.array(error).describe("sign-ins that cannot be read or removed"),
});

const event = object<RecordedEvent>()("What a process did to a sign-in", {
  at: time.describe("ISO 8601, UTC, by the clock of the database"),
  event: z.enum([
    ...["signed_in", "registered", "refresh_started", "refreshed", "refresh_failed"] as const,
    ...["signed_out", "moved", "imported", "renamed", "pruned", "changed"] as const,
  ]),
  by: text.describe("machine and process"),
  serverUrl: url,
  account: text,
});

export const STORE_LOG = result<StoreLogDocument>()("Events of the PostgreSQL store", {
  completed: z.boolean().describe("same as ok"),
  events: z.array(event).describe("newest first"),
});

export const MIGRATE = result<MigrateDocument>()("The tables of --store postgres", {
  completed: z.boolean().describe("same as ok"),
  database: text.nullable().describe("null with --print-sql"),
  from: z.int().nullable().describe("version before; 0 without tables, null with --print-sql"),
  to: z.int(),
  sql: text.optional().describe("--print-sql"),
});

export const NEW_KEY = result<NewKeyDocument>()("A new key of --store postgres", {
  id: text.describe("shows which key sealed a sign-in"),
  key: text.describe("64 hexadecimal digits: a secret"),
});

export const REKEY = result<RekeyDocument>()("Sign-ins that were sealed with a new key", {
  completed: z.boolean().describe("same as ok"),
  database: text,
  keyId: text.describe("the key that seals now"),
  sealed: z.int(),
  problems: z.array(error).describe("sign-ins that no key of the file opens"),
});
