import * as z from "zod";
import type { ExportDocument } from "../commands/transfer/export_command.ts";
import type { ImportDocument } from "../commands/transfer/import_command.ts";
import type { RecipientDocument } from "../commands/transfer/recipient_command.ts";
import type { CopiedEntry, StoreCopyDocument } from "../commands/store/store_copy_command.ts";
import { error, object, result, text, time, url } from "./schema.ts";

const completed = z.boolean().describe("same as ok");

export const EXPORT = result<ExportDocument>()("A sign-in in a sealed file", {
  completed,
  serverUrl: url,
  account: text,
  name: text.nullable(),
  issuer: text,
  file: text.describe("path of the file"),
  sealedFor: z.array(text).nullable().describe("age recipients; null for a passphrase"),
  moved: z.boolean().describe("true if the sign-in is now disabled here"),
  refreshed: z.boolean().describe("true if the token was refreshed for the file"),
  validUntil: time.describe("ISO 8601, UTC: the file can be imported until then"),
});

export const IMPORT = result<ImportDocument>()("A sign-in from another machine", {
  completed,
  serverUrl: url,
  account: text,
  name: text.nullable(),
  issuer: text,
  clientId: text,
  scope: text.nullable(),
  expiresAt: time.nullable().describe("ISO 8601, UTC; null if unknown"),
  from: text.describe("the machine that exported it"),
  exportedAt: time,
  moved: z.boolean().describe("false if it is still usable there"),
  refreshed: z.boolean().describe("false if there was nothing to refresh"),
  storedIn: text,
});

export const RECIPIENT = result<RecipientDocument>()("The age recipient of this machine", {
  completed,
  recipient: text.describe("age1..., for mcpass oauth export --to"),
  identityFile: text.describe("path of the file with the identity, which is secret"),
});

const copied = object<CopiedEntry>()("A sign-in of the first store", {
  name: text.nullable(),
  serverUrl: url,
  account: text,
  issuer: text,
  status: z.enum(["moved", "copied", "unchanged", "conflict", "failed"])
    .describe("conflict: the other store has a newer sign-in; with --dry-run: what would be done"),
  reason: text.nullable(),
});

export const STORE_COPY = result<StoreCopyDocument>()("Sign-ins in another store", {
  completed,
  dryRun: z.boolean(),
  from: text,
  to: text,
  entries: z.array(copied),
  problems: z.array(error),
});
