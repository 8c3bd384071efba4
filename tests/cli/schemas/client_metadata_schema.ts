/**
 * The document of `oauth client-metadata check --format json` as a schema: its reference and its test.
 *
 * @module
 */

import * as z from "zod";

const text = z.string();
const code = text.regex(/^[a-z0-9_]+$/);

const CHECK = z.strictObject({
  valid: z.boolean(),
  source: text,
  clientId: text.nullable(),
  status: z.int().min(100).max(999).nullable(),
  document: z.record(text, z.unknown()).nullable(),
  redirectUrl: text.nullable(),
  server: z.strictObject({
    url: text,
    issuer: text.nullable(),
    supported: z.boolean().nullable(),
  }).nullable(),
  findings: z.array(z.strictObject({
    code,
    severity: z.enum(["error", "warning", "info"]),
    step: z.literal("registration"),
    message: text.min(1),
    remedy: text.min(1),
    reference: text.min(1),
  })),
  error: z.strictObject({ code, message: text, remedy: text.optional() }).optional(),
}).refine((it) => it.valid === (it.error === undefined), {
  message: "there is an error exactly when the document is not valid",
}).refine((it) => it.document !== null || !it.valid, {
  message: "without a document there is an error",
});

/** Where a document differs from the shape of this command's result; empty when nowhere. */
export function clientMetadataFaults(document: unknown): string[] {
  const { error } = CHECK.safeParse(document);
  return (error?.issues ?? []).map(({ path, message }) => `${path.join(".")}: ${message}`);
}
