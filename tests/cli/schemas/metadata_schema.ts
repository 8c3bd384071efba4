/**
 * The document of `oauth metadata --format json` as a schema: its reference and its test.
 *
 * @module
 */

import * as z from "zod";
import { STEPS } from "../../../src/core/step.ts";
import { REVISION_IDS } from "../../../src/oauth/mcp/revision.ts";

const text = z.string();
const code = text.regex(/^[a-z0-9_]+$/);
const json = z.record(text, z.unknown());
const revision = z.enum(REVISION_IDS as [string, ...string[]]);
const status = z.int().min(100).max(999);

const finding = z.strictObject({
  code,
  severity: z.enum(["error", "warning", "info"]),
  step: z.enum(STEPS),
  message: text.min(1),
  remedy: text.min(1),
  reference: text.min(1),
});

const verdict = z.strictObject({
  protocolVersion: revision,
  verdict: z.enum(["usable", "refused", "not_read", "not_tried"]),
  reason: text.nullable(),
  errors: z.array(code),
  warnings: z.array(code),
}).refine((row) => (row.verdict === "refused") === (row.errors.length > 0), {
  message: "errors are there exactly when the verdict is refused",
}).refine((row) => row.verdict.startsWith("not_") === (row.reason !== null), {
  message: "a reason is there exactly when the verdict is not_read or not_tried",
});

const link = z.strictObject({
  step: z.enum(STEPS),
  method: z.enum(["GET", "POST"]),
  url: text,
  finalUrl: text.nullable(),
  status: status.nullable(),
  contentType: text.nullable(),
  identifier: text.nullable(),
  outcome: z.enum(["answer", "used", "passed_over", "failed"]),
  reason: text.min(1),
});

const METADATA = z.strictObject({
  document: json.nullable(),
  url: text,
  finalUrl: text.nullable(),
  status: status.nullable(),
  findings: z.array(finding),
  kind: z.enum(["protected_resource", "authorization_server", "openid_configuration"]).nullable(),
  target: z.enum(["document", "mcp_server", "issuer", "unknown"]),
  decision: text.min(1),
  protocolVersion: z.union([revision, z.literal("")]),
  revisions: z.array(verdict),
  chain: z.array(link).optional(),
  challenge: text.nullable().optional(),
  resourceMetadata: z.strictObject({ url: text, finalUrl: text, status, document: json })
    .nullable().optional(),
  issuer: text.nullable().optional(),
  error: z.strictObject({ code, message: text, remedy: text.optional() }).optional(),
}).refine((it) => it.document !== null || it.error !== undefined, {
  message: "without a document there is an error",
}).refine((it) => it.error !== undefined || it.findings.every((one) => one.severity !== "error"), {
  message: "an error finding makes an error",
});

/** Where a document differs from the shape of this command's result; empty when nowhere. */
export function metadataFaults(document: unknown): string[] {
  const { error } = METADATA.safeParse(document);
  return (error?.issues ?? []).map(({ path, message }) => `${path.join(".")}: ${message}`);
}
