/**
 * The shape of a debug artifact, for whoever reads one. Loading it loads zod: the programs that
 * write artifacts do not.
 *
 * @module
 */

import * as z from "zod";
import { STEPS } from "../core/step.ts";

const step = z.enum(STEPS);
const headers = z.array(z.tuple([z.string(), z.string()]));
const milliseconds = z.number().nonnegative();

const exchange = z.strictObject({
  id: z.int().positive(),
  step,
  purpose: z.enum([
    "mcp",
    "resource_metadata",
    "authorization_server_metadata",
    "registration",
    "authorization_preflight",
    "authorization",
    "token",
    "endpoint",
  ]),
  startedAt: z.iso.datetime(),
  durationMs: milliseconds,
  request: z.strictObject({
    method: z.string(),
    url: z.string(),
    headers,
    body: z.string().nullable(),
    certificate: z.strictObject({ certFile: z.string(), keyFile: z.string() }).optional(),
  }),
  response: z.strictObject({
    status: z.int(),
    statusText: z.string(),
    headers,
    body: z.string(),
    bodyBytes: z.int().nonnegative(),
    truncated: z.boolean(),
  }).nullable(),
  fault: z.strictObject({ code: z.string(), message: z.string() }).nullable(),
  redirectOf: z.int().positive().nullable(),
});

/** Version 2 of the artifact. */
const ARTIFACT = z.strictObject({
  schemaVersion: z.literal(2),
  generatedAt: z.iso.datetime(),
  tool: z.strictObject({ name: z.literal("mcpass"), version: z.string(), runtime: z.string() }),
  command: z.strictObject({ name: z.string(), options: z.record(z.string(), z.unknown()) }),
  outcome: z.strictObject({
    completed: z.boolean(),
    exitStatus: z.int().nullable(),
    error: z.strictObject({
      code: z.string(),
      message: z.string(),
      remedy: z.string().optional(),
      reference: z.string().optional(),
      stack: z.string().optional(),
    }).nullable(),
    result: z.unknown().optional(),
  }),
  steps: z.array(z.strictObject({
    step,
    status: z.enum(["running", "done", "failed", "skipped"]),
    startedAt: z.iso.datetime(),
    durationMs: milliseconds.nullable(),
    detail: z.string().optional(),
  })),
  exchanges: z.array(exchange),
  tokens: z.array(z.strictObject({
    exchange: z.int().positive(),
    member: z.string().nullable(),
    header: z.record(z.string(), z.unknown()),
    claims: z.record(z.string(), z.unknown()).nullable(),
    times: z.record(z.string(), z.string()),
  })),
  findings: z.array(z.strictObject({
    code: z.string(),
    severity: z.enum(["error", "warning", "info"]),
    step,
    message: z.string(),
    remedy: z.string(),
    reference: z.string(),
  })),
  notes: z.array(z.string()),
  environment: z.strictObject({
    os: z.string(),
    arch: z.string(),
    terminal: z.strictObject({ stdin: z.boolean(), stdout: z.boolean(), stderr: z.boolean() }),
    networkVariables: z.array(z.string()),
  }),
});

/** Where a document differs from version 2 of the artifact, one line each; empty when nowhere. */
export function artifactFaults(document: unknown): string[] {
  const { error } = ARTIFACT.safeParse(document);
  return (error?.issues ?? []).map(({ path, message }) => `${path.join(".")}: ${message}`);
}
