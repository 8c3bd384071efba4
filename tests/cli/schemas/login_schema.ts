/**
 * The document of `oauth login --format json` as a schema: its reference and its test.
 *
 * @module
 */

import * as z from "zod";
import { STEPS } from "../../../src/core/step.ts";

const text = z.string();
const milliseconds = z.number().min(0);
const registration = z.enum(["cimd", "dcr", "preregistered", "none"]);

const step = z.strictObject({
  step: z.enum(STEPS),
  status: z.enum(["running", "done", "failed", "skipped"]),
  startedAt: z.iso.datetime(),
  durationMs: milliseconds.nullable(),
  detail: text.optional(),
});

const finding = z.strictObject({
  code: text.regex(/^[a-z0-9_]+$/),
  severity: z.enum(["error", "warning", "info"]),
  step: z.enum(STEPS),
  message: text,
  remedy: text,
  reference: text,
});

const hiddenReason = z.enum(["--hide-secrets", "--credentials-out", "given"]);

const credentials = z.strictObject({
  accessToken: text.min(1).nullable(),
  refreshToken: text.nullable(),
  idToken: text.nullable().optional(),
  tokenType: text,
  expiresIn: z.number().nullable(),
  expiresAt: z.iso.datetime().nullable(),
  scope: text.nullable(),
  clientId: text,
  clientSecret: text.nullable().optional(),
  issuer: text,
  resource: text.nullable(),
  hidden: z.strictObject({
    accessToken: hiddenReason.optional(),
    refreshToken: hiddenReason.optional(),
    idToken: hiddenReason.optional(),
    clientSecret: hiddenReason.optional(),
  }).optional(),
}).refine(
  ({ hidden = {}, ...members }) =>
    Object.keys(hidden).every((name) => Object(members)[name] === null),
  { message: "a hidden secret is null" },
).refine(({ accessToken, hidden }) => accessToken !== null || hidden?.accessToken !== undefined, {
  message: "an access token is null only where it is hidden",
});

const part = {
  passed: z.boolean(),
  durationMs: milliseconds,
  error: text.optional(),
};

const verification = z.strictObject({
  listTools: z.strictObject({ ...part, toolCount: z.int().min(0).optional() }).optional(),
  callTool: z.strictObject({ ...part, toolName: text }).optional(),
});

const plan = z.strictObject({
  issuer: text,
  registration,
  tokenAuthMethod: text.nullable(),
  scope: text.nullable(),
  resource: text.nullable(),
  endpoints: z.strictObject({
    authorization: text.nullable(),
    token: text,
    registration: text.nullable(),
  }),
});

const LOGIN = z.strictObject({
  completed: z.boolean(),
  serverUrl: text,
  protocolVersion: text,
  registrationStrategy: registration.nullable(),
  authMode: text.nullable(),
  redirectUrl: text.nullable(),
  currentStep: z.enum(STEPS),
  steps: z.array(step),
  findings: z.array(finding),
  credentials: credentials.nullable(),
  verification: verification.nullable(),
  plan: plan.optional(),
  error: z.strictObject({ code: text, message: text, remedy: text.optional() }).optional(),
}).refine((document) => document.completed === (document.error === undefined), {
  message: "error is there exactly when completed is false",
});

/** Where a document differs from the shape of a login's result, one line each; empty when nowhere. */
export function loginFaults(document: unknown): string[] {
  const { error } = LOGIN.safeParse(document);
  return (error?.issues ?? []).map(({ path, message }) => `${path.join(".")}: ${message}`);
}
